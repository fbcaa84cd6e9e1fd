"""What was used in the period that runs, and what it costs as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from conto.domain.price.model import unscaled
from conto.domain.subscription.changes import fold, in_order
from conto.domain.subscription.model import Change, Definition, Event, Measure
from conto.domain.subscription.usage import Usage
from conto.domain.subscription.wanted import wanted_in


@dataclass(frozen=True, slots=True)
class UsedSoFar:
    """What an item measures of the period that runs, at one price. `ends_on` is the day after the last."""

    item: str
    measure: Measure
    quantity: Decimal
    events: int
    cost_minor: int  # before discounts and tax, if nothing more is used
    starts_on: date
    ends_on: date


def used_so_far(
    definition: Definition, changes: Sequence[Change], usage: Iterable[Event], on: date
) -> tuple[UsedSoFar, ...]:
    """Rate what was used in the period that a day is in, as far as it is known on that day.

    Source: U-13.
    """
    line = fold(definition, in_order(changes))
    events = Usage(usage, line)
    here = line.position_of_day(on)
    found = []
    for span in line.spans(here, here):
        if not span.since <= here < span.until:
            continue
        for each in wanted_in(line, span, events, on.toordinal()):
            measure = line.items[each.charge.item].item.measure if each.kind == "usage" else None
            if measure is not None:
                first, after = line.day(each.start), line.day(each.end - 1) + 1
                found.append(
                    UsedSoFar(
                        each.charge.item, measure, unscaled(each.quantity), each.events, each.gross_minor,
                        date.fromordinal(first), date.fromordinal(after),
                    )
                )  # fmt: skip
    return tuple(found)
