"""Work at a price: done, billed, held back and released, to the cent whatever the order."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.errors import RuleBroken
from conto.domain.ids import new_id
from conto.domain.project.price import (
    ChangeOrder,
    Milestone,
    PartKind,
    PriceBill,
    PriceMethod,
    PricePart,
    ReachedMilestone,
    Standing,
    done_by_milestones,
    done_by_percent,
    milestone_amounts,
    next_bill,
    parts_of,
    price_after,
)
from tests.domain.refusals import refused

TEN = Decimal(10)
THIRD = Decimal("33.3333")


def test_wp8_change_orders_raise_and_lower_the_price() -> None:
    assert price_after(1_000_000, []) == 1_000_000
    assert price_after(1_000_000, [ChangeOrder(200_000, "Eva"), ChangeOrder(-50_000, "Eva")]) == 1_150_000
    with refused("project.order_of_nobody"):
        price_after(1, [ChangeOrder(1, " ")])
    with refused("project.price_below_zero"):
        price_after(100, [ChangeOrder(-101, "Eva")])


def test_wp9_milestones_are_amounts_and_parts_of_the_price_that_sum_to_it() -> None:
    thirds = [Milestone("a", percent=THIRD), Milestone("b", percent=THIRD), Milestone("c", percent=Decimal("33.3334"))]
    assert milestone_amounts(100, thirds) == [33, 33, 34]
    assert milestone_amounts(10_000, [Milestone("a", 4000), Milestone("b", percent=Decimal(60))]) == [4000, 6000]
    reached = [replace(thirds[0], is_done=True), *thirds[1:]]
    assert done_by_milestones(100, reached) == 33
    above = Milestone("a", percent=Decimal(101))
    for bad in (Milestone("a"), Milestone("a", 1, Decimal(1)), Milestone("a", -1), above):
        with refused("project.bad_milestone"):
            milestone_amounts(100, [bad])
    with refused("project.milestones_above_price"):
        milestone_amounts(100, [Milestone("a", 41), Milestone("b", percent=Decimal(60))])


def test_wp9_percent_complete_is_rounded_once() -> None:
    assert done_by_percent(100_001, Decimal(50)) == 50_001
    assert done_by_percent(100_001, Decimal(100)) == 100_001
    for bad in ("-1", "100.1", "NaN", "0.00001"):
        with refused("project.bad_percent"):
            done_by_percent(1, Decimal(bad))


def test_wp10_a_bill_is_what_is_done_and_not_billed() -> None:
    assert next_bill(price_minor=1000, done_minor=300, before=Standing()) == PriceBill(300, 0)
    assert next_bill(price_minor=1000, done_minor=700, before=Standing(300)) == PriceBill(400, 0)
    for code, done, before in (
        ("project.above_price", 1001, Standing()),
        ("project.billed_more", 200, Standing(300)),
        ("project.nothing_new", 300, Standing(300)),
    ):
        with refused(code):
            next_bill(price_minor=1000, done_minor=done, before=before)


def test_wp11_a_part_is_held_back_and_released_with_the_final_bill() -> None:
    first = next_bill(price_minor=1005, done_minor=305, before=Standing(), retention_percent=TEN)
    assert (first, first.payable_minor) == (PriceBill(305, 31), 274)
    second = next_bill(price_minor=1005, done_minor=1005, before=Standing(305, 31), retention_percent=TEN)
    assert (second, second.payable_minor) == (PriceBill(700, 70), 630)
    final = next_bill(
        price_minor=1005, done_minor=1005, before=Standing(1005, 101), retention_percent=TEN, is_final=True
    )  # fmt: skip
    assert (final, final.payable_minor) == (PriceBill(0, -101), 101)
    with refused("project.not_done"):
        next_bill(price_minor=1005, done_minor=305, before=Standing(), is_final=True)
    for bad in ("-1", "100", "NaN", "0.00001"):
        with refused("project.bad_retention"):
            next_bill(price_minor=1, done_minor=1, before=Standing(), retention_percent=Decimal(bad))


@given(
    base=st.integers(1, 10**9),
    steps=st.lists(
        st.tuples(st.decimals(0, 100, places=4), st.integers(-(10**8), 10**8), st.decimals(0, 99, places=2)), max_size=8
    ),
    milestones=st.lists(st.integers(0, 10_000), min_size=1, max_size=6),
    by_percent=st.booleans(),
)
def test_wp10_wp11_billed_and_held_is_what_is_done_and_at_the_end_the_price(
    base: int, steps: list[tuple[Decimal, int, Decimal]], milestones: list[int], *, by_percent: bool
) -> None:
    """Whatever percentages, milestones, change orders and retentions follow one another."""
    price, before, paid, retention = base, Standing(), 0, Decimal(0)
    parts = [Milestone(str(n), percent=Decimal(weight) / 100 / len(milestones)) for n, weight in enumerate(milestones)]
    codes = set()
    for n, (percent, order, wanted) in enumerate(steps):
        changed = max(price + order, before.billed_minor)
        price = price_after(price, [ChangeOrder(changed - price, "Eva")])
        retention = wanted
        reached = [replace(each, is_done=at <= n) for at, each in enumerate(parts)]
        done = done_by_percent(price, percent) if by_percent else done_by_milestones(price, reached)
        try:
            bill = next_bill(price_minor=price, done_minor=done, before=before, retention_percent=retention)
        except RuleBroken as refusal:
            codes.add(refusal.code)
            continue
        paid += bill.payable_minor
        method = PriceMethod.PERCENT if by_percent else PriceMethod.MILESTONES
        assert sum(part.amount_minor for part in parts_of(bill, method)) == bill.payable_minor
        before = Standing(before.billed_minor + bill.work_minor, before.held_minor + bill.held_minor)
        assert before.billed_minor == done
        assert paid + before.held_minor == done <= price
        assert before.held_minor >= 0
    assert codes <= {"project.billed_more", "project.nothing_new"}
    if (before.billed_minor, before.held_minor) != (price, 0):
        bill = next_bill(price_minor=price, done_minor=price, before=before, is_final=True)
        paid += bill.payable_minor
    assert paid == price


@pytest.mark.parametrize("price", [0, 1, 99, 100, 101, 10**12 + 1])
def test_wp9_percentages_of_a_hundred_sum_to_the_price(price: int) -> None:
    sevenths = [Milestone(str(n), percent=Decimal("14.2857")) for n in range(6)]
    whole = [*sevenths, Milestone("last", percent=Decimal("14.2858"))]
    assert sum(milestone_amounts(price, whole)) == price


def test_wp10_wp11_a_bill_of_milestones_has_a_line_for_each_and_for_what_change_orders_made_of_earlier_ones() -> None:
    key = new_id()
    reached = [ReachedMilestone(key, "Draft", 300)]
    milestones = parts_of(PriceBill(350, 35), PriceMethod.MILESTONES, reached)
    assert milestones == [
        PricePart(PartKind.MILESTONE, 300, "Draft", key),
        PricePart(PartKind.CHANGE, 50),
        PricePart(PartKind.HELD, -35),
    ]
    assert parts_of(PriceBill(300, 0), PriceMethod.MILESTONES, reached) == milestones[:1]
    assert parts_of(PriceBill(0, -101), PriceMethod.PERCENT) == [PricePart(PartKind.RELEASED, 101)]
    assert parts_of(PriceBill(70, 7), PriceMethod.PERCENT) == [
        PricePart(PartKind.PERCENT, 70),
        PricePart(PartKind.HELD, -7),
    ]
