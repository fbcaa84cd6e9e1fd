"""From a definition and what happened to it to a time line: what stands on which day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

from conto.domain.errors import RuleBroken
from conto.domain.money import ZERO
from conto.domain.period import Interval, Rhythm, calendar_anchor, day_begins, local_day
from conto.domain.price import Price, annual_value, scaled
from conto.domain.subscription.model import Change, ChangeKind, Definition, Item, Proration, Timing, When, check_items

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
T = TypeVar("T")

# Whether days are billed. Who leaves or pauses without credit is billed on for what was billed in advance.
ACTIVE, PAUSED, ENDED, LEAVING, PAUSING = "active", "paused", "ended", "leaving", "pausing"


class Steps(Generic[T]):
    """A value that stands from a position on until the next; positions are days, or seconds, as whole numbers."""

    __slots__ = ("at", "values")

    def __init__(self, value: T, position: int = -(10**12)) -> None:
        self.at = [position]
        self.values = [value]

    def set_from(self, position: int, value: T) -> None:
        """Let a value stand from a position on, whatever was to come after it."""
        while len(self.at) > 1 and self.at[-1] >= position:
            self.at.pop()
            self.values.pop()
        if self.at[-1] >= position:
            self.values[-1] = value
        elif self.values[-1] != value:
            self.at.append(position)
            self.values.append(value)

    def map_from(self, position: int, change: Callable[[T], T]) -> None:
        """Change what stands at a position."""
        self.set_from(position, change(self.value_at(position)))

    def value_at(self, position: int) -> T:
        """Give the value that stands at a position."""
        return self.values[bisect_right(self.at, position) - 1] if len(self.at) > 1 else self.values[0]


@dataclass(slots=True)
class ItemLine:
    """An item with the prices, quantities and days on which it is there."""

    item: Item
    prices: Steps[Price]
    quantities: Steps[int]
    present: Steps[bool]


@dataclass(frozen=True, slots=True)
class Span:
    """A period of the subscription: the whole of it, and the part that belongs to its rhythm; all are positions."""

    ordinal: int
    first_day: int
    start: int
    end: int
    since: int
    until: int


class Timeline:
    """What stands when. Made from one definition and the changes that are known."""

    __slots__ = ("activity", "by_day", "definition", "items", "paid_from", "rhythms", "zones")

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.by_day = definition.proration is not Proration.SECOND
        self.zones: Steps[str] = Steps(definition.zone)
        paid_on = definition.starts_on + timedelta(days=definition.trial_days)
        self.paid_from = self.position_of_day(paid_on)
        self.rhythms = [(self.position_of_day(definition.starts_on), self._first_rhythm(paid_on))]
        self.activity: Steps[str] = Steps(ACTIVE)
        if definition.ends_on is not None:
            self.activity.set_from(self.end_position(definition.ends_on), ENDED)
        self.items = {item.key: _line_of(item) for item in definition.items}

    def _first_rhythm(self, paid_on: date) -> Rhythm:
        agreed = self.definition
        anchor = agreed.anchor_on or paid_on
        if agreed.is_calendar_aligned:
            anchor = calendar_anchor(anchor, agreed.interval)
        return Rhythm(anchor, agreed.interval, agreed.count)

    def position(self, at: datetime) -> int:
        """Place an instant: its local day, or its second.

        Source: P-2, P-6.
        """
        if at.tzinfo is None:
            raise RuleBroken("period.naive_instant", "An instant needs its zone.")
        second = (at - _EPOCH) // _SECOND
        return self.day_of_instant(at) if self.by_day else second

    def day_of_instant(self, at: datetime) -> int:
        """Tell the local day of an instant in the zone that stood then, as a whole number.

        Source: P-2, P-7.
        """
        return local_day(at, self.zones.value_at((at - _EPOCH) // _SECOND)).toordinal()

    def position_of_day(self, day: date) -> int:
        """Place the beginning of a local day."""
        return day.toordinal() if self.by_day else self.second_of_day(day)

    def second_of_day(self, day: date) -> int:
        """Give the second at which a local day begins."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        return (day_begins(day, self.zones.value_at((noon - _EPOCH) // _SECOND)) - _EPOCH) // _SECOND

    def day(self, position: int) -> int:
        """Tell the local day of a position, as a whole number."""
        return position if self.by_day else self.day_of_instant(_EPOCH + position * _SECOND)

    def end_position(self, ends_on: date) -> int:
        """Place the end of a subscription; its last day is billed only where that is set.

        Source: P-8.
        """
        return self.position_of_day(ends_on + timedelta(days=int(self.definition.bills_end_day)))

    def rhythm_at(self, position: int) -> Rhythm:
        """Give the rhythm that stands at a position."""
        return next((rhythm for since, rhythm in reversed(self.rhythms) if since <= position), self.rhythms[0][1])

    def period_end(self, position: int) -> int:
        """Give the end of the period that a position is in; of the trial, its end."""
        if position < self.paid_from:
            return self.paid_from
        rhythm = self.rhythm_at(position)
        return self.position_of_day(rhythm.period(rhythm.index_of(date.fromordinal(self.day(position)))).end)

    def end_of_all(self) -> int | None:
        """Give where the subscription ends, as far as it is known."""
        return self.activity.at[-1] if self.activity.values[-1] == ENDED else None

    def spans(self, low: int, high: int) -> Iterator[Span]:
        """Give the periods that end at or after one position and begin at or before another.

        Source: P-1, P-3.
        """
        ordinal = 0
        for place, (since, rhythm) in enumerate(self.rhythms):
            until = self.rhythms[place + 1][0] if place + 1 < len(self.rhythms) else None
            first = rhythm.index_of(date.fromordinal(self.day(since)))
            n = first
            if low > since:
                n = max(first, rhythm.index_of(date.fromordinal(self.day(low))) - 1)
            while True:
                period = rhythm.period(n)
                start, end = self.position_of_day(period.start), self.position_of_day(period.end)
                clipped = end if until is None or end < until else until
                if start > high or (until is not None and start >= until):
                    break
                if clipped >= low and clipped > since:
                    yield Span(
                        ordinal + n - first,
                        period.start.toordinal(),
                        start,
                        end,
                        max(since, start),
                        clipped,
                    )
                n += 1
            if until is not None:
                ordinal += rhythm.index_of(date.fromordinal(self.day(until) - 1)) - first + 1


def _line_of(item: Item, since: int | None = None) -> ItemLine:
    present: Steps[bool] = Steps(since is None)
    if since is not None:
        present.set_from(since, True)
    return ItemLine(item, Steps(item.price), Steps(scaled(item.quantity)), present)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Order changes by instant, then by key, each once.

    Raises: RuleBroken `subscription.same_change` for two different changes of one key.
    Source: CH-9.
    """
    by_key: dict[str, Change] = {}
    for change in changes:
        if by_key.setdefault(change.key, change) != change:
            raise RuleBroken(
                "subscription.same_change", "Two different changes have the key “%(key)s”.", key=change.key
            )
    return sorted(by_key.values(), key=lambda change: (change.at, change.key))


def fold(definition: Definition, changes: Iterable[Change]) -> Timeline:
    """Play changes over a definition, in the order of `in_order`.

    Source: CH-1 to CH-8.
    """
    line = Timeline(definition)
    for change in changes:
        _PLAYED[change.kind](line, change, line.position(change.at))
    return line


def _value(found: ItemLine, price: Price, quantity: int, rhythm: Rhythm) -> Fraction:
    if found.item.measure is not None:
        quantity = 0
    return annual_value(price, Decimal(quantity).scaleb(-12), rhythm.interval, rhythm.count)


def _when(line: Timeline, change: Change, before: Fraction, after: Fraction) -> When:
    """Choose when a change counts from: what lowers the price waits, as the subscription has it.

    Source: CH-2.
    """
    if change.when is not None:
        return change.when
    return line.definition.downgrade if after < before else When.NOW


def _from(line: Timeline, position: int, when: When, timing: Timing | None = None) -> int:
    waits = when is When.PERIOD_END or (when is When.NOW_WITHOUT_CREDIT and timing is Timing.ADVANCE)
    return line.period_end(position) if waits else position


def _timing(item: Item) -> Timing:
    return Timing.ARREARS if item.measure is not None else item.timing


def _found(line: Timeline, key: str) -> ItemLine:
    if key not in line.items:
        raise RuleBroken("subscription.no_item", "This subscription has no item “%(item)s”.", item=key)
    return line.items[key]


def counts_from(definition: Definition, changes: Iterable[Change], change: Change) -> date:
    """Tell the local day from which a change of prices or of the interval counts for the last of its items.

    Source: CH-2, CH-8.
    """
    line = fold(definition, in_order(changes))
    position = line.position(change.at)
    if change.kind is ChangeKind.INTERVAL:
        since = _interval_from(line, change, position)
    else:
        places = [place for _found, _price, place in _prices_from(line, change, position)]
        since = max(places, default=_from(line, position, change.when or When.NOW))
    return date.fromordinal(line.day(since))


def _prices_from(line: Timeline, change: Change, position: int) -> list[tuple[ItemLine, Price, int]]:
    """Give the items whose prices change, with the prices and the positions from which they count."""
    rhythm = line.rhythm_at(position)
    changed = [(_found(line, key), price) for key, price in change.prices]
    earlier = position - 1  # against what stood before this day, so that up and back on one day costs nothing
    before = after = Fraction(0)
    for found, price in changed:
        if price.currency != line.definition.currency:
            check_items((Item(found.item.key, price),), line.definition.currency)
        quantity = found.quantities.value_at(earlier)
        before += _value(found, found.prices.value_at(earlier), quantity, rhythm)
        after += _value(found, price, quantity, rhythm)
    when = _when(line, change, before, after)
    return [(found, price, _from(line, position, when, _timing(found.item))) for found, price in changed]


def _price(line: Timeline, change: Change, position: int) -> None:
    for found, price, since in _prices_from(line, change, position):
        found.prices.set_from(since, price)


def _quantity(line: Timeline, change: Change, position: int) -> None:
    found = _found(line, change.item)
    if change.quantity < ZERO:
        raise RuleBroken("price.negative_quantity", "A quantity is never below zero.")
    now, then = found.quantities.value_at(position - 1), scaled(change.quantity)
    when = _when(line, change, Fraction(now), Fraction(then))
    found.quantities.set_from(_from(line, position, when, _timing(found.item)), then)


def _add(line: Timeline, change: Change, position: int) -> None:
    if change.added is None:
        raise RuleBroken("subscription.no_item", "This subscription has no item “%(item)s”.", item=change.item)
    item = change.added
    check_items((item,), line.definition.currency)
    since = _from(line, position, change.when or When.NOW)
    if item.key not in line.items:
        line.items[item.key] = _line_of(item, since)
        return
    found = line.items[item.key]
    found.present.set_from(since, True)
    found.prices.set_from(since, item.price)
    found.quantities.set_from(since, scaled(item.quantity))


def _remove(line: Timeline, change: Change, position: int) -> None:
    found = _found(line, change.item)
    was_there = found.present.value_at(position - 1)
    when = change.when or (line.definition.downgrade if was_there else When.NOW)
    found.present.set_from(_from(line, position, when, _timing(found.item)), False)


def _stop(line: Timeline, position: int, when: When, on_the_way: str, at_last: str) -> None:
    if when is When.NOW_WITHOUT_CREDIT:
        end = line.period_end(position)
        line.activity.set_from(position, on_the_way)
        line.activity.set_from(end, at_last)
    else:
        line.activity.set_from(_from(line, position, when), at_last)


def _pause(line: Timeline, change: Change, position: int) -> None:
    if line.activity.value_at(position) == ACTIVE:
        _stop(line, position, change.when or When.NOW, PAUSING, PAUSED)


def _resume(line: Timeline, _change: Change, position: int) -> None:
    if line.activity.value_at(position) in {PAUSED, PAUSING}:
        line.activity.set_from(position, ACTIVE)


def _cancel(line: Timeline, change: Change, position: int) -> None:
    if line.activity.value_at(position) in {ENDED, LEAVING}:
        return
    when = change.when or When.PERIOD_END
    if when is When.NOW and line.definition.bills_end_day:
        position = line.end_position(date.fromordinal(line.day(position)))
    _stop(line, position, when, LEAVING, ENDED)


def _renew(line: Timeline, change: Change, position: int) -> None:
    if line.activity.value_at(position) not in {PAUSED, PAUSING}:
        line.activity.set_from(position, ACTIVE)
    if change.ends_on is not None:
        line.activity.set_from(line.end_position(change.ends_on), ENDED)


def _interval_from(line: Timeline, change: Change, position: int) -> int:
    """Give the position from which another interval counts."""
    old = line.rhythm_at(position - 1)
    new_prices = dict(change.prices)
    before = after = Fraction(0)
    new = Rhythm(old.anchor, Interval(change.interval), change.count)
    for key, found in line.items.items():
        price, quantity = found.prices.value_at(position - 1), found.quantities.value_at(position - 1)
        before += _value(found, price, quantity, old)
        after += _value(found, new_prices.get(key, price), quantity, new)
    return _from(line, position, _when(line, change, before, after), Timing.ADVANCE)


def _interval(line: Timeline, change: Change, position: int) -> None:
    old, new_prices = line.rhythm_at(position - 1), dict(change.prices)
    new = Rhythm(old.anchor, Interval(change.interval), change.count)
    since = _interval_from(line, change, position)
    day = date.fromordinal(line.day(since))
    anchor = old.anchor if line.definition.keeps_anchor else day
    if line.definition.is_calendar_aligned:
        anchor = calendar_anchor(day, new.interval)
    line.rhythms = [each for each in line.rhythms if each[0] < since] or line.rhythms[:1]
    begins = line.position_of_day(day)
    if (old.interval, old.count) != (new.interval, new.count):
        if line.rhythms[-1][0] >= begins:
            line.rhythms.pop()
        line.rhythms.append((begins, Rhythm(anchor, new.interval, new.count)))
    for key, price in new_prices.items():
        _found(line, key).prices.set_from(begins, price)


def _zone(line: Timeline, change: Change, _position: int) -> None:
    line.zones.set_from((change.at - _EPOCH) // _SECOND, change.zone)


_PLAYED: dict[ChangeKind, Callable[[Timeline, Change, int], None]] = {
    ChangeKind.PRICE: _price,
    ChangeKind.QUANTITY: _quantity,
    ChangeKind.ADD: _add,
    ChangeKind.REMOVE: _remove,
    ChangeKind.PAUSE: _pause,
    ChangeKind.RESUME: _resume,
    ChangeKind.CANCEL: _cancel,
    ChangeKind.RENEW: _renew,
    ChangeKind.INTERVAL: _interval,
    ChangeKind.ZONE: _zone,
}
