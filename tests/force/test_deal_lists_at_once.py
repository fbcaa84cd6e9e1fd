"""Two people take the same list of deals over at once: its deals are there once, and one of the two is told so."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.deals.entry import NewDeal
from conto.apps.deals.models import Deal
from conto.domain.errors import Conflict
from conto.domain.facts import SYSTEM
from conto.flows import import_deals
from conto.flows.import_deals import Row
from tests.force.test_people_at_once import both_at_once, owner_of_a_book
from tests.house import FreshBook

pytestmark = pytest.mark.force
WHO: dict[str, Any] = {"actor": SYSTEM, "at": datetime.now(UTC)}
HELD = "LOCK TABLE deals_deal IN SHARE MODE"  # both have looked, neither has written


def test_s7_the_same_list_taken_over_twice_at_once_is_there_once(fresh_book: FreshBook) -> None:
    owner = owner_of_a_book()
    crm.add_customer(new=NewCustomer(name="Kupfer", currency="EUR"), **WHO)
    rows = [
        Row(line=n, new=NewDeal(name=f"Deal {n}", owner_id=owner.id, own={}), customer="Kupfer", reference=f"{n}")
        for n in (2, 3)
    ]
    take = partial(import_deals.import_deals, rows, member=owner, **WHO)
    came = both_at_once(fresh_book, HELD, take, take)
    assert Deal.objects.count() == 2
    (told,) = [each for each in came if isinstance(each, Exception)]
    assert isinstance(told, Conflict)
    assert told.code == "import.at_once"
    (done,) = [each for each in came if isinstance(each, import_deals.Imported)]
    assert (done.added, done.unchanged) == (2, 0)
    assert take() == import_deals.Imported(0, 0, 2)
