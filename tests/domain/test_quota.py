"""Targets: their days, and how far one is."""

from datetime import date

import pytest

from conto.domain import quota
from conto.domain.quota import Pace, Span
from tests.domain.refusals import refused

NOVEMBER = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("name", "span", "first", "last"),
    [
        ("2026-11", Span.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        ("2028-02", Span.MONTH, date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q4", Span.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", Span.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_z1_a_target_runs_over_a_month_a_quarter_or_a_year(name: str, span: Span, first: date, last: date) -> None:
    assert quota.read_period(name) == (span, first)
    assert quota.last_day(span, first) == last
    assert quota.begins_on(span, last) == first
    assert quota.period_name(span, first) == name


def test_z1_a_target_that_cannot_be_is_refused() -> None:
    for code, changes in {
        "target.bad_amount": {"amount_minor": 0},
        "target.bad_start": {"starts_on": date(1899, 1, 1)},
        "money.unknown_currency": {"currency": "XXQ"},
    }.items():
        known = {"amount_minor": 1, "currency": "EUR", "starts_on": NOVEMBER} | changes
        with refused(code):
            quota.check_target(**known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reached", "today", "expected", "pace"),
    [
        (1_200_000, date(2026, 11, 10), 1_000_000, Pace.AHEAD),
        (800_000, date(2026, 11, 10), 1_000_000, Pace.BEHIND),
        (3_000_000, date(2026, 11, 10), 1_000_000, Pace.REACHED),
        (2_999_900, date(2026, 12, 1), 3_000_000, Pace.MISSED),
        (0, date(2026, 10, 31), 0, Pace.TO_COME),
    ],
)
def test_z3_the_pace_is_held_against_the_days_that_are_gone(
    reached: int, today: date, expected: int, pace: Pace
) -> None:
    at = quota.standing(3_000_000, reached, Span.MONTH, NOVEMBER, today)
    assert (at.expected_minor, at.pace) == (expected, pace)
    assert at.open_minor == max(3_000_000 - reached, 0)


def test_z3_percentages_are_rounded_down_and_what_went_back_counts() -> None:
    assert quota.standing(3_000_000, 2_999_900, Span.MONTH, NOVEMBER, NOVEMBER).percent == 99
    assert quota.standing(300, -100, Span.MONTH, NOVEMBER, NOVEMBER).percent == -33
