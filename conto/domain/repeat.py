"""Repeating invoices: on which days they come, which days they are about, and the words on them that change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice

from conto.domain.errors import Conflict, RuleBroken
from conto.domain.period import Interval, Period, Rhythm, add_months, anchored, calendar_anchor

MOST_EVERY = 120
MOST_INVOICES = 9_999
MOST_DAYS_BACK = 400
INTERVALS = (Interval.WEEK, Interval.MONTH, Interval.YEAR)
PLACEHOLDERS = ("month", "year", "quarter", "period", "from", "to", "day", "number")
_BRACED = re.compile(r"\{([A-Za-z_]+)\}")
_LONGEST_MONTH = 31
_ONE_DAY = timedelta(days=1)
_STEPS_BACK = 48


class Covers(StrEnum):
    """Which days an invoice is about, seen from its own."""

    AHEAD = "ahead"
    BEHIND = "behind"
    CALENDAR = "calendar"


class Does(StrEnum):
    """What happens with an invoice when its day has come."""

    DRAFT = "draft"
    ISSUE = "issue"
    SEND = "send"


class RepeatState(StrEnum):
    """How a repeating invoice stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Schedule:
    """On which days invoices come, and until when.

    Source: RI-1, RI-2.
    """

    anchor_on: date
    interval: Interval
    every: int = 1
    ends_on: date | None = None
    most_invoices: int | None = None
    covers: Covers = Covers.AHEAD

    def __post_init__(self) -> None:
        if self.interval not in INTERVALS or not 1 <= self.every <= MOST_EVERY:
            raise RuleBroken(
                "repeat.bad_rhythm", "An invoice repeats every 1 to %(most)s weeks, months or years.", most=MOST_EVERY
            )
        if self.most_invoices is not None and not 1 <= self.most_invoices <= MOST_INVOICES:
            raise RuleBroken("repeat.bad_count", "It ends after 1 to %(most)s invoices.", most=MOST_INVOICES)

    @property
    def rhythm(self) -> Rhythm:
        """The days without their end."""
        return Rhythm(self.anchor_on, self.interval, self.every)

    def next_from(self, day: date, *, made: int) -> date | None:
        """Give the first day of the schedule from a day on, that day included; nothing where it is over.

        `made` invoices count already. Source: RI-1, RI-2.
        """
        if self.most_invoices is not None and made >= self.most_invoices:
            return None
        found = self.rhythm.period(self.rhythm.index_of(day)).start
        if found < day:
            found = self.rhythm.period(self.rhythm.index_of(day) + 1).start
        return None if self.ends_on is not None and found > self.ends_on else found

    def next_after(self, day: date, *, made: int) -> date | None:
        """Give the first day of the schedule after a day; nothing where it is over. Source: RI-2."""
        return self.next_from(day + _ONE_DAY, made=made)

    def days(self, first: date, *, made: int) -> Iterator[date]:
        """Give the days that come, the first of them known.

        Source: RI-8.
        """
        day: date | None = first
        while day is not None:
            yield day
            made += 1
            day = self.next_after(day, made=made)

    def covered(self, day: date) -> Period:
        """Give the days that the invoice of a day is about.

        Source: RI-4.
        """
        n = self.rhythm.index_of(day)
        if self.covers is Covers.AHEAD:
            return self.rhythm.period(n)
        if self.covers is Covers.BEHIND:
            return self.rhythm.period(n - 1)
        unit = calendar_anchor(day, self.interval)
        first = anchored(unit, self.interval, 1, 1 - self.every).start
        return Period(first, anchored(unit, self.interval, 1, 0).end)


def anchor_of(first_on: date, interval: Interval, every: int, *, is_month_end: bool = False) -> date:
    """Give the day on which a schedule hangs that begins on a day.

    Raises: RuleBroken `repeat.not_month_end` where the last day of months is wanted and it begins on another.
    Source: RI-1.
    """
    if not is_month_end:
        return first_on
    if interval is Interval.WEEK or (first_on + _ONE_DAY).day != 1:
        raise RuleBroken(
            "repeat.not_month_end", "To repeat on the last day of the month, begin on the last of a month."
        )
    months = every * (12 if interval is Interval.YEAR else 1)
    best = first_on
    for step in range(_STEPS_BACK):
        month = add_months(first_on.replace(day=1), -months * step)
        last = add_months(month, 1) - _ONE_DAY
        if last.day > best.day:
            best = last
        if best.day == _LONGEST_MONTH:
            break
    return best


def coming(schedule: Schedule, first: date | None, *, made: int, most: int) -> list[date]:
    """List the next days of a schedule.

    Source: RI-8.
    """
    return [] if first is None else list(islice(schedule.days(first, made=made), most))


def check_next(next_on: date, *, last_made_on: date | None, today: date) -> None:
    """Refuse a next day that was made already or lies too far back.

    Raises: RuleBroken `repeat.made_already`, `repeat.too_long_ago`.
    Source: RI-1, RI-7.
    """
    if last_made_on is not None and next_on <= last_made_on:
        raise RuleBroken(
            "repeat.made_already", "The last invoice is of %(day)s. The next one is later.", day=last_made_on
        )
    if next_on < today - timedelta(days=MOST_DAYS_BACK):
        raise RuleBroken("repeat.too_long_ago", "It begins at most %(days)s days ago.", days=MOST_DAYS_BACK)


def check_words(texts: Iterable[str]) -> None:
    """Refuse words in braces that nothing replaces.

    Raises: RuleBroken `repeat.unknown_word`.
    Source: RI-5.
    """
    for text in texts:
        for found in _BRACED.finditer(text):
            if found[1] not in PLACEHOLDERS:
                raise RuleBroken(
                    "repeat.unknown_word",
                    "Nothing stands for “{%(word)s}”. Use one of %(known)s.",
                    word=found[1],
                    known=" ".join(f"{{{each}}}" for each in PLACEHOLDERS),
                )


def filled(text: str, values: Mapping[str, str]) -> str:
    """Replace the words in braces that are known.

    Source: RI-5.
    """
    return _BRACED.sub(lambda found: values.get(found[1], found[0]), text) if "{" in text else text


def allowed_to_change(state: RepeatState) -> None:
    """Refuse to change what is over.

    Raises: Conflict `repeat.is_over`.
    Source: RI-2.
    """
    if state is RepeatState.ENDED:
        raise Conflict("repeat.is_over", "This repeating invoice is over.")


def allowed_to_pause(state: RepeatState) -> None:
    """Refuse to pause what does not run.

    Raises: Conflict `repeat.is_over`, `repeat.is_paused`.
    Source: RI-7.
    """
    allowed_to_change(state)
    if state is RepeatState.PAUSED:
        raise Conflict("repeat.is_paused", "It is paused already.")


def resumed_on(state: RepeatState, schedule: Schedule, next_on: date, today: date, *, made: int) -> date:
    """Give the next day of what is resumed: what fell into the pause is not made up.

    Raises: Conflict `repeat.is_over`, `repeat.runs`; RuleBroken `repeat.end_passed`.
    Source: RI-7.
    """
    allowed_to_change(state)
    if state is RepeatState.ACTIVE:
        raise Conflict("repeat.runs", "It is not paused.")
    found = schedule.next_from(max(next_on, today), made=made)
    if found is None:
        raise RuleBroken("repeat.end_passed", "Its end has passed meanwhile. Change the end first, or end it.")
    return found
