"""How a subscription stands, what may be done to it, when it is due, and that a line explains itself for ever."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conto.domain.errors import RuleBroken
from conto.domain.period import Interval
from conto.domain.price import Tier, explain, plain_english, scaled
from conto.domain.price.explain import Derivation
from conto.domain.price.kept import derivation_from, derivation_written
from conto.domain.price.rate import rate_part
from conto.domain.price.written import price_from, price_written
from conto.domain.subscription import (
    Change,
    Definition,
    Item,
    RampStep,
    Standing,
    SubscriptionState,
    When,
    bill,
    check_change,
    next_day,
    paper_of,
    standing_on,
)
from tests.domain.refusals import refused
from tests.domain.subscriptions import APRIL, agreed, at, change, item, metered, price, seats

D = Decimal
TIERED = ["graduated", "volume", "stair_step"]
TIERS = [Tier(D(10), D(5)), Tier(None, D(4), D(1))]


def state(day: date, *changes: Change, of: Definition | None = None) -> str:
    return standing_on(of or agreed(), changes, day).state.value


def test_sb2_it_stands_by_its_days_and_by_what_happened() -> None:
    assert state(date(2027, 3, 31)) == "scheduled"
    assert state(APRIL) == "active"
    tried = agreed(trial_days=14)
    assert [state(date(2027, 4, day), of=tried) for day in (14, 15)] == ["trial", "active"]
    paused = [change("pause", at(4, 10)), change("resume", at(4, 20), "c2")]
    assert [state(date(2027, 4, day), *paused) for day in (9, 10, 19, 20)] == ["active", "paused", "paused", "active"]
    left = [change("cancel", at(4, 10))]
    assert [state(day, *left) for day in (date(2027, 4, 10), date(2027, 4, 30), date(2027, 5, 1))] == [
        "ending", "ending", "ended",
    ]  # fmt: skip
    fixed = agreed(ends_on=date(2027, 6, 1))
    assert [state(day, of=fixed) for day in (date(2027, 5, 31), date(2027, 6, 1))] == ["active", "ended"]


def test_sb7_the_value_of_a_month_is_what_recurs() -> None:
    def monthly(definition: Definition, *changes: Change) -> int:
        return standing_on(definition, changes, date(2027, 4, 15)).monthly_minor

    yearly = agreed(item("348"), interval=Interval.YEAR)
    assert monthly(yearly) == 2900
    assert monthly(agreed(item("10", "per_unit", quantity=D(3)))) == 3000
    assert monthly(agreed(item("10"), interval=Interval.WEEK)) == 4345, "365 / 84 weeks: 43.452…"
    assert monthly(agreed(item("10"), item("99", key="once", is_once=True))) == 1000
    assert monthly(agreed(), change("pause", at(4, 10))) == 0
    three = agreed(item("10", "per_unit", quantity=D(3)))
    assert monthly(three, seats("5", at(4, 10))) == 5000
    assert monthly(three, seats("1", at(4, 10))) == 3000, "fewer at the end of the period"


@pytest.mark.parametrize(
    ("before", "kind", "code"),
    [
        ([("pause", 2)], "pause", "subscription.paused"),
        ([], "resume", "subscription.not_paused"),
        ([("cancel", 2)], "cancel", "subscription.ending"),
        ([], "renew", "subscription.not_ending"),
        ([("cancel", 2, "now")], "pause", "subscription.ended"),
        ([("cancel", 2, "now")], "quantity", "subscription.ended"),
    ],
)
def test_sb4_what_makes_no_sense_is_refused(before: list[Any], kind: str, code: str) -> None:
    done = [change(each[0], at(4, each[1]), f"b{n}", when=_when(each)) for n, each in enumerate(before)]
    stands = standing_on(agreed(), done, date(2027, 4, 10))
    with refused(code):
        check_change(stands, change(kind, at(4, 10), "z"))


@pytest.mark.parametrize(
    ("of", "is_counted"),
    [
        (item("29"), False),
        (item("29", ramp=(RampStep(3, price("10", "per_unit")),)), True),
        (item("10", "per_unit"), True),
        (metered(price("0.10", "per_unit")), False),
    ],
)
def test_sb4_a_quantity_changes_only_where_it_makes_the_price(of: Item, *, is_counted: bool) -> None:
    stands = standing_on(agreed(of, item("1", "per_unit", key="other")), [], date(2027, 4, 10))
    assert [each.is_counted for each in stands.items] == [is_counted, True]
    wanted = change("quantity", at(4, 10), item=of.key, quantity=D(5))
    if is_counted:
        check_change(stands, wanted)
        return
    with refused("subscription.not_counted", item=of.key):
        check_change(stands, wanted)


def _when(each: Any) -> Any:
    return When(each[2]) if len(each) > 2 else None


def test_sb4_items_are_there_once_and_the_last_one_stays() -> None:
    stands: Standing = standing_on(agreed(item(), item("5", key="more")), [], date(2027, 4, 10))
    with refused("subscription.no_item", item="none"):
        check_change(stands, change("remove", at(4, 10), item="none"))
    with refused("subscription.item_there", item="more"):
        check_change(stands, change("add", at(4, 10), added=item("5", key="more")))
    check_change(stands, change("remove", at(4, 10), item="more"))
    alone = standing_on(agreed(), [], date(2027, 4, 10))
    with refused("subscription.last_item"):
        check_change(alone, change("remove", at(4, 10), item="base"))
    over = standing_on(agreed(), [change("cancel", at(4, 2))], date(2027, 6, 1))
    assert over.state is SubscriptionState.ENDED
    check_change(over, change("renew", at(6, 1), "c2"))


prices = st.one_of(
    st.builds(price, st.sampled_from(["0", "9.99", "0.004", "1234.5678"]), st.sampled_from(["flat", "per_unit"])),
    st.builds(
        lambda kind: price(kind=kind, tiers=tuple(TIERS)), st.sampled_from(["graduated", "volume", "stair_step"])
    ),
    st.builds(lambda: price("3", "package", package_size=D(100), free_units=D(7), minimum=D(2), cap=D(50))),
)


@given(prices, st.decimals(0, 10**9, places=6), st.integers(1, 31), st.booleans(), st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_sb6_a_line_is_read_back_as_it_was_written_and_says_the_same(
    of: Any, quantity: Decimal, part: int, is_usage: Any, before: int
) -> None:
    of = price_from(price_written(of), "EUR")
    rated = rate_part(of, scaled(quantity), (), part, 31, is_usage=is_usage)
    why = Derivation(of, scaled(quantity), rated, part, 31, is_usage, 3, before, is_usage)
    kept = json.loads(json.dumps(derivation_written(why)))
    assert derivation_from(kept) == why
    assert explain(derivation_from(kept), plain_english()) == explain(why, plain_english())


def test_sb6_reading_a_derivation_leaves_the_price_of_others_as_it_is() -> None:
    said = {"kind": "flat", "amount": "10"}
    mine = price_from(said, "EUR")
    of_a_commitment = replace(mine, version="commitment")
    why = Derivation(of_a_commitment, 0, rate_part(mine, 0))
    version = mine.version
    assert derivation_from(derivation_written(why)).price.version == "commitment"
    assert price_from(said, "EUR").version == version != "commitment"


intervals = st.sampled_from([(Interval.DAY, 20), (Interval.WEEK, 3), (Interval.MONTH, 1), (Interval.QUARTER, 1)])
moves = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "cancel", "renew", "quantity"]), st.integers(0, 150)), max_size=4
)


@given(intervals, st.integers(0, 20), st.sampled_from([None, 100]), moves, st.booleans())
@example((Interval.DAY, 20), 1, 100, [("quantity", 0), ("quantity", 82)], False)  # waits for a period that never comes
@settings(max_examples=60, deadline=None)
def test_sb3_who_bills_on_the_days_that_are_due_bills_what_looking_every_day_bills(
    rhythm: tuple[Interval, int], trial: int, ends_after: int | None, moved: list[tuple[str, int]], now: Any
) -> None:
    of = agreed(
        item("10", "per_unit", quantity=D(3)), interval=rhythm[0], count=rhythm[1], trial_days=trial,
        ends_on=APRIL + timedelta(days=ends_after) if ends_after else None, bills_changes_now=now,
    )  # fmt: skip
    changes = [
        change(
            kind, at(4, 1) + timedelta(days=day), f"c{n}", item="base" if kind == "quantity" else "", quantity=D(n)
        )
        for n, (kind, day) in enumerate(moved)
    ]  # fmt: skip
    until = APRIL + timedelta(days=200)
    try:
        whole = bill(of, changes, until=until)
    except RuleBroken:
        return
    found, state, day = [], None, of.starts_on
    while day <= until:
        done = bill(of, changes, until=day, billed=state)
        found += done.invoices
        state = done.billed
        coming = next_day(of, changes, after=day)
        if coming is None:
            break
        assert coming > day
        day = coming
    assert [(one.on, one.net_minor) for one in found] == [(one.on, one.net_minor) for one in whole.invoices]


def test_sb5_credits_stand_beside_charges_until_there_is_more_of_them() -> None:
    of = agreed(item("10", "per_unit", quantity=D(3)))
    up = bill(of, [seats("5", at(4, 16))], until=date(2027, 4, 30))
    paper = paper_of(up.invoices[1:], "EUR")
    assert [(each.quantity, each.unit_price) for each in paper.lines] == [(D(-1), D(15)), (D(1), D(25))]
    assert (paper.credits, [each.credits is not None for each in paper.lines]) == ((), [True, False])
    first = paper_of(up.invoices[:1], "EUR")
    assert [(each.quantity, each.unit_price) for each in first.lines] == [(D(3), D(10))]
    left = bill(of, [change("cancel", at(4, 16), when=_when(["", "", "now"]))], until=date(2027, 4, 30))
    note = paper_of(left.invoices[1:], "EUR")
    assert note.lines == ()
    assert [(each.number, each.amount_minor) for each in note.credits] == [(1, 1500)]
