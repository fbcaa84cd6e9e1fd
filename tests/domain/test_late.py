"""Late fees and late interest (LF-1 to LF-10)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.late import (
    BOUNDS,
    DEFAULT_RULE,
    LARGEST_MINOR,
    PRESETS,
    Charged,
    ChargeKind,
    LateAmounts,
    LateInvoice,
    LateRule,
    Move,
    OpenDays,
    Wanted,
    charging_day,
    exact_interest,
    is_late,
    is_run_due,
    is_worth_charging,
    next_day,
    open_days,
    refuse_unusable,
    wanted,
)
from conto.domain.money import round_fraction
from tests.domain.examples import examples
from tests.domain.refusals import refused

DUE = date(2026, 3, 1)
NINE = LateRule(is_on=True, counts_from=date(2026, 1, 1), grace_days=0, yearly_percent=Decimal(9))


def day(of_march: int) -> date:
    return DUE + timedelta(days=of_march - 1)


def charged(invoice: LateInvoice, rule: LateRule, *days: int) -> tuple[LateInvoice, list[Wanted]]:
    """Charge an invoice on some days, each for what was over by then."""
    made = []
    for until in days:
        new = wanted(invoice, rule, "EUR", until=day(until))
        made.append(new)
        done = list(invoice.charged)
        if new.fee_minor:
            done.append(Charged(ChargeKind.FEE, new.fee_minor))
        if new.interest_minor:
            done.append(
                Charged(
                    ChargeKind.INTEREST, new.interest_minor, new.capped_minor, new.first_on, new.last_on,
                    rule.yearly_percent,
                )
            )  # fmt: skip
        invoice = replace(invoice, charged=tuple(done))
    return invoice, made


@pytest.mark.parametrize(
    ("moves", "grace", "until", "late"),
    [
        ([(15, -1000)], 14, 15, False),
        ([], 14, 14, False),
        ([], 14, 15, True),
        ([(16, -1000)], 14, 15, True),
        ([(10, -1000), (20, 1000)], 14, 20, True),
        ([(10, -1000), (20, 1000)], 14, 19, False),
        ([(1, -1000)], 0, 1, False),
        ([], 0, 1, True),
        ([(-5, -1000)], 0, 40, False),
    ],
)
def test_lf1_who_pays_on_the_last_grace_day_is_in_time(
    moves: list[tuple[int, int]], grace: int, until: int, *, late: bool
) -> None:
    invoice = LateInvoice(DUE, 1000, tuple(Move(day(on), amount) for on, amount in moves))
    assert is_late(invoice, grace_days=grace, until=day(until)) is late
    rule = replace(NINE, grace_days=grace, amounts={"EUR": LateAmounts(fee_minor=1)})
    assert bool(wanted(invoice, rule, "EUR", until=day(until)).fee_minor) is late


def test_lf1_what_fell_due_before_the_first_day_or_is_excluded_is_charged_nothing() -> None:
    invoice = LateInvoice(DUE, 100_000)
    assert wanted(invoice, replace(NINE, counts_from=DUE), "EUR", until=day(31)).amount_minor == 740
    assert wanted(invoice, replace(NINE, counts_from=day(2)), "EUR", until=day(31)) == Wanted()
    assert wanted(replace(invoice, is_excluded=True), NINE, "EUR", until=day(31)) == Wanted()


def test_lf2_a_fee_is_charged_once_in_its_currency() -> None:
    rule = replace(NINE, yearly_percent=Decimal(0), amounts={"EUR": LateAmounts(fee_minor=4000)})
    _, made = charged(LateInvoice(DUE, 100_000), rule, 2, 31, 60)
    assert [each.fee_minor for each in made] == [4000, 0, 0]
    assert wanted(LateInvoice(DUE, 100_000), rule, "CHF", until=day(31)) == Wanted()


@pytest.mark.parametrize(
    ("moves", "grace", "pieces", "minor"),
    [
        ([], 0, [(30, 100_000)], 740),
        ([(16, -40_000)], 0, [(14, 100_000), (16, 60_000)], 582),
        ([(11, -100_000)], 5, [(9, 100_000)], 222),
        ([(11, -100_000), (21, 100_000)], 5, [(9, 100_000), (11, 100_000)], 493),
        ([(11, -50_000), (11, 50_000)], 0, [(30, 100_000)], 740),
        ([(-3, -40_000)], 0, [(30, 60_000)], 444),
    ],
)
def test_lf3_interest_counts_on_what_was_open_at_the_end_of_each_day(
    moves: list[tuple[int, int]], grace: int, pieces: list[tuple[int, int]], minor: int
) -> None:
    invoice = LateInvoice(DUE, 100_000, tuple(Move(day(on), amount) for on, amount in moves))
    found = wanted(invoice, replace(NINE, grace_days=grace), "EUR", until=day(31))
    assert [(each.days, each.open_minor) for each in found.pieces] == pieces
    assert (found.interest_minor, found.first_on, found.last_on) == (minor, day(2), day(31))


def test_lf3_a_leap_year_has_365_days_of_interest_too() -> None:
    year = open_days(LateInvoice(date(2023, 12, 31), 36_500), date(2024, 1, 1), date(2024, 12, 31))
    assert year == (OpenDays(date(2024, 1, 1), date(2024, 12, 31), 36_500),)
    assert exact_interest(year, Decimal(10)) == 3660


def test_lf4_parts_come_to_what_charging_at_once_comes_to() -> None:
    invoice = LateInvoice(DUE, 10_000)
    rule = replace(NINE, yearly_percent=Decimal(10))
    _, made = charged(invoice, rule, 3, 5, 7)
    assert [each.interest_minor for each in made] == [5, 6, 5]
    assert wanted(invoice, rule, "EUR", until=day(7)).interest_minor == 16


def test_lf4_days_that_were_charged_keep_their_percentage() -> None:
    first, _ = charged(LateInvoice(DUE, 100_000), NINE, 31)
    more = wanted(first, replace(NINE, yearly_percent=Decimal(12)), "EUR", until=day(61))
    assert (more.first_on, more.last_on) == (day(32), day(61))
    exact = exact_interest([OpenDays(day(2), day(31), 100_000)], Decimal(9))
    exact += exact_interest([OpenDays(day(32), day(61), 100_000)], Decimal(12))
    assert more.interest_minor == round_fraction(exact) - 740


def test_lf4_a_payment_entered_later_is_taken_off_what_comes_next() -> None:
    first, _ = charged(LateInvoice(DUE, 100_000), NINE, 31)
    late_entry = replace(first, moves=(Move(day(16), -40_000),))
    nothing = wanted(late_entry, NINE, "EUR", until=day(40))
    assert nothing.interest_minor == 0, "9 days on 600.00 are less than what was charged too much"
    assert next_day(late_entry) == day(32)
    more = wanted(late_entry, NINE, "EUR", until=day(61))
    assert (more.interest_minor, more.earlier_minor) == (286, 158)
    assert wanted(replace(late_entry, charged=()), NINE, "EUR", until=day(61)).interest_minor == 740 + 286


def test_lf5_fee_and_interest_stop_at_the_cap_and_are_not_made_up_for() -> None:
    rule = replace(
        NINE, yearly_percent=Decimal("18.25"), cap_percent=Decimal(10), amounts={"EUR": LateAmounts(fee_minor=1500)}
    )
    done, made = charged(LateInvoice(DUE, 20_000), rule, 31, 61, 91)
    assert [(each.fee_minor, each.interest_minor, each.capped_minor) for each in made] == [
        (1500, 300, 0), (0, 200, 100), (0, 0, 0),
    ]  # fmt: skip
    raised = replace(rule, cap_percent=Decimal(100))
    assert wanted(done, raised, "EUR", until=day(91)).interest_minor == 300, "only the days that were not charged"
    fixed = replace(rule, cap_percent=Decimal(0), amounts={"EUR": LateAmounts(fee_minor=1500, cap_minor=1000)})
    assert wanted(LateInvoice(DUE, 20_000), fixed, "EUR", until=day(31)) == Wanted(1000)


@pytest.mark.parametrize(
    ("amounts", "least", "worth"),
    [([310, 240], 500, True), ([310], 500, False), ([630], 500, True), ([500], 500, True), ([], 0, False)],
)
def test_lf6_less_than_the_smallest_amount_waits(amounts: list[int], least: int, *, worth: bool) -> None:
    assert is_worth_charging(amounts, least) is worth


def test_lf7_a_run_is_due_once_for_its_day_however_late() -> None:
    assert charging_day(date(2026, 3, 3), 1) == date(2026, 3, 1)
    assert charging_day(date(2026, 3, 3), 28) == date(2026, 2, 28)
    assert charging_day(date(2026, 1, 1), 15) == date(2025, 12, 15)
    assert charging_day(date(2026, 3, 3), 0) == date(2026, 3, 3)
    assert is_run_due(date(2026, 3, 3), 1, date(2026, 2, 1))
    assert not is_run_due(date(2026, 3, 4), 1, date(2026, 3, 3))
    assert not is_run_due(date(2026, 3, 31), 1, date(2026, 3, 1))
    assert is_run_due(date(2026, 4, 1), 1, date(2026, 3, 3))
    assert is_run_due(date(2026, 4, 1), 0, date(2026, 3, 31))
    assert is_run_due(date(2026, 4, 1), 28, None)


def test_lf10_rules_lie_within_their_bounds_and_a_rule_that_is_on_says_enough() -> None:
    refuse_unusable(DEFAULT_RULE)
    for name, (low, high) in BOUNDS.items():
        for value in (low, high):
            refuse_unusable(replace(DEFAULT_RULE, **{name: value}))
        for value in (low - 1, high + 1):
            with refused("late.out_of_bounds", low=low, high=high):
                refuse_unusable(replace(DEFAULT_RULE, **{name: value}))
    for rule, code in (
        (replace(NINE, yearly_percent=Decimal("9.12345")), "late.out_of_bounds"),
        (replace(NINE, amounts={"EUR": LateAmounts(fee_minor=LARGEST_MINOR + 1)}), "late.bad_amount"),
        (replace(NINE, amounts={"EUR": LateAmounts(least_minor=-1)}), "late.bad_amount"),
        (replace(NINE, amounts={"EUX": LateAmounts()}), "money.unknown_currency"),
        (replace(NINE, counts_from=None), "late.no_first_day"),
        (replace(NINE, yearly_percent=Decimal(0)), "late.charges_nothing"),
    ):
        with refused(code):
            refuse_unusable(rule)
    refuse_unusable(replace(NINE, yearly_percent=Decimal(0), amounts={"EUR": LateAmounts(fee_minor=4000)}))


def test_presets_give_what_the_laws_say_and_leave_open_what_changes() -> None:
    assert {each.code: (each.points, each.yearly_percent) for each in PRESETS} == {
        "eu": (8, None), "de": (9, None), "ch": (0, Decimal(5)),
    }  # fmt: skip


INVOICES = st.builds(
    LateInvoice,
    due_on=st.just(DUE),
    payable_minor=st.integers(1, 10**12),
)
DAYS = st.lists(st.integers(1, 400), min_size=1, max_size=6, unique=True).map(sorted)
PERCENTS = st.decimals(0, 25, places=4)


@st.composite
def paid_in_parts(draw: st.DrawFn) -> LateInvoice:
    """Draw an invoice whose open amount goes down and up, always between nothing and all."""
    invoice = draw(INVOICES)
    moves, open_minor = [], invoice.payable_minor
    for on in draw(st.lists(st.integers(-20, 400), max_size=5).map(sorted)):
        then = draw(st.integers(0, invoice.payable_minor))
        moves.append(Move(day(on), then - open_minor))
        open_minor = then
    return replace(invoice, moves=tuple(moves))


def interest_day_by_day(invoice: LateInvoice, percent: Decimal, until: int) -> Fraction:
    """Count each day by itself: the second way."""
    total = Fraction(0)
    for n in range(2, until + 1):
        open_minor = invoice.payable_minor + sum(each.amount_minor for each in invoice.moves if each.on <= day(n))
        total += Fraction(open_minor) * Fraction(percent) / 36500
    return total


@examples(60)
@given(paid_in_parts(), DAYS, PERCENTS, st.integers(0, 30))
def test_lf4_property_any_parts_sum_to_the_whole_and_no_day_is_charged_twice(
    invoice: LateInvoice, days: list[int], percent: Decimal, grace: int
) -> None:
    rule = replace(NINE, yearly_percent=percent, grace_days=grace)
    done, made = charged(invoice, rule, *days)
    at_once = wanted(invoice, rule, "EUR", until=day(days[-1]))
    assert sum(each.interest_minor for each in made) == at_once.interest_minor
    if is_late(invoice, grace_days=grace, until=day(days[-1])):
        assert at_once.interest_minor == round_fraction(interest_day_by_day(invoice, percent, days[-1]))
    ends = [(each.first_on, each.last_on) for each in done.charged if each.first_on and each.last_on]
    assert all(first <= last for first, last in ends)
    assert all(before[1] < after[0] for before, after in pairwise(ends))


@examples(60)
@given(
    paid_in_parts(), DAYS, PERCENTS, st.integers(0, 100), st.integers(0, LARGEST_MINOR), st.integers(0, LARGEST_MINOR)
)
def test_lf5_property_never_more_than_the_cap(
    invoice: LateInvoice, days: list[int], percent: Decimal, cap: int, fee_minor: int, cap_minor: int
) -> None:
    amounts = {"EUR": LateAmounts(fee_minor, 0, cap_minor)}
    rule = replace(NINE, yearly_percent=percent, cap_percent=Decimal(cap), amounts=amounts)
    done, made = charged(invoice, rule, *days)
    assert all(each.fee_minor >= 0 and each.interest_minor >= 0 and each.capped_minor >= 0 for each in made)
    if cap:
        assert done.charged_minor * 100 <= invoice.payable_minor * cap
    if cap_minor:
        assert done.charged_minor <= cap_minor


@examples(40)
@given(paid_in_parts(), DAYS, PERCENTS)
def test_lf1_property_nothing_after_exclusion(invoice: LateInvoice, days: list[int], percent: Decimal) -> None:
    rule = replace(NINE, yearly_percent=percent, amounts={"EUR": LateAmounts(fee_minor=4000)})
    done, _ = charged(invoice, rule, days[0])
    _, made = charged(replace(done, is_excluded=True), rule, *(each + days[0] for each in days))
    assert made == [Wanted()] * len(days)
