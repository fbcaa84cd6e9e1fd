"""The guardian: unusual amounts, broken rhythms, doubles (GU-1 to GU-3)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.domain.errors import Finding, RuleBroken
from conto.domain.guardian import (
    BOUNDS,
    DEFAULT_RULES,
    BilledPaper,
    GuardianRules,
    PaperLine,
    Past,
    Rhythm,
    amount_finding,
    asks_second_look,
    duplicate_finding,
    early_finding,
    issues_at,
    kind_of_line,
    middle,
    refuse_unusable,
    rhythm_of,
    unusual_amount,
    usual_range,
)
from tests.domain.refusals import assert_it_speaks

DAY = date(2026, 6, 1)
AMOUNTS = st.lists(st.integers(0, 10**12), min_size=6, max_size=12)


def past(*amounts: int, kinds: Sequence[str] = ()) -> list[Past]:
    """Give documents over amounts in major units, the latest first."""
    return [Past(DAY - timedelta(days=30 * n), amount * 100, frozenset(kinds)) for n, amount in enumerate(amounts)]


# --- GU-1 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "amount_minor", "expected"),
    [
        ([100] * 6, 15_000, None),
        ([100] * 6, 100_000, (5_000, 15_000)),
        ([100] * 6, 4_999, (5_000, 15_000)),
        ([100] * 6, 5_000, None),
        ([100] * 5, 100_000, None),
        ([80, 120, 60, 140, 90, 110], 20_000, (2_000, 18_000)),
        ([80, 120, 60, 140, 90, 110], 18_000, None),
        ([100, 100, 100, 100, 100, 9_000], 900_000, (5_000, 15_000)),
        ([100, 100, 100, 100, 9_000, 9_000], 900_000, None),
        ([1_000, 100, 100, 100, 100, 100], 105_000, None),
        ([1_000, 100, 100, 100, 100, 100], 120_000, (5_000, 15_000)),
        ([0] * 6, 1, (0, 0)),
        ([], 100, None),
    ],
)
def test_gu1_an_amount_is_held_against_the_customers_own_range(
    before: list[int], amount_minor: int, expected: tuple[int, int] | None
) -> None:
    found = unusual_amount(amount_minor, [], past(*before))
    assert (found and (found.low_minor, found.high_minor)) == expected


def test_gu1_documents_that_bill_the_same_count_alone_where_they_are_enough() -> None:
    mixed = past(*[50] * 6, kinds=["care"]) + past(*[5_000] * 6, kinds=["project"])
    found = unusual_amount(40_000, ["care"], mixed)
    assert found is not None
    assert (found.low_minor, found.high_minor, found.documents) == (2_500, 7_500, 6)
    assert unusual_amount(510_000, ["project"], mixed) is None
    assert unusual_amount(40_000, ["something new"], mixed) is None  # then all count, and they lie far apart
    of_all = unusual_amount(40_000, ["care"], mixed[1:])  # five of its kind are not enough
    assert of_all is not None
    assert of_all.documents == 11
    assert unusual_amount(40_000, ["care"], mixed[1:], is_only_of_kind=True) is None
    assert unusual_amount(40_000, ["care"], mixed, is_only_of_kind=True) == found


def test_gu1_the_remark_says_the_range_of_how_many_and_the_amount() -> None:
    found = unusual_amount(100_000, [], past(*[100] * 6))
    assert found is not None
    said = amount_finding(100_000, found, "EUR")
    assert_it_speaks(said.message, said.params)
    assert said.severity == "warn"
    assert said.text == (
        "The last 6 invoices of this customer came to between 50.00 EUR and 150.00 EUR before tax; this one comes to "
        "1000.00 EUR."
    )


def test_gu1_what_is_switched_off_says_nothing_and_thresholds_count() -> None:
    before = past(*[100] * 6)
    assert unusual_amount(100_000, [], before, GuardianRules(watches_amounts=False)) is None
    assert unusual_amount(100_000, [], before, GuardianRules(least_documents=7)) is None
    assert unusual_amount(29_000, [], before, GuardianRules(amount_percent=200)) is None
    assert unusual_amount(13_000, [], before, GuardianRules(amount_percent=20)) is not None


@given(AMOUNTS, st.randoms())
def test_gu1_the_order_of_what_was_billed_does_not_move_the_range(amounts: list[int], random: object) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert usual_range(amounts) == usual_range(shuffled)


@given(AMOUNTS, st.integers(1, 1000))
def test_gu1_amounts_in_another_scale_have_the_range_in_that_scale(amounts: list[int], factor: int) -> None:
    known, scaled = usual_range(amounts), usual_range([amount * factor for amount in amounts])
    assert known is not None
    assert scaled == replace(known, low=known.low * factor, high=known.high * factor)


@given(AMOUNTS, st.integers(0, 10**12), st.integers(1, 1000))
def test_gu1_whether_an_amount_is_unusual_does_not_depend_on_the_scale(
    amounts: list[int], amount: int, factor: int
) -> None:
    before = [Past(DAY, each) for each in amounts]
    scaled = [Past(DAY, each * factor) for each in amounts]
    assert (unusual_amount(amount, [], before) is None) == (unusual_amount(amount * factor, [], scaled) is None)


@given(AMOUNTS)
def test_gu1_at_least_half_of_what_was_billed_lies_within_the_range(amounts: list[int]) -> None:
    known = usual_range(amounts)
    assert known is not None
    assert 2 * sum(known.holds(amount) for amount in amounts) >= len(amounts)
    assert 0 <= known.low <= middle(amounts) <= known.high


@given(AMOUNTS, st.integers(0, 10**12))
def test_gu1_what_needs_no_second_look_is_usual_whatever_was_bought(amounts: list[int], amount: int) -> None:
    before = [Past(DAY, each, frozenset(["a"])) for each in amounts]
    if not asks_second_look(amount, before):
        assert unusual_amount(amount, ["a"], before) is None


@given(AMOUNTS, st.integers(10**13, 10**15))
def test_gu1_one_odd_document_does_not_hide_another(amounts: list[int], odd: int) -> None:
    steady = [10_000] * len(amounts)
    assert unusual_amount(4 * odd, [], [Past(DAY, each) for each in [*steady, odd]]) is not None


def test_gu1_the_middle_of_an_even_number_is_exact() -> None:
    assert middle([1, 2]) == Fraction(3, 2)


# --- GU-2 -------------------------------------------------------------------------------------------------------------


def days(*gaps: int, last: date = DAY) -> list[date]:
    """Give days with gaps between them, of which the last is known."""
    found = [last]
    for gap in reversed(gaps):
        found.append(found[-1] - timedelta(days=gap))
    return found


@pytest.mark.parametrize(
    ("gaps", "on", "gap", "tolerance", "late_days"),
    [
        ((31, 30, 31, 31, 30), date(2026, 7, 10), 31, 8, 0),
        ((31, 30, 31, 31, 30), date(2026, 7, 11), 31, 8, 9),
        ((7, 7, 7, 7, 7), date(2026, 6, 13), 7, 5, 0),
        ((7, 7, 7, 7, 7), date(2026, 6, 14), 7, 5, 6),
        ((365, 366, 365, 365, 365), date(2027, 6, 1), 365, 92, 0),
        ((10, 11, 10, 11, 10), DAY, 11, 5, 0),  # half up
    ],
)
def test_gu2_the_next_invoice_is_expected_a_gap_after_the_last(
    gaps: tuple[int, ...], on: date, gap: int, tolerance: int, late_days: int
) -> None:
    known = rhythm_of(days(*gaps))
    assert known is not None
    assert (known.gap_days, known.tolerance_days, known.late_days(on)) == (gap, tolerance, late_days)
    assert known.expected_on == DAY + timedelta(days=gap)
    assert known.was_early_days == 0


def test_gu2_the_last_gap_is_judged_by_those_before_it() -> None:
    known = rhythm_of(days(31, 30, 31, 31, 5))
    assert known == Rhythm(DAY, 31, 8, 6, 5)
    assert known.was_early_days == 26


@pytest.mark.parametrize("some", [days(3, 90, 14, 200, 30), days(31, 30, 31, 31), [], [DAY] * 20])
def test_gu2_too_few_days_or_wild_ones_make_no_rhythm(some: list[date]) -> None:
    assert rhythm_of(some) is None


@given(st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), max_size=14), st.randoms())
def test_gu2_neither_order_nor_several_documents_of_a_day_change_the_rhythm(some: list[date], random: object) -> None:
    shuffled = [*some, *some]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rhythm_of(shuffled) == rhythm_of(some)


@given(st.lists(st.integers(1, 400), min_size=5, max_size=11), st.integers(0, 3000))
def test_gu2_a_rhythm_moves_with_its_days(gaps: list[int], moved: int) -> None:
    known, later = rhythm_of(days(*gaps)), rhythm_of(days(*gaps, last=DAY + timedelta(days=moved)))
    assert later == (known and replace(known, last_on=known.last_on + timedelta(days=moved)))


def early(on: date, some: list[date]) -> Finding | None:
    found = early_finding(on, some)
    if found is not None:
        assert_it_speaks(found.message, found.params)
    return found


def test_gu2_a_draft_that_comes_before_half_of_the_gap_is_much_too_early() -> None:
    monthly = days(31, 30, 31, 31, 30)
    found = early(date(2026, 6, 10), monthly)
    assert found is not None
    assert found.params == {"gap": 31, "last": DAY, "expected": date(2026, 7, 2), "days": 22}
    assert early(date(2026, 6, 16), monthly) is not None
    assert early(date(2026, 6, 17), monthly) is None
    assert early(DAY, monthly) is None  # a second one on the day of the last
    assert early(date(2026, 6, 3), days(7, 7, 7, 7, 7)) is None  # five days early, as the tolerance allows
    assert early(date(2026, 6, 2), days(7, 7, 7, 7, 7)) is not None
    assert early_finding(date(2026, 6, 10), monthly, GuardianRules(watches_rhythm=False)) is None


# --- GU-3 -------------------------------------------------------------------------------------------------------------


def bought(what: str = "Consulting", quantity: str = "3", price: str = "100", **period: date) -> PaperLine:
    """Give a line."""
    first, last = period.get("first"), period.get("last")
    return PaperLine(kind_of_line(None, what), Decimal(quantity), Decimal(price), first, last)


def paper(*lines: PaperLine, number: str = "INV-7", on: date = date(2026, 3, 4), order: str = "") -> BilledPaper:
    """Give a document."""
    return BilledPaper(number, on, lines or (bought(),), order)


FEBRUARY = {"first": date(2026, 2, 1), "last": date(2026, 2, 28)}
MARCH = {"first": date(2026, 3, 1), "last": date(2026, 3, 31)}
LATER = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("this", "other", "is_double"),
    [
        (paper(bought("consulting"), on=LATER), paper(), True),
        (paper(bought(quantity="3.000000", price="100.00"), on=LATER), paper(), True),
        (paper(bought("a"), bought("b")), paper(bought("b"), bought("a")), True),
        (paper(on=date(2026, 3, 24)), paper(), True),
        (paper(on=date(2026, 3, 25)), paper(), False),
        (paper(on=date(2026, 2, 12)), paper(), True),
        (paper(bought("Care", **MARCH)), paper(bought("Care", **FEBRUARY)), False),
        (paper(bought("Care", **MARCH)), paper(bought("Care")), False),
        (paper(bought("Care", **MARCH)), paper(bought("Care", **MARCH)), True),
        (paper(bought("Workshop", "1", "300"), on=LATER, order="4711"), paper(order="4711"), True),
        (paper(bought("Workshop", "1", "300"), on=LATER, order="4712"), paper(order="4711"), False),
        (paper(bought("Workshop", "1", "300"), on=LATER), paper(), False),
        (paper(bought("Care", **MARCH), order="4711"), paper(bought("Care", **FEBRUARY), order="4711"), False),
        (paper(bought(), bought()), paper(bought()), False),
    ],
)
def test_gu3_a_double_has_the_same_lines_or_order_and_the_same_periods(
    this: BilledPaper, other: BilledPaper, *, is_double: bool
) -> None:
    found = duplicate_finding(replace(this, number=""), [other])
    assert (found is not None) is is_double
    if found is not None:
        assert_it_speaks(found.message, found.params)
        assert "INV-7" in found.text


def test_gu3_the_same_lines_say_more_than_the_same_order() -> None:
    by_order = paper(bought("Workshop"), number="INV-6", order="4711")
    found = duplicate_finding(paper(order="4711"), [by_order, paper(number="INV-8")])
    assert found is not None
    assert found.params["number"] == "INV-8"


def test_gu3_a_draft_beside_it_has_no_number_yet_and_nothing_is_said_when_it_is_switched_off() -> None:
    found = duplicate_finding(paper(), [paper(number="")])
    assert found is not None
    assert_it_speaks(found.message, found.params)
    assert "Another draft" in found.text
    assert duplicate_finding(paper(), [paper()], GuardianRules(watches_duplicates=False)) is None
    assert duplicate_finding(paper(), [paper(on=LATER)], GuardianRules(duplicate_days=5)) is None


@pytest.mark.parametrize(("name", "low", "high"), [(name, *bounds) for name, bounds in BOUNDS.items()])
def test_gu6_each_threshold_has_bounds(name: str, low: int, high: int) -> None:
    for value in (low, high):
        refuse_unusable(replace(DEFAULT_RULES, **{name: value}))
    for value in (low - 1, high + 1):
        with pytest.raises(RuleBroken, match=f"from {low} to {high}"):
            refuse_unusable(replace(DEFAULT_RULES, **{name: value}))


def test_gu7_no_hours_mean_at_once() -> None:
    at = datetime(2026, 11, 22, 8, 41, tzinfo=UTC)
    assert issues_at(at, DEFAULT_RULES) is None
    assert issues_at(at, replace(DEFAULT_RULES, review_hours=24)) == datetime(2026, 11, 23, 8, 41, tzinfo=UTC)
