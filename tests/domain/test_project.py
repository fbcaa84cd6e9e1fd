"""Rates, minutes, worth and lines of work."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from conto.domain.money import round_fraction
from conto.domain.project import (
    STEPS,
    DonePiece,
    Grouping,
    Rate,
    Work,
    age_days,
    ahead_finding,
    check_rate,
    check_work,
    forgotten_findings,
    line_minor,
    lines_of,
    rate_in_force,
    rounded_minutes,
    supply_period,
    worth_minor,
)
from tests.domain.refusals import assert_it_speaks, refused

PROJECT, ANNA, BEN, OTHER = (UUID(int=n) for n in range(1, 5))
MONDAY = date(2026, 11, 16)
LONG_AGO = date(2000, 1, 1)
HUNDRED = Decimal(100)


def work(n: int, minutes: int, *, who: UUID = ANNA, day: date = MONDAY, rate: Decimal | None = HUNDRED) -> Work:
    return Work(UUID(int=n), day, who, "Anna" if who == ANNA else "Ben", "", minutes, rate)


def expense(n: int, amount_minor: int, markup: str = "0", rate_class: str = "standard") -> Work:
    return Work(
        UUID(int=n), MONDAY, ANNA, "Anna", "Train", None, None, amount_minor, Decimal(markup), rate_class
    )  # fmt: skip


def in_force(rates: list[Rate], who: UUID, day: date = MONDAY, item_price: Decimal | None = None) -> Decimal | None:
    return rate_in_force(rates, project_id=PROJECT, member_id=who, day=day, item_price=item_price)


def test_wp1_the_nearest_rate_counts() -> None:
    project = Rate(Decimal(120), LONG_AGO, PROJECT)
    rates = [project, Rate(Decimal(150), LONG_AGO, PROJECT, ANNA), Rate(Decimal(90), LONG_AGO, None, ANNA)]
    assert in_force(rates, ANNA) == 150
    assert in_force(rates, BEN) == 120
    assert in_force(rates[2:], ANNA) == 90
    assert in_force(rates[2:], BEN, item_price=Decimal(80)) == 80
    assert in_force([], BEN) is None
    assert in_force([Rate(Decimal(9), LONG_AGO, OTHER), Rate(Decimal(9), LONG_AGO, OTHER, ANNA)], ANNA) is None


def test_wp1_a_rate_counts_from_its_day() -> None:
    rates = [Rate(Decimal(120), LONG_AGO, PROJECT), Rate(Decimal(130), date(2026, 12, 1), PROJECT)]
    assert in_force(rates, ANNA, date(2026, 11, 30)) == 120
    assert in_force(rates, ANNA, date(2026, 12, 1)) == 130


def test_wp1_a_rate_is_no_less_than_zero_and_has_four_decimals() -> None:
    for bad in ("-1", "0.00001", "NaN", "Infinity", "1000000000"):
        with refused("project.bad_rate"):
            check_rate(Decimal(bad))
    check_rate(Decimal(0))
    check_rate(Decimal("99.1234"))


def test_wp2_minutes_are_rounded_up_to_whole_steps() -> None:
    assert rounded_minutes(50, 1) == 50
    assert rounded_minutes(50, 15) == 60
    assert rounded_minutes(61, 6) == 66
    assert rounded_minutes(60, 60) == 60


def test_wp2_what_cannot_have_been_is_refused() -> None:
    known = {
        "today": MONDAY,
        "day": MONDAY,
        "minutes": 1,
        "amount_minor": None,
        "markup_percent": Decimal(0),
        "note": "",
    }
    check_work(**known)
    check_work(**{**known, "minutes": None, "amount_minor": 1, "markup_percent": Decimal(1000)})
    for code, changes in (
        ("work.in_the_future", {"day": MONDAY + timedelta(days=1)}),
        ("work.bad_minutes", {"minutes": 0}),
        ("work.bad_minutes", {"minutes": 1441}),
        ("work.bad_amount", {"minutes": None, "amount_minor": 0}),
        ("work.bad_markup", {"markup_percent": Decimal(-1)}),
        ("work.bad_markup", {"markup_percent": Decimal(1001)}),
        ("work.bad_markup", {"markup_percent": Decimal("0.00001")}),
        ("work.bad_markup", {"markup_percent": Decimal("NaN")}),
        ("work.note_too_long", {"note": "x" * 1001}),
    ):
        with refused(code):
            check_work(**{**known, **changes})


def amounts(works: list[Work], grouping: Grouping) -> list[int]:
    return [line_minor(line, "EUR") for line in lines_of(works, grouping, "EUR")]


def test_wp3_a_line_is_rounded_once() -> None:
    (line,) = lines_of([work(1, 50), work(2, 40)], Grouping.ALL, "EUR")
    assert (line.quantity, line.unit_code, line.unit_price, line.base_quantity) == (Decimal("1.5"), "HUR", 100, 1)
    (line,) = lines_of([work(1, 20)], Grouping.ALL, "EUR")
    assert (line.quantity, line.unit_code, line.unit_price, line.base_quantity) == (20, "MIN", 100, 60)
    thirds = [work(n, 20) for n in (1, 2, 3)]
    assert amounts(thirds, Grouping.ENTRY) == [3333, 3333, 3333]
    assert amounts(thirds, Grouping.ALL) == [10000]
    (line,) = lines_of([expense(1, 1005, "10"), expense(2, 7, "10")], Grouping.ALL, "EUR")
    assert (line.unit_price, line_minor(line, "EUR")) == (Decimal("11.132"), 1113)


def test_wp3_worth_is_exact_and_nothing_without_a_rate() -> None:
    assert worth_minor(work(1, 20), "EUR") == Fraction(10000, 3)
    assert worth_minor(work(1, 20), "JPY") == Fraction(100, 3)
    assert worth_minor(expense(1, 1005, "10"), "EUR") == Fraction(11055, 10)
    assert worth_minor(work(1, 20, rate=None), "EUR") is None


TUESDAY = MONDAY + timedelta(days=1)


def told(works: list[Work], grouping: Grouping) -> list[tuple[date, date, Decimal, Decimal]]:
    return [
        (line.starts_on, line.ends_on, line.quantity, line.unit_price) for line in lines_of(works, grouping, "EUR")
    ]  # fmt: skip


def test_wp4_what_stands_together_is_chosen_and_never_mixes_rates() -> None:
    works = [work(1, 60), work(2, 120, who=BEN), work(3, 30, day=TUESDAY)]
    assert told(works, Grouping.PERSON) == [(MONDAY, TUESDAY, Decimal("1.5"), 100), (MONDAY, MONDAY, 2, 100)]
    assert told(works, Grouping.DAY) == [(MONDAY, MONDAY, 3, 100), (TUESDAY, TUESDAY, Decimal("0.5"), 100)]
    assert told(works, Grouping.ALL) == [(MONDAY, TUESDAY, Decimal("3.5"), 100)]
    assert len(told(works, Grouping.ENTRY)) == 3
    cheaper = [work(1, 60), work(2, 120, who=BEN, rate=Decimal(80)), work(3, 30, day=TUESDAY)]
    assert told(cheaper, Grouping.DAY) == [
        (MONDAY, MONDAY, 1, 100), (MONDAY, MONDAY, 2, 80), (TUESDAY, TUESDAY, Decimal("0.5"), 100),
    ]  # fmt: skip
    assert told(cheaper, Grouping.ALL) == [(MONDAY, TUESDAY, Decimal("1.5"), 100), (MONDAY, MONDAY, 2, 80)]


def test_wp4_time_stands_before_expenses_and_classes_of_tax_apart() -> None:
    works = [expense(1, 100), expense(2, 100, rate_class="reduced"), work(3, 60)]
    assert [line.works[0].rate_class for line in lines_of(works, Grouping.ALL, "EUR")] == ["", "standard", "reduced"]


def test_wp4_time_without_a_rate_cannot_be_billed() -> None:
    with refused("project.no_rate", person="Anna"):
        lines_of([work(1, 60, rate=None)], Grouping.ALL, "EUR")


@given(
    st.lists(
        st.tuples(st.integers(1, 1440), st.sampled_from([ANNA, BEN]), st.integers(0, 3), st.decimals(0, 999, places=4)),
        min_size=1, max_size=12,
    ),
    st.sampled_from(STEPS), st.sampled_from(list(Grouping)),
)  # fmt: skip
def test_wp3_wp4_lines_bill_every_minute_once_and_differ_from_the_worth_by_less_than_a_cent_each(
    done: list[tuple[int, UUID, int, Decimal]], step: int, grouping: Grouping
) -> None:
    works = [
        work(n, rounded_minutes(minutes, step), who=who, day=MONDAY + timedelta(days=days), rate=rate)
        for n, (minutes, who, days, rate) in enumerate(done)
    ]
    lines = lines_of(works, grouping, "EUR")
    assert sorted(each.id for line in lines for each in line.works) == [each.id for each in works]
    for line in lines:
        exact = sum((worth_minor(each, "EUR") or Fraction(0) for each in line.works), Fraction(0))
        assert line_minor(line, "EUR") == round_fraction(exact)
        minutes = line.quantity * (60 if line.unit_code == "HUR" else 1)
        assert minutes == sum(each.minutes or 0 for each in line.works)
        assert line.quantity == round(line.quantity, 6)


def test_wp12_gu8_what_is_done_in_the_period_of_an_invoice_and_not_billed_is_said_for_each_project() -> None:
    assert [age_days(since, MONDAY) for since in (None, MONDAY, MONDAY - timedelta(days=12))] == [0, 0, 12]
    month = supply_period(None, None, MONDAY)
    assert month == (date(2026, 11, 1), date(2026, 11, 30))
    assert supply_period(MONDAY, MONDAY, LONG_AGO) == (MONDAY, MONDAY)
    pieces = [
        DonePiece(PROJECT, "P-2", "EUR", MONDAY, Fraction(100, 3)),
        DonePiece(PROJECT, "P-2", "EUR", month[1], Fraction(100, 3)),
        DonePiece(OTHER, "P-1", "CHF", month[0], Fraction(500)),
        DonePiece(OTHER, "P-1", "CHF", month[1] + timedelta(days=1), Fraction(900)),
        DonePiece(ANNA, "P-3", "EUR", MONDAY, Fraction(0)),
    ]
    found = [
        (each.code, each.params["number"], str(each.params["amount"])) for each in forgotten_findings(pieces, month)
    ]
    assert found == [("check.work_not_billed", "P-1", "5.00 CHF"), ("check.work_not_billed", "P-2", "0.67 EUR")]
    assert forgotten_findings(pieces, (LONG_AGO, LONG_AGO)) == []
    ahead = ahead_finding("P-1", 12_345, "EUR")
    assert (ahead.code, ahead.severity, str(ahead.params["amount"])) == ("check.billed_not_done", "warn", "123.45 EUR")
    for finding in (ahead, *forgotten_findings(pieces, month)):
        assert_it_speaks(finding.message, finding.params)
