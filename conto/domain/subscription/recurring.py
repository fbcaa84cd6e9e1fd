"""What recurs of a subscription, a month, from which day on, and what each difference is to its customer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from typing import TypeVar

from conto.domain.money import round_ratio
from conto.domain.price import rate_part
from conto.domain.price.rate import a_year
from conto.domain.subscription.changes import ACTIVE, LEAVING, PAUSING, ItemLine, Span, Timeline, fold, in_order
from conto.domain.subscription.coupons import discounted
from conto.domain.subscription.model import Change, Definition, Timing
from conto.domain.subscription.wanted import Charge, Wanted, ramp_begins, ramped

_MONTHS = 12
_LAST = date(2500, 1, 1).toordinal()
Whose = TypeVar("Whose", bound=Hashable)


class MovementKind(StrEnum):
    """What a difference of recurring revenue is to its customer."""

    NEW = "new"
    EXPANSION = "expansion"
    REACTIVATION = "reactivation"
    CONTRACTION = "contraction"
    CHURN = "churn"


def recurring_steps(definition: Definition, changes: Sequence[Change] = ()) -> tuple[tuple[date, int], ...]:
    """Give the days from which on another amount recurs a month, with that amount, by the changes that are known.

    Rounds: each line of a whole period as it is billed, and the month of their sum once.
    Source: SB-9.
    """
    line = fold(definition, in_order(changes))
    steps: list[tuple[date, int]] = []
    for day in sorted(_days(line)):
        amount_minor = monthly_minor(line, day)
        if amount_minor != (steps[-1][1] if steps else 0):
            steps.append((date.fromordinal(day), amount_minor))
    return tuple(steps)


def differences(steps: Sequence[tuple[date, int]]) -> dict[date, int]:
    """Give by how much each step differs from the one before.

    Source: SB-10.
    """
    before = [0, *(amount_minor for _day, amount_minor in steps)]
    return {day: amount_minor - was for (day, amount_minor), was in zip(steps, before, strict=False)}


def movements_of(moved: Mapping[tuple[Whose, date], int]) -> dict[tuple[Whose, date, MovementKind], int]:
    """Name the differences of all subscriptions of one customer in one currency.

    What happens on one day is one movement of the customer: from nothing for the first time it is new, from nothing
    again a reactivation, to nothing churn, otherwise expansion or contraction by their sum.

    Source: SB-10.
    """
    named: dict[tuple[Whose, date, MovementKind], int] = {}
    stands = most = 0
    ordered = sorted(moved.items(), key=lambda each: each[0][1])
    for day, some in groupby(ordered, key=lambda each: each[0][1]):
        parts = [(whose, amount_minor) for (whose, _day), amount_minor in some if amount_minor]
        difference = sum(amount_minor for _whose, amount_minor in parts)
        kind = _kind(stands, difference, most)
        named |= {(whose, day, kind): amount_minor for whose, amount_minor in parts}
        stands += difference
        most = max(most, stands)
    return named


def _kind(stands: int, difference: int, most: int) -> MovementKind:
    if not stands:
        return MovementKind.REACTIVATION if most else MovementKind.NEW
    if not stands + difference:
        return MovementKind.CHURN
    return MovementKind.EXPANSION if difference >= 0 else MovementKind.CONTRACTION


def _days(line: Timeline) -> set[int]:
    """Give every day on which another amount may recur."""
    places = {line.paid_from, *line.activity.at[1:], *(since for since, _rhythm in line.rhythms)}
    for found in line.items.values():
        if _recurs(found):
            places |= {at for each in (found.prices, found.quantities, found.present) for at in each.at[1:]}
            places |= set(_ramp_places(line, found))
    places |= set(_coupon_places(line))
    return {day for place in places if (day := line.day(place)) < _LAST}


def _recurs(found: ItemLine) -> bool:
    return not found.item.is_once and found.item.measure is None


def _ramp_places(line: Timeline, found: ItemLine) -> Iterator[int]:
    if found.item.ramp and True in found.present.values:
        first = ramp_begins(line, found)
        for step in found.item.ramp:
            yield from _period_after(line, first, step.after_periods)


def _coupon_places(line: Timeline) -> Iterator[int]:
    for coupon in line.definition.coupons:
        first = line.paid_from
        if coupon.starts_on is not None:
            first = max(first, line.position_of_day(coupon.starts_on))
        yield from _period_after(line, first, 0)
        if coupon.periods is not None:
            yield from _period_after(line, first, coupon.periods)


def _period_after(line: Timeline, position: int, periods: int) -> Iterator[int]:
    """Place the beginning of the period that comes so many after the one that a position is in."""
    begun: int | None = None
    for span in line.spans(position, line.position_of_day(date.fromordinal(_LAST))):
        if begun is None and span.since <= position < span.until:
            begun = span.ordinal
        if begun is not None and span.ordinal >= begun + periods:
            yield span.since
            return


def monthly_minor(line: Timeline, day: int) -> int:
    """Tell what recurs a month by what stands at the end of a day.

    Source: SB-9.
    """
    here = day if line.by_day else line.position_of_day(date.fromordinal(day + 1)) - 1
    activity = line.activity.value_at(here)
    if here < line.paid_from or activity not in {ACTIVE, LEAVING, PAUSING}:
        return 0
    span = next((each for each in line.spans(here, here) if each.since <= here < each.until), None)
    if span is None:
        return 0
    wanted = [
        _whole(line, span, here, key, found)
        for key, found in line.items.items()
        if _recurs(found)
        and found.present.value_at(here)
        and (activity == ACTIVE or found.item.timing is Timing.ADVANCE)
    ]
    off = discounted(line.definition, line, wanted, (), (), {})
    net_minor = sum(each.gross_minor - off.get(each.charge, (0, {}))[0] for each in wanted)
    rhythm = line.rhythm_at(here)
    month = Fraction(net_minor) * a_year(rhythm.interval, rhythm.count) / _MONTHS
    return round_ratio(month.numerator, month.denominator)


def _whole(line: Timeline, span: Span, here: int, key: str, found: ItemLine) -> Wanted:
    """Give what an item bills of a whole period at the price and quantity of a position."""
    price = ramped(line, span, found, found.prices.value_at(here))
    quantity = found.quantities.value_at(here)
    charge = Charge(key, span.first_day, price.version, quantity)
    rated = rate_part(price, quantity, (quantity,))
    return Wanted(charge, span, price, quantity, span.start, span.end, 1, 1, line.day(span.start), rated, "recurring")
