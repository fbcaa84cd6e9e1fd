"""What was used: events placed on a time line, and what a measure makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from conto.domain.money import round_ratio
from conto.domain.period import Interval
from conto.domain.price import scaled
from conto.domain.subscription.changes import Timeline
from conto.domain.subscription.model import Aggregate, Change, ChangeKind, Definition, Event, Measure

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_ZONES = timedelta(days=2)  # one day is not over anywhere before the next but one begins
_LONGEST_DAYS = {
    Interval.DAY: 1,
    Interval.WEEK: 7,
    Interval.MONTH: 31,
    Interval.QUARTER: 92,
    Interval.HALF_YEAR: 184,
    Interval.YEAR: 366,
}


@dataclass(frozen=True, slots=True)
class Used:
    """What a measure gives for some days: a quantity in 10⁻¹², of how many events, and each value in order."""

    quantity: int
    events: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """One event (or one revision of it) where it counts, and the day from which it is known."""

    at: datetime
    key: str
    position: int
    known_on: int
    event: Event


class Usage:
    """The events of one subscription on one time line.

    Source: U-1, U-2.
    """

    __slots__ = ("_line", "_placed")

    def __init__(self, events: Iterable[Event], line: Timeline) -> None:
        self._line = line
        placed = []
        for event in events:
            day = line.day_of_instant(event.at)
            known = day if event.known_at is None else max(day, line.day_of_instant(event.known_at))
            placed.append(Placed(event.at, event.key, line.position(event.at), known, event))
        placed.sort(key=lambda each: (each.at, each.key, each.event.revision, each.event.known_at or each.at))
        self._placed = placed

    def known_days(self) -> set[int]:
        """Give the days on which something became known."""
        return {each.known_on for each in self._placed}

    def first_touched(self, since_day: int, until_day: int) -> int | None:
        """Give the earliest position that what became known from one day to another touches.

        Source: U-8.
        """
        keys = {each.key for each in self._placed if since_day <= each.known_on <= until_day}
        return min((each.position for each in self._placed if each.key in keys), default=None)

    def read(self, measure: Measure, runs: Sequence[tuple[int, int]], span: tuple[int, int], known_by: int) -> Used:
        """Measure what was used in some runs of a period, as far as it is known on a day.

        Source: U-3 to U-7.
        """
        counted = self._counted(measure, known_by)
        inside = [
            (value, event)
            for position, _at, value, event in counted
            if any(start <= position < end for start, end in runs)
        ]
        values = tuple(value for value, _event in inside)
        if measure.aggregate is Aggregate.WEIGHTED:
            return Used(self._weighted(counted, runs, span), len(values), values)
        return Used(
            _AGGREGATED[measure.aggregate](values, [event for _v, event in inside], measure), len(values), values
        )

    def _counted(self, measure: Measure, known_by: int) -> list[tuple[int, datetime, int, Event]]:
        """List what counts in the order of time: the latest revision that is known of each event."""
        latest: dict[str, Placed] = {}
        for each in self._placed:
            if each.known_on > known_by:
                continue
            before = latest.get(each.key)
            if before is None or each.event.revision > before.event.revision:
                latest[each.key] = each
        return [
            (each.position, each.at, scaled(each.event.value), each.event)
            for each in sorted(latest.values(), key=lambda each: (each.at, each.key))
            if each.event.value is not None and each.event.metric == measure.metric and _fits(each.event, measure)
        ]

    def _weighted(
        self, counted: list[tuple[int, datetime, int, Event]], runs: Sequence[tuple[int, int]], span: tuple[int, int]
    ) -> int:
        """Weigh each value by the seconds that it stood, over the seconds of the whole period."""
        stood = 0
        for start, end in ((self._instant(a), self._instant(b)) for a, b in runs):
            level, since = 0, start
            for _position, at, value, _event in counted:
                if at >= end:
                    break
                if at > since:
                    stood += level * ((at - since) // _SECOND)
                    since = at
                level = value
            stood += level * ((end - since) // _SECOND)
        return round_ratio(stood, (self._instant(span[1]) - self._instant(span[0])) // _SECOND)

    def _instant(self, position: int) -> datetime:
        seconds = self._line.second_of_day(date.fromordinal(position)) if self._line.by_day else position
        return _EPOCH + seconds * _SECOND


def needed_since(
    definition: Definition, changes: Iterable[Change], settled_on: date | None, touched: date | None
) -> date | None:
    """Tell from which day on events may matter for the next bill; nothing: all of them do.

    What was billed stays unless something touches it, so a bill reads the period of the first day that may differ:
    that is at most one period back, whatever rhythm it was of. A level that was set long ago still stands, so what is
    weighted by time needs everything.

    Source: U-12.
    """
    happened = list(changes)
    items = [*definition.items, *(each.added for each in happened if each.added is not None)]
    if settled_on is None or any(each.measure and each.measure.aggregate is Aggregate.WEIGHTED for each in items):
        return None
    low = min(settled_on, touched or settled_on)
    for change in happened:
        if (change.known_at or change.at).date() >= settled_on - _ZONES:
            low = min(low, change.at.date())
    rhythms = [(definition.interval, definition.count)]
    rhythms += [(each.interval, each.count) for each in happened if each.kind is ChangeKind.INTERVAL]
    period = max(_LONGEST_DAYS[interval] * count for interval, count in rhythms)
    return low - timedelta(days=period) - _ZONES


def _fits(event: Event, measure: Measure) -> bool:
    """Tell whether an event passes the filters of a measure.

    Source: U-4.
    """
    if not measure.where:
        return True
    own = dict(event.properties)
    return all(own.get(name) in allowed for name, allowed in measure.where)


def _sum(values: Sequence[int], events: Sequence[Event], measure: Measure) -> int:  # noqa: ARG001 -- all are asked alike
    return max(sum(values), 0)


def _count(values: Sequence[int], events: Sequence[Event], measure: Measure) -> int:  # noqa: ARG001 -- as above
    return len(values) * 10**12


def _unique(values: Sequence[int], events: Sequence[Event], measure: Measure) -> int:
    if not measure.field:
        return len({*values}) * 10**12
    seen = {dict(event.properties).get(measure.field) for event in events} - {None}
    return len(seen) * 10**12


def _max(values: Sequence[int], events: Sequence[Event], measure: Measure) -> int:  # noqa: ARG001 -- as above
    return max(values, default=0)


def _last(values: Sequence[int], events: Sequence[Event], measure: Measure) -> int:  # noqa: ARG001 -- as above
    return values[-1] if values else 0


_AGGREGATED = {
    Aggregate.SUM: _sum,
    Aggregate.COUNT: _count,
    Aggregate.UNIQUE: _unique,
    Aggregate.MAX: _max,
    Aggregate.LAST: _last,
}
