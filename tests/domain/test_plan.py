"""Prices as they are kept and said, and what a plan must be."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.plan import PlanTerms, agreed, check_plan, key_for, next_invoices
from conto.domain.price import (
    Price,
    PriceKind,
    Tier,
    describe,
    plain_english,
    price_from,
    price_written,
    telling_quantities,
    worked,
)
from conto.domain.subscription import Item, Measure, RampStep, bill
from conto.domain.subscription.written import change_from, change_written, item_from, item_written
from tests.domain.refusals import refused
from tests.model_check import lives

TIERS_SAID = (
    "each unit at the price of its tier: up to 10: EUR 1 each + EUR 5; above: EUR 0.5 each, at least EUR 3 a period"
)
FLAT: dict[str, Any] = {"kind": "flat", "amount": "29"}


def money(most: int = 1000) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=0, max_value=most, places=3)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    kind = draw(st.sampled_from(PriceKind))
    tiers: tuple[Tier, ...] = ()
    if kind in {PriceKind.GRADUATED, PriceKind.VOLUME, PriceKind.STAIR_STEP}:
        bounds = sorted(draw(st.sets(st.integers(1, 500), max_size=4)))
        tiers = tuple(Tier(bound, draw(money()), draw(money())) for bound in [*map(Decimal, bounds), None])
    return Price(
        "1", kind, draw(st.sampled_from(["EUR", "JPY"])), draw(money()), tiers, draw(money()) + 1, draw(money(5)),
        draw(money(100)), minimum=draw(money(5)), cap=draw(st.none() | money().map(lambda value: value + 5)),
        fee_without_use=draw(st.booleans()),
    )  # fmt: skip


@given(prices())
def test_pl1_a_price_is_read_as_it_was_written(price: Price) -> None:
    written = price_written(price)
    read = price_from(written, price.currency)
    assert price_written(read) == written
    assert price_from(written, price.currency) == read
    object.__setattr__(read, "version", price.version)
    assert read == price
    assert [each.amount_minor for each in worked(read)] == [each.amount_minor for each in worked(price)]


@pytest.mark.parametrize("seed", range(60))
def test_pl1_items_and_changes_are_billed_alike_once_they_are_written(seed: int) -> None:
    chance = Random(seed)
    definition, until = lives.definition(chance), date(2027, 6, 1)
    changes = lives.changes(chance, definition, until=until)
    events = lives.events(chance, definition, until=until)
    currency = definition.currency
    for item in definition.items:
        read = item_from(item_written(item), currency)
        assert item_written(read) == item_written(item)
    for change in changes:
        assert change_written(change_from(change_written(change), currency)) == change_written(change)
    kept = [item_from(item_written(item), currency) for item in definition.items]
    read_changes = [change_from(change_written(change), currency) for change in changes]
    one = bill(definition, changes, events, until=until).invoices
    other = bill(replace(definition, items=tuple(kept)), read_changes, events, until=until).invoices
    assert [(each.on, each.net_minor) for each in one] == [(each.on, each.net_minor) for each in other]


def test_pl1_two_prices_that_say_the_same_have_the_same_version() -> None:
    same = [price_from({"kind": "flat", "amount": text}, "EUR").version for text in ("29", "29.0", "29.00")]
    other = [price_from(FLAT, "CHF").version, price_from({"kind": "per_unit", "amount": "29"}, "EUR").version]
    assert len({*same}) == 1
    assert len({*same, *other}) == 3


def test_pl1_what_cannot_be_read_is_named() -> None:
    for written, code, params in (
        ({"kind": "flat", "amont": "29"}, "price.unreadable", {"place": "amont"}),
        ({"kind": "flat", "amount": 29.5}, "price.unreadable", {"place": "amount"}),
        ({"kind": "flat", "amount": "1e9"}, "price.unreadable", {"place": "amount"}),
        ({"kind": "rent"}, "price.unknown_kind", {"kind": "rent"}),
        ({"kind": "volume"}, "price.bad_tiers", {}),
        ([], "price.unreadable", {"place": "price"}),
        ({"kind": "volume", "tiers": [{"upto": "1"}]}, "price.unreadable", {"place": "upto"}),
    ):
        with refused(code, **params):
            price_from(written, "EUR")
    with refused("price.unreadable", place="aggregate"):
        item_from({"key": "a", "price": FLAT, "measure": {"metric": "calls", "aggregate": "mean"}}, "EUR")


def test_pl2_a_price_is_shown_where_something_happens() -> None:
    def shown(written: dict[str, Any]) -> list[int]:
        return [int(each) for each in telling_quantities(price_from(written, "EUR"))]

    tiers = [{"up_to": "10", "unit_price": "1"}, {"up_to": None, "unit_price": "0.5"}]
    assert shown({"kind": "graduated", "tiers": tiers}) == [1, 10, 11, 20]
    assert shown({"kind": "package", "amount": "5", "package_size": "100"}) == [1, 100, 101, 300]
    assert shown({"kind": "per_unit", "amount": "2", "free_units": "3"}) == [1, 4, 8, 13, 53, 103]
    rows = worked(price_from({"kind": "graduated", "tiers": tiers}, "EUR"))
    assert [each.amount_minor for each in rows] == [100, 1000, 1050, 1500]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (FLAT, "EUR 29 for each period"),
        ({"kind": "per_unit", "amount": "8.5", "free_units": "2"}, "EUR 8.5 each, the first 2 free"),
        (
            {
                "kind": "graduated", "minimum": "3",
                "tiers": [{"up_to": "10", "unit_price": "1", "flat_fee": "5"}, {"up_to": None, "unit_price": "0.5"}],
            },
            TIERS_SAID,
        ),
        (
            {"kind": "percentage", "percent": "2.9", "amount": "0.3", "most_each": "50"},
            "2.9 % of each transaction, plus EUR 0.3 for each, at most EUR 50 for each",
        ),
        ({"kind": "stair_step", "tiers": [{"up_to": None, "flat_fee": "7"}]},
         "the fee of the tier that is reached: EUR 7"),
    ],
)  # fmt: skip
def test_pl2_a_price_is_said_in_words(written: dict[str, Any], said: str) -> None:
    assert describe(price_from(written, "EUR"), plain_english()) == said


def test_pl3_a_plan_that_nobody_could_be_billed_by_is_refused() -> None:
    flat = price_from(FLAT, "EUR")
    with refused("plan.no_items"):
        check_plan(PlanTerms(), [], "EUR")
    with refused("plan.bad_key", key="Base fee"):
        check_plan(PlanTerms(), [Item("Base fee", flat)], "EUR")
    with refused("subscription.same_item"):
        check_plan(PlanTerms(), [Item("a", flat), Item("a", flat)], "EUR")
    with refused("subscription.measured_once"):
        check_plan(PlanTerms(), [Item("a", flat, measure=Measure("calls"), is_once=True)], "EUR")
    with refused("subscription.other_currency", item="a", one="EUR", other="CHF"):
        check_plan(PlanTerms(), [Item("a", flat, ramp=(RampStep(1, flat),))], "CHF")
    with refused("plan.bad_terms"):
        check_plan(PlanTerms(count=0), [Item("a", flat)], "EUR")
    assert [key_for(name, {"base-fee"}) for name in ("Base fee", "Größe XL", "!!")] == [
        "base-fee-2",
        "grosse-xl",
        "item",
    ]


def test_pl6_the_next_invoices_go_on_from_what_is_billed() -> None:
    item = Item("a", price_from(FLAT, "EUR"))
    definition = agreed(PlanTerms(trial_days=14), [item], currency="EUR", zone="UTC", starts_on=date(2026, 1, 31))
    first = next_invoices(definition)
    assert [each.on for each in first[:3]] == [date(2026, 2, 14), date(2026, 3, 14), date(2026, 4, 14)]
    assert len(first) == 12
    until_may = bill(definition, until=date(2026, 5, 1))
    on = next_invoices(definition, billed=until_may.billed)
    assert on[0].on == date(2026, 5, 14)
    assert until_may.invoices + on[:9] == first
