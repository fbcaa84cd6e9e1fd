"""Two sell the last piece at the same moment."""

import pytest

from conto.apps.stock.models import StockMove
from conto.domain.facts import SYSTEM
from conto.flows import issue_document
from tests.apps.projects.test_at_once import all_at_once
from tests.goods import breaches, received, shop, sold, standing
from tests.house import FreshBook
from tests.scene import NOW, set_scene


@pytest.mark.slow
def test_st6_of_two_who_sell_the_last_piece_at_once_one_gets_it(fresh_book: FreshBook) -> None:
    scene = set_scene()
    item, row = shop(scene, "1", 1000, may_go_below_zero=False)
    drafts = [scene.draft(sold(item, price=price)) for price in ("15", "16")]
    acts = [lambda d=draft: issue_document.issue(draft=d, actor=SYSTEM, at=NOW) for draft in drafts]  # type: ignore[misc]
    done, refused = all_at_once(acts)
    assert len(done) == len(refused) == 1
    assert refused[0] in {"stock.not_on_hand", "draft.has_findings"}
    assert standing(row) == (0, 0)
    many = [lambda n=n: received(row, "1", 100 + n) for n in range(4)]  # type: ignore[misc]
    done, refused = all_at_once(many)
    assert refused == []
    assert standing(row) == (4, 406)
    assert sorted(StockMove.objects.values_list("ordinal", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert breaches() == []
