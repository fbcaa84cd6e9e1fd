"""Targets: for whom, over which days, measured in what, and how far one is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from conto.domain.errors import RuleBroken
from conto.domain.money import minor_digits, round_half_away
from conto.domain.period import add_months, named_period

LARGEST_MINOR = 10**15
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)


class Measure(StrEnum):
    """What a target counts."""

    WON = "won"
    INVOICED = "invoiced"
    COLLECTED = "collected"


class Span(StrEnum):
    """Over how long a target runs."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Pace(StrEnum):
    """How a target stands on a day."""

    TO_COME = "to_come"
    REACHED = "reached"
    AHEAD = "ahead"
    BEHIND = "behind"
    MISSED = "missed"


_MONTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}


def read_period(name: str) -> tuple[Span, date]:
    """Read the name of a period, such as 2026-11, 2026-Q4 or 2026: how long it is, and its first day.

    Raises: RuleBroken `period.unreadable`.
    Source: Z-1.
    """
    first = named_period(name).start
    return Span.QUARTER if "Q" in name else Span.MONTH if "-" in name else Span.YEAR, first


def period_name(span: Span, starts_on: date) -> str:
    """Write a period as it is read: 2026-11, 2026-Q4, 2026."""
    match span:
        case Span.MONTH:
            return f"{starts_on:%Y-%m}"
        case Span.QUARTER:
            return f"{starts_on:%Y}-Q{(starts_on.month + 2) // 3}"
    return f"{starts_on:%Y}"


def begins_on(span: Span, day: date) -> date:
    """Give the first day of the calendar month, quarter or year that a day lies in.

    Source: Z-1.
    """
    months = _MONTHS[span]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def last_day(span: Span, starts_on: date) -> date:
    """Give the last day of a span.

    Source: Z-1.
    """
    return add_months(starts_on, _MONTHS[span]) - timedelta(days=1)


def check_target(*, amount_minor: int, currency: str, starts_on: date) -> None:
    """Refuse a target that cannot be.

    Raises: RuleBroken.
    Source: Z-1.
    """
    minor_digits(currency)  # refuses an unknown one
    if not 0 < amount_minor <= LARGEST_MINOR:
        raise RuleBroken("target.bad_amount", "A target is above zero.")
    if not EARLIEST <= starts_on <= LATEST:
        raise RuleBroken("target.bad_start", "A target lies between 1900 and 2999.")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a target is on a day. `open_minor` is what is still missing; `expected_minor` is its part by days."""

    reached_minor: int
    open_minor: int
    percent: int
    days: int
    days_gone: int
    expected_minor: int
    pace: Pace


def standing(target_minor: int, reached_minor: int, span: Span, starts_on: date, today: date) -> Standing:
    """Tell how far a target is against the days that are gone, the day itself counted.

    Rounds: percentages down towards zero, what is expected by days half away from zero.
    Source: Z-3.
    """
    last = last_day(span, starts_on)
    days = (last - starts_on).days + 1
    gone = min(max((today - starts_on).days + 1, 0), days)
    expected = round_half_away(Decimal(target_minor) * gone / days)
    percent = abs(reached_minor) * 100 // target_minor
    return Standing(
        reached_minor,
        max(target_minor - reached_minor, 0),
        percent if reached_minor >= 0 else -percent,
        days,
        gone,
        expected,
        _pace(target_minor, reached_minor, expected, is_begun=gone > 0, is_over=today > last),
    )


def _pace(target: int, reached: int, expected: int, *, is_begun: bool, is_over: bool) -> Pace:
    if reached >= target:
        return Pace.REACHED
    if is_over:
        return Pace.MISSED
    if not is_begun:
        return Pace.TO_COME
    return Pace.AHEAD if reached >= expected else Pace.BEHIND
