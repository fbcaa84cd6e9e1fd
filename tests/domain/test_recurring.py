"""What recurs a month, from when on, what each difference is to its customer, and that it is what is billed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.period import Interval
from conto.domain.subscription import (
    Change,
    Coupon,
    Definition,
    MovementKind,
    Proration,
    RampStep,
    Timing,
    When,
    bill,
    differences,
    fold,
    in_order,
    movements_of,
    recurring_steps,
)
from conto.domain.subscription.recurring import monthly_minor
from tests.domain.examples import examples
from tests.domain.subscriptions import NOW, agreed, at, change, item, metered, price, seats, to
from tests.model_check import lives

D = Decimal
NEW, EXPANSION, REACTIVATION, CONTRACTION, CHURN = MovementKind


def steps(definition: Definition, *changes: Change) -> list[tuple[str, int]]:
    return [(f"{day:%d %b %y}", amount_minor) for day, amount_minor in recurring_steps(definition, changes)]


def test_sb9_what_recurs_is_what_a_whole_period_bills_as_a_month() -> None:
    assert steps(agreed(item("348"), interval=Interval.YEAR)) == [("01 Apr 27", 2900)]
    assert steps(agreed(item("10"), interval=Interval.WEEK)) == [("01 Apr 27", 4345)], "43.452…"
    assert steps(agreed(item("100"), interval=Interval.MONTH, count=3)) == [("01 Apr 27", 3333)]
    assert steps(agreed(item("9.99", "per_unit", quantity=D(3)), item("0.005", key="small"))) == [("01 Apr 27", 2998)]
    assert steps(agreed(item("10"), item("99", key="once", is_once=True))) == [("01 Apr 27", 1000)]
    assert steps(agreed(item("10"), metered(price("2", "per_unit")))) == [("01 Apr 27", 1000)]
    assert steps(agreed(item("10"), commitment=D(500))) == [("01 Apr 27", 1000)], "a commitment is not counted"
    assert steps(agreed(item("0"))) == []


def test_sb9_a_trial_does_not_count_and_an_end_does() -> None:
    assert steps(agreed(trial_days=14)) == [("15 Apr 27", 3000)]
    assert steps(agreed(ends_on=date(2027, 6, 1))) == [("01 Apr 27", 3000), ("01 Jun 27", 0)]
    assert steps(agreed(), change("cancel", at(4, 10))) == [("01 Apr 27", 3000), ("01 May 27", 0)]
    assert steps(agreed(), change("cancel", at(4, 10), when=NOW)) == [("01 Apr 27", 3000), ("10 Apr 27", 0)]
    told = [change("pause", at(4, 10)), change("resume", at(4, 20), "c2")]
    assert steps(agreed(), *told) == [("01 Apr 27", 3000), ("10 Apr 27", 0), ("20 Apr 27", 3000)]


def test_sb9_what_is_paid_without_credit_counts_until_it_is_over() -> None:
    both = agreed(item("30"), item("12", key="later", timing=Timing.ARREARS))
    leaves = change("cancel", at(4, 10), when=When.NOW_WITHOUT_CREDIT)
    assert steps(both, leaves) == [("01 Apr 27", 4200), ("10 Apr 27", 3000), ("01 May 27", 0)]


def test_sb9_a_change_counts_from_its_day() -> None:
    three = agreed(item("10", "per_unit", quantity=D(3)))
    assert steps(three, seats("5", at(4, 10))) == [("01 Apr 27", 3000), ("10 Apr 27", 5000)]
    assert steps(three, seats("1", at(4, 10))) == [("01 Apr 27", 3000), ("01 May 27", 1000)]
    assert steps(agreed(), to("45", at(4, 30, 23))) == [("01 Apr 27", 3000), ("01 May 27", 4500)], "1 May in Berlin"
    by_second = agreed(proration=Proration.SECOND)
    assert steps(by_second, to("45", at(4, 10))) == [("01 Apr 27", 3000), ("10 Apr 27", 4500)]
    yearly = change("interval", at(4, 10), interval=Interval.YEAR, prices=(("base", price("240")),), when=NOW)
    assert steps(agreed(), yearly) == [("01 Apr 27", 3000), ("10 Apr 27", 2000)]


def test_sb9_ramps_and_discounts_count_by_period() -> None:
    ramp = (RampStep(2, price("20")), RampStep(4, price("30")))
    assert steps(agreed(item("10", ramp=ramp))) == [("01 Apr 27", 1000), ("01 Jun 27", 2000), ("01 Aug 27", 3000)]
    for_three = Coupon("SPRING", percent=D(50), periods=3)
    assert steps(agreed(coupons=(for_three,))) == [("01 Apr 27", 1500), ("01 Jul 27", 3000)]
    for_ever = Coupon("FIXED", amount_minor=500, periods=None)
    assert steps(agreed(coupons=(for_ever,))) == [("01 Apr 27", 2500)]
    assert steps(agreed(item("2"), coupons=(for_ever,))) == [], "never below nothing"
    later = Coupon("MAY", percent=D(10), periods=1, starts_on=date(2027, 5, 10))
    assert steps(agreed(coupons=(later,))) == [("01 Apr 27", 3000), ("01 May 27", 2700), ("01 Jun 27", 3000)]


def day(n: int) -> date:
    return date(2027, 1, 1) + timedelta(days=n)


def test_sb10_a_difference_is_named_by_what_it_is_to_the_customer() -> None:
    moved = {("a", day(0)): 100, ("a", day(5)): 50, ("b", day(9)): 10, ("a", day(12)): -150, ("b", day(20)): -10}
    moved |= {("c", day(30)): 7}
    assert movements_of(moved) == {
        ("a", day(0), NEW): 100, ("a", day(5), EXPANSION): 50, ("b", day(9), EXPANSION): 10,
        ("a", day(12), CONTRACTION): -150, ("b", day(20), CHURN): -10, ("c", day(30), REACTIVATION): 7,
    }  # fmt: skip


@pytest.mark.parametrize(("back", "kind"), [(70, EXPANSION), (30, CONTRACTION), (50, EXPANSION)])
def test_sb10_what_happens_on_one_day_is_one_movement(back: int, kind: MovementKind) -> None:
    moved = {("a", day(0)): 50, ("a", day(5)): -50, ("b", day(5)): back}
    assert movements_of(moved) == {("a", day(0), NEW): 50, ("a", day(5), kind): -50, ("b", day(5), kind): back}


seeds = st.integers(0, 10**12)


def life(seed: int) -> tuple[Definition, list[Change]]:
    chance = Random(seed)
    made = lives.definition(chance)
    more = [Coupon("fixed", amount_minor=chance.randrange(1, 3000), periods=chance.choice([1, 3, None]))]
    more += [Coupon("some", percent=D(chance.randrange(1, 99)), periods=chance.randrange(1, 5))]
    items = list(made.items)
    if chance.random() < 0.4 and items[0].measure is None:
        ramp = tuple(RampStep(n, price(str(chance.randrange(90)))) for n in (1, 3))
        items[0] = replace(items[0], ramp=ramp)
    definition = replace(
        made,
        items=tuple(items),
        coupons=(*made.coupons, *chance.sample(more, chance.randrange(3))),
        proration=chance.choice([Proration.DAY, Proration.SECOND]),
    )
    return definition, lives.changes(chance, definition, until=definition.starts_on + timedelta(days=200))


@examples(60)
@given(seeds)
def test_sb9_sb10_movements_up_to_a_day_are_what_recurs_on_it(seed: int) -> None:
    definition, changes = life(seed)
    told = recurring_steps(definition, changes)
    moved = differences(told)
    line = fold(definition, in_order(changes))
    stands = 0
    for n in range(420):
        on = definition.starts_on + timedelta(days=n - 10)
        stands += moved.get(on, 0)
        assert stands == monthly_minor(line, on.toordinal()), on
    assert all(amount_minor >= 0 for _day, amount_minor in told)
    assert sorted(moved) == [on for on, _amount in told]


@examples(60)
@given(seeds)
def test_sb9_a_whole_month_recurs_as_it_is_billed(seed: int) -> None:
    definition, changes = life(seed)
    one_month = {"interval": Interval.MONTH, "count": 1}
    recurs = tuple(each for each in definition.items if each.measure is None) or (item(),)
    definition = replace(definition, items=recurs, **one_month)
    changes = [each for each in changes if each.kind not in {"interval", "add"} and _is_of(each, definition)]
    line = fold(definition, in_order(changes))
    told = recurring_steps(definition, changes)
    until = definition.starts_on + timedelta(days=400)
    known = [replace(each, known_at=at(1, 1, year=2020)) for each in changes]
    made = bill(definition, known, until=until)
    lines = (steps for each in line.items.values() for steps in (each.prices, each.quantities, each.present))
    cut = {*line.activity.at, line.paid_from - 1, *(place for steps in lines for place in steps.at)}
    for span in line.spans(line.paid_from, line.position_of_day(until - timedelta(days=70))):
        if span.since < line.paid_from or any(span.since < place < span.until for place in cut):
            continue
        if (span.since, span.until) != (span.start, span.end):
            continue  # a part of a month
        billed = sum(
            account.net_minor for charge, account in made.billed.accounts.items() if charge.first_day == span.first_day
        )
        recurring = sum(amount for on, amount in differences(told).items() if on.toordinal() <= line.day(span.since))
        assert billed == recurring, span


def _is_of(told: Change, definition: Definition) -> bool:
    keys = {each.key for each in definition.items}
    return (not told.item or told.item in keys) and all(name in keys for name, _price in told.prices)
