"""Days and periods: half-open, local, and derived from an anchor."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from conto.domain.errors import RuleBroken


class Interval(StrEnum):
    """The length of one billing period; a count multiplies it."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.HALF_YEAR: 6, Interval.YEAR: 12}
_DAYS = {Interval.DAY: 1, Interval.WEEK: 7}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` up to, but not with, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise RuleBroken(
                "period.empty", "A period must end after %(start)s, not on %(end)s.", start=self.start, end=self.end
            )

    @property
    def days(self) -> int:
        """The number of days, the end day not counted."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The day that paper shows as the end."""
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def overlap(self, other: Period) -> Period | None:
        """Give the days that both periods have, or nothing."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None


@lru_cache(8192)  # a mass run asks for the same few days again and again
def add_months(anchor: date, months: int) -> date:
    """Move a day by months, down to the month's last day where the month is too short.

    Source: P-1.
    """
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month0 + 1, min(anchor.day, monthrange(year, month0 + 1)[1]))


@lru_cache(8192)  # as above
def anchored(start_anchor: date, interval: Interval | str, count: int, n: int) -> Period:
    """Give period `n` (0 is the first) of a rhythm, derived from its anchor, never from n-1.

    Raises: RuleBroken `period.bad_count` unless `count` is at least 1.
    Source: P-1.
    """
    if count < 1:
        raise RuleBroken("period.bad_count", "A rhythm needs a count of at least 1, not %(count)s.", count=count)
    kind = Interval(interval)
    if kind in _DAYS:
        step = timedelta(days=_DAYS[kind] * count)
        return Period(start_anchor + step * n, start_anchor + step * (n + 1))
    months = _MONTHS[kind] * count
    return Period(add_months(start_anchor, months * n), add_months(start_anchor, months * (n + 1)))


_NAMED = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})))?")


def named_period(name: str) -> Period:
    """Give the year, quarter or month that is written 2026, 2026-Q3 or 2026-07.

    Raises: RuleBroken `period.unreadable`.
    Source: C-7.
    """
    found = _NAMED.fullmatch(name)
    year = int(found[1]) if found else 0
    month = int(found[3]) if found and found[3] else 1
    if found is None or not MINYEAR <= year < MAXYEAR or not 1 <= month <= 12:
        raise RuleBroken("period.unreadable", "Write a period as 2026, 2026-Q3 or 2026-07.")
    if found[3]:
        return anchored(date(year, month, 1), Interval.MONTH, 1, 0)
    if found[2]:
        return anchored(date(year, 1, 1), Interval.QUARTER, 1, int(found[2]) - 1)
    return anchored(date(year, 1, 1), Interval.YEAR, 1, 0)


def local_day(at: datetime, zone: str) -> date:
    """Tell which day it is at an instant in an IANA zone.

    Raises: RuleBroken `period.naive_instant` for an instant without a zone.
    Source: P-2.
    """
    if at.tzinfo is None:
        raise RuleBroken("period.naive_instant", "An instant needs its zone.")
    return at.astimezone(ZoneInfo(zone)).date()


def day_begins(day: date, zone: str) -> datetime:
    """Give the first instant of a local day, also where the clocks jump over midnight.

    Source: P-4.
    """
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def seconds_of(period: Period, zone: str) -> int:
    """Count the seconds of local days: a day has 23, 24 or 25 hours.

    Source: P-4.
    """
    return (day_begins(period.end, zone) - day_begins(period.start, zone)) // timedelta(seconds=1)


def calendar_anchor(day: date, interval: Interval) -> date:
    """Give the day on which the calendar's own week, month, quarter, half-year or year of a day began.

    Source: P-3.
    """
    if interval is Interval.DAY:
        return day
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[interval]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Periods of one length, one after the other, before and after an anchor.

    Source: P-1, P-3.
    """

    anchor: date
    interval: Interval
    count: int = 1

    def period(self, n: int) -> Period:
        """Give period `n`; 0 begins on the anchor."""
        return anchored(self.anchor, self.interval, self.count, n)

    def index_of(self, day: date) -> int:
        """Tell which period a day is in."""
        if self.interval in _DAYS:
            return (day - self.anchor).days // (_DAYS[self.interval] * self.count)
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        n = months // (_MONTHS[self.interval] * self.count)
        return n - 1 if day < add_months(self.anchor, _MONTHS[self.interval] * self.count * n) else n
