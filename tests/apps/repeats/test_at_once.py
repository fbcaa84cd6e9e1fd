"""Several workers make what is due at the same moment: each day is made once."""

from datetime import timedelta

import pytest

from conto.apps.bulk.invariants import ask
from conto.apps.invoicing.models import Document
from conto.apps.repeats.models import RepeatInvoice
from conto.apps.repeats.queries.invariants import INVARIANTS
from conto.domain.repeat import Does
from tests.apps.projects.test_at_once import all_at_once
from tests.house import FreshBook
from tests.repeating import FIRST, made, repeating
from tests.scene import set_scene


@pytest.mark.slow
def test_ri3_of_several_who_run_at_once_each_day_is_made_by_one(fresh_book: FreshBook) -> None:
    scene = set_scene()
    for n in range(6):
        repeating(scene.customer, title=f"No. {n}", next_on=FIRST - timedelta(days=40), does=Does.ISSUE, price=100 + n)
    done, refusals = all_at_once([lambda: made(chunk=2) for _ in range(3)])
    assert refusals == []
    assert sum(done) + made() == 12
    assert (RepeatInvoice.objects.count(), Document.objects.count()) == (12, 12)
    assert [found.shown for found in map(ask, INVARIANTS)] == [(), ()]
