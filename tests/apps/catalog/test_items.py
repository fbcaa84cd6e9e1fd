"""The catalog: one price at a time, spans that never overlap, rates by country and day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from conto.apps.audit import queries as audit
from conto.apps.catalog import actions as catalog
from conto.apps.catalog import queries
from conto.apps.catalog.entry import NewItem
from conto.apps.catalog.models import Item
from conto.apps.crm.entry import EntryRefused
from conto.domain.errors import Conflict
from conto.domain.facts import SYSTEM
from conto.domain.tax import Rate, RateClass

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> Item:
    return catalog.add_item(new=NewItem(name="Design hour", code="D-1", unit_code="HUR"), **WHO)


def price(item: Item, amount: str, valid_from: date, currency: str = "EUR") -> None:
    catalog.set_price(item=item, currency=currency, amount=Decimal(amount), valid_from=valid_from, **WHO)


def test_r28_a_new_price_closes_the_running_one(item: Item) -> None:
    price(item, "95", date(2026, 1, 1))
    price(item, "105", date(2026, 7, 1))
    price(item, "99", date(2026, 3, 1))
    spans = [(span.amount, span.valid_from, span.valid_until) for span in queries.price_history(item)]
    assert spans == [
        (Decimal(105), date(2026, 7, 1), None),
        (Decimal(99), date(2026, 3, 1), date(2026, 7, 1)),
        (Decimal(95), date(2026, 1, 1), date(2026, 3, 1)),
    ]


def test_a_price_of_the_same_day_replaces_it(item: Item) -> None:
    price(item, "95", date(2026, 1, 1))
    price(item, "96", date(2026, 1, 1))
    assert [span.amount for span in queries.price_history(item)] == [Decimal(96)]


def test_each_currency_has_its_own_prices(item: Item) -> None:
    price(item, "95", date(2026, 1, 1))
    price(item, "100", date(2026, 1, 1), "USD")
    euros = queries.price_of(item, "EUR", date(2026, 2, 1))
    assert euros is not None
    assert euros.amount == 95
    assert queries.price_of(item, "GBP", date(2026, 2, 1)) is None
    assert queries.price_of(item, "EUR", date(2025, 12, 31)) is None


def test_a_taken_code_a_negative_price_and_an_unknown_currency_are_refused_in_words(item: Item) -> None:
    with pytest.raises(EntryRefused) as refused:
        catalog.add_item(new=NewItem(name="Other", code="D-1"), **WHO)
    assert refused.value.by_field["code"].params == {"name": "Design hour"}
    with pytest.raises(EntryRefused) as refused:
        catalog.set_price(item=item, currency="EURO", amount=Decimal(-1), valid_from=NOW.date(), **WHO)
    assert refused.value.by_field.keys() == {"currency", "amount"}


def test_a_change_is_a_fact_and_can_be_undone(item: Item) -> None:
    fact_id = catalog.change_item(item=item, changes={"name": "Design day", "cost": Decimal(40)}, **WHO)
    assert fact_id is not None
    assert audit.facts_of_subject(item.id)[0].payload.body["changes"] == {
        "name": ["Design hour", "Design day"],
        "cost": [None, "40"],
    }
    catalog.undo_change(item=item, fact_id=fact_id, **WHO)
    item.refresh_from_db()
    assert (item.name, item.cost) == ("Design hour", None)


def test_an_archived_item_is_offered_no_more(item: Item, member: Any) -> None:
    catalog.archive_item(item=item, **WHO)
    with pytest.raises(Conflict):
        catalog.archive_item(item=item, **WHO)
    assert queries.find_items(member, "design", currency="EUR", on=NOW.date()) == []
    catalog.restore_item(item=item, **WHO)
    assert queries.find_items(member, "d-1", currency="EUR", on=NOW.date())


def test_a_line_takes_the_words_of_the_documents_language(item: Item, member: Any) -> None:
    catalog.set_item_text(item=item, language="de", name="Gestaltungsstunde", **WHO)
    found = queries.find_items(member, "design", currency="EUR", on=NOW.date(), language="de")
    assert found[0].name == "Gestaltungsstunde"
    assert queries.find_items(member, "design", currency="EUR", on=NOW.date())[0].name == "Design hour"


def test_loading_rates_again_replaces_what_the_source_said_and_leaves_what_was_entered_by_hand() -> None:
    old = Rate("RO", "", RateClass.STANDARD, Decimal(19), date(2020, 1, 1), date(2025, 8, 1))
    new = Rate("RO", "", RateClass.STANDARD, Decimal(21), date(2025, 8, 1))
    assert catalog.load_tax_rates(rates=[old, new], source="packages") == 2
    assert catalog.load_tax_rates(rates=[old, new], source="packages") == 2
    assert [rate.percent for rate in queries.rates_for({"RO"}, date(2025, 7, 31))] == [19]
    assert [rate.percent for rate in queries.rates_for({"RO"}, date(2025, 8, 1))] == [21]
    catalog.load_tax_rates(rates=[], source="packages")
    catalog.load_tax_rates(rates=[old], source="by hand")
    assert catalog.load_tax_rates(rates=[new], source="packages") == 0


class PricesOfAnyOrder(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10**6)), min_size=1, max_size=12))
    def test_spans_never_overlap_and_leave_no_hole_after_the_first(self, steps: list[tuple[int, int]]) -> None:
        item = catalog.add_item(new=NewItem(name="Thing"), **WHO)
        start = date(2026, 1, 1)
        last: dict[date, int] = {}
        for day, amount in steps:
            price(item, str(amount), start + timedelta(days=day))
            last[start + timedelta(days=day)] = amount
        spans = sorted(queries.price_history(item), key=lambda span: span.valid_from or start)
        assert [(span.valid_from, int(span.amount)) for span in spans] == sorted(last.items())
        assert all(one.valid_until == two.valid_from for one, two in pairwise(spans))
        assert spans[-1].valid_until is None
