"""What should be billed for a period, as far as is known: by charge, exact, with what it follows from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from conto.domain.price import Price, Rated, rate_part
from conto.domain.price.model import UNIT
from conto.domain.subscription.changes import ACTIVE, LEAVING, PAUSING, ItemLine, Span, Timeline
from conto.domain.subscription.model import Proration, Timing
from conto.domain.subscription.usage import Usage

_BILLED = frozenset({ACTIVE})
_BILLED_IN_ADVANCE = frozenset({ACTIVE, LEAVING, PAUSING})
COMMITMENT = "commitment"

Run = tuple[int, int, Price, int]


class Charge(NamedTuple):
    """What an amount is for: an item at one price and quantity (used: at one price) in one period."""

    item: str
    first_day: int
    version: str
    quantity: int


@dataclass(slots=True)
class Wanted:
    """What a charge should come to, and why."""

    charge: Charge
    span: Span
    price: Price
    quantity: int
    start: int
    end: int
    part: int
    whole: int
    due_on: int
    rated: Rated
    kind: str  # recurring, usage, once, commitment
    events: int = 0
    before_minor: int = 0
    tail: int = 0  # where the last run of its days begins

    @property
    def gross_minor(self) -> int:
        """What the charge comes to before discounts."""
        return max(self.rated.amount_minor - self.before_minor, 0)


def wanted_in(line: Timeline, span: Span, usage: Usage | None, known_by: int) -> Iterator[Wanted]:
    """Give everything that a period should bill, due yet or not.

    Source: P-5, P-6, CH-4, CH-7.
    """
    for key, found in line.items.items():
        if found.item.is_once:
            yield from _once(line, span, key, found)
        else:
            yield from _recurring(line, span, key, found, usage, known_by)


def _once(line: Timeline, span: Span, key: str, found: ItemLine) -> Iterator[Wanted]:
    for since, is_present in zip(found.present.at, found.present.values, strict=True):
        start = max(since, line.paid_from)
        if not (is_present and span.since <= start < span.until and line.activity.value_at(start) == ACTIVE):
            continue
        price, quantity = found.prices.value_at(start), found.quantities.value_at(start)
        rated = rate_part(price, quantity, (quantity,))
        charge = Charge(key, span.first_day, price.version, quantity)
        yield Wanted(charge, span, price, quantity, start, start + 1, 1, 1, line.day(start), rated, "once")


def _recurring(
    line: Timeline, span: Span, key: str, found: ItemLine, usage: Usage | None, known_by: int
) -> Iterator[Wanted]:
    measure = found.item.measure
    is_advance = measure is None and found.item.timing is Timing.ADVANCE
    runs = _runs(line, span, found, is_advance=is_advance)
    if not runs:
        return
    whole = span.end - span.start
    if line.definition.proration is Proration.NONE:
        runs = [(runs[0][0], runs[-1][1], runs[0][2], runs[0][3])]
    closing = _closing(line, span)
    for same in _grouped(runs, by_quantity=measure is None):
        start, end, price, quantity = same[0][0], same[-1][1], same[0][2], same[0][3]
        part = whole if line.definition.proration is Proration.NONE else sum(each[1] - each[0] for each in same)
        if measure is None:
            rated = rate_part(price, quantity, (quantity,), part, whole)
            charge = Charge(key, span.first_day, price.version, quantity)
            due = _due(line, span, start) if is_advance else closing
            yield Wanted(
                charge, span, price, quantity, start, end, part, whole, due, rated, "recurring", tail=same[-1][0]
            )
        else:
            windows = [(each[0], each[1]) for each in same]
            used = usage.read(measure, windows, (span.start, span.end), known_by) if usage is not None else None
            units, values = (used.quantity, used.values) if used else (0, ())
            rated = rate_part(price, units, values, part, whole, is_usage=True)
            charge = Charge(key, span.first_day, price.version, 0)
            yield Wanted(
                charge, span, price, units, start, end, part, whole, closing, rated, "usage", len(values),
            )  # fmt: skip


def _closing(line: Timeline, span: Span) -> int:
    """Tell the day on which what is billed afterwards is due: the end of the period, or of the subscription.

    So is what a change brings that waits for the next period.
    """
    ends = line.end_of_all()
    return line.day(span.until if ends is None or ends > span.until else max(ends, span.since))


def _due(line: Timeline, span: Span, start: int) -> int:
    is_change = start > max(span.since, line.paid_from)
    return _closing(line, span) if is_change and not line.definition.bills_changes_now else line.day(start)


def _runs(line: Timeline, span: Span, found: ItemLine, *, is_advance: bool) -> list[Run]:
    """Cut a period where a price, a quantity or the activity changes, and keep what is billed."""
    low, high = max(span.since, line.paid_from), span.until
    if low >= high:
        return []
    steps = (found.prices, found.quantities, found.present, line.activity)
    if all(len(each.at) == 1 for each in steps):
        if not found.present.values[0]:
            return []
        return [(low, high, ramped(line, span, found, found.prices.values[0]), found.quantities.values[0])]
    cuts = sorted({low, high, *(at for each in steps for at in each.at if low < at < high)})
    billed = _BILLED_IN_ADVANCE if is_advance else _BILLED
    return [
        (a, b, ramped(line, span, found, found.prices.value_at(a)), found.quantities.value_at(a))
        for a, b in pairwise(cuts)
        if found.present.value_at(a) and line.activity.value_at(a) in billed
    ]


def ramped(line: Timeline, span: Span, found: ItemLine, price: Price) -> Price:
    """Give the price of a ramp's step, as long as the item stands at the price that it began with.

    Source: CH-10.
    """
    if not found.item.ramp or price is not found.item.price:
        return price
    first = ramp_begins(line, found)
    begun = next(each.ordinal for each in line.spans(first, first) if each.since <= first < each.until)
    for step in sorted(found.item.ramp, key=lambda each: each.after_periods):
        if step.after_periods <= span.ordinal - begun:
            price = step.price
    return price


def ramp_begins(line: Timeline, found: ItemLine) -> int:
    """Tell from where on the periods of a ramp are counted: the first day of the item that is paid for.

    Source: CH-10.
    """
    return max(found.present.at[found.present.values.index(True)], line.paid_from)


def _grouped(runs: Sequence[Run], *, by_quantity: bool) -> list[list[Run]]:
    groups: dict[tuple[str, int], list[Run]] = {}
    for run in runs:
        groups.setdefault((run[2].version, run[3] if by_quantity else 0), []).append(run)
    return list(groups.values())


def commitment_of(line: Timeline, span: Span, price: Price, wanted: Sequence[Wanted]) -> Wanted | None:
    """Give what is missing to the agreed amount of a period, discounts and what is billed once not counted.

    Source: PR-15.
    """
    low, high = max(span.since, line.paid_from), span.until
    cuts = sorted({low, high, *(at for at in line.activity.at if low < at < high)})
    pieces = [(a, b) for a, b in pairwise(cuts) if line.activity.value_at(a) == ACTIVE]
    if not pieces:
        return None
    whole = span.end - span.start
    part = sum(b - a for a, b in pieces)
    rated = rate_part(price, UNIT, (), part, whole)
    total = sum(each.gross_minor for each in wanted if each.kind != "once")
    return Wanted(
        Charge("", span.first_day, COMMITMENT, 0), span, price, UNIT, pieces[0][0], pieces[-1][1], part, whole,
        _closing(line, span), rated, "commitment", before_minor=total,
    )  # fmt: skip
