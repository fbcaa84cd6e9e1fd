"""Stock: what goods are worth as they come and go, by the moving weighted average; and what a line earns.

Quantities are exact decimals, values whole minor units. A standing never has a value without a quantity, nor one with
the other sign: every way to it passes through the functions here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from conto.domain.errors import Finding, RuleBroken
from conto.domain.journal import AccountRole, Transfer
from conto.domain.money import EXACT, ZERO, round_fraction, settle, to_minor

AVERAGE_PLACES = Decimal("1E-12")
QUANTITY_PLACES = 6
MOST_QUANTITY = Decimal(10) ** 11
MOST_MINOR = 10**15


class MoveKind(StrEnum):
    """Why goods moved."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    COUNT = "count"
    CORRECTION = "correction"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on hand and what it is worth; `average_minor` is the last known cost of one unit."""

    quantity: Decimal = ZERO
    value_minor: int = 0
    average_minor: Decimal = ZERO

    def __post_init__(self) -> None:
        if not _fits(self.quantity, self.value_minor):
            raise RuleBroken("stock.bad_value", "Goods cannot have a value without a quantity, or against it.")


@dataclass(frozen=True, slots=True)
class Move:
    """A change of quantity and value, and what stands after it."""

    kind: MoveKind
    quantity: Decimal
    value_minor: int
    after: Standing


def receive(standing: Standing, quantity: Decimal, value_minor: int) -> tuple[Move, ...]:
    """Take goods in at what they cost; what was sold below zero before is corrected first.

    Raises: RuleBroken `stock.bad_quantity`, `stock.bad_cost`.
    Source: ST-1, ST-3.
    """
    _above_zero(quantity)
    if not 0 <= value_minor <= MOST_MINOR:
        raise RuleBroken("stock.bad_cost", "A cost is 0 or more.")
    return _taken_in(MoveKind.RECEIPT, standing, quantity, value_minor)


def reverse(standing: Standing, quantity: Decimal, value_minor: int, *, covered: bool) -> Move:
    """Take a receipt back: exactly its quantity and its value; `covered` tells that it came below zero.

    Raises: RuleBroken `stock.receipt_covered`, `stock.receipt_sold`, `stock.reversal_value`.
    Source: ST-10.
    """
    if covered:
        raise RuleBroken(
            "stock.receipt_covered",
            "This receipt covered goods that were sold before it came. Count the item instead.",
        )
    if standing.quantity < quantity:
        raise RuleBroken("stock.receipt_sold", "Fewer are on hand than this receipt brought. Count the item instead.")
    if not _fits(standing.quantity - quantity, standing.value_minor - value_minor):
        raise RuleBroken(
            "stock.reversal_value",
            "Goods left since at an average of this receipt: what stays would have a wrong value. Count the item, and"
            " say what one is worth.",
        )
    return _moved(MoveKind.REVERSAL, standing, -quantity, -value_minor)


def issue(standing: Standing, quantity: Decimal) -> Move:
    """Let goods go at the average; the last unit takes the rest, and below zero the last known average counts.

    Source: ST-2, ST-3.
    """
    _above_zero(quantity)
    return _moved(MoveKind.ISSUE, standing, -quantity, -_leaving_minor(standing, quantity))


def take_back(standing: Standing, quantity: Decimal, value_minor: int) -> tuple[Move, ...]:
    """Bring goods back at the cost at which they left.

    Source: ST-4.
    """
    _above_zero(quantity)
    if _fits(standing.quantity + quantity, standing.value_minor + value_minor):
        return (_moved(MoveKind.RETURN, standing, quantity, value_minor),)
    return _taken_in(MoveKind.RETURN, standing, quantity, value_minor)


def take_back_at_average(standing: Standing, quantity: Decimal) -> tuple[Move, ...]:
    """Bring goods back of which nobody knows when they left: at the average.

    Source: ST-6.
    """
    _above_zero(quantity)
    return take_back(standing, quantity, _coming_minor(standing, quantity))


def count(standing: Standing, quantity: Decimal, unit_cost_minor: Decimal | None = None) -> Move | None:
    """Say how many there are, and perhaps what one is worth; nothing where the book says so already.

    Raises: RuleBroken `stock.bad_quantity`, `stock.bad_cost`.
    Source: ST-5.
    """
    if not 0 <= quantity < MOST_QUANTITY or not _is_fine(quantity):
        raise RuleBroken("stock.bad_count", "A count is 0 or more, with at most 6 decimals.")
    change = quantity - standing.quantity
    if unit_cost_minor is not None:
        if not 0 <= unit_cost_minor * quantity <= MOST_MINOR:
            raise RuleBroken("stock.bad_cost", "A cost is 0 or more.")
        value = round_fraction(Fraction(quantity) * Fraction(unit_cost_minor)) - standing.value_minor
    elif quantity == 0:
        value = -standing.value_minor
    elif change < 0:
        value = -_leaving_minor(standing, -change)
    elif standing.quantity < 0:  # what is there is worth the last known average
        value = _times(quantity, standing.average_minor) - standing.value_minor
    else:
        value = _coming_minor(standing, change)
    if change == 0 and value == 0:
        return None
    return _moved(MoveKind.COUNT, standing, change, value)


def short_finding(name: str, wanted: Decimal, on_hand: Decimal, *, may_go_below_zero: bool) -> Finding | None:
    """Say that a draft takes more of an item than is on hand, or nothing when it does not.

    Source: ST-6.
    """
    if wanted <= 0 or wanted <= on_hand:
        return None
    return Finding(
        "stock.more_than_on_hand",
        "Of %(name)s %(wanted)s are to be sold, but %(on_hand)s are on hand.",
        {"name": name, "wanted": plain(wanted), "on_hand": plain(on_hand)},
        "warn" if may_go_below_zero else "block",
    )


def plain(quantity: Decimal) -> str:
    """Write a quantity without the zeros behind it."""
    return format(quantity.normalize(), "f")


def part_back(cost_minor: int, quantity: Decimal, before: Decimal, now: Decimal) -> int:
    """Return the cost of what comes back now of a line, when a part of it came back before.

    Rounds: the running totals, so that all parts sum to the whole (M-1).
    Source: ST-4.
    """

    def so_far(back: Decimal) -> int:
        return round_fraction(cost_minor * Fraction(back) / Fraction(quantity))

    return so_far(before + now) - so_far(before)


def standard_cost_minor(quantity: Decimal, cost: Decimal, currency: str) -> int:
    """Return what a quantity of something of which no stock is kept costs.

    Units: `cost` in major units for one.
    Source: ST-7.
    """
    return to_minor(EXACT.multiply(quantity, cost), currency)


def nets_of(lines: Sequence[tuple[object, int]], groups: Sequence[tuple[object, int]]) -> list[int]:
    """Return what lines come to without tax, less their part of the discounts on their whole document.

    Units: lines and groups as (tax group, minor units); groups have what is taxable in them.
    Source: ST-7, M-2.
    """
    nets = [net for _, net in lines]
    for group, taxable in groups:
        places = [place for place, (own, _) in enumerate(lines) if own == group]
        whole = sum(nets[place] for place in places)
        if whole in (0, taxable):
            continue
        parts = settle([Fraction(taxable * nets[place], whole) for place in places], taxable)
        for place, part in zip(places, parts, strict=True):
            nets[place] = part
    return nets


def margin_percent(net_minor: int, cost_minor: int) -> Decimal | None:
    """Return what share of the net is left after the cost; none where there is no net.

    Rounds: to one decimal, half away from zero.
    Source: ST-7.
    """
    if net_minor == 0:
        return None
    return Decimal(round_fraction(Fraction(net_minor - cost_minor, net_minor) * 1000)).scaleb(-1)


def transfers_of(moves: Sequence[tuple[MoveKind, int]], *, is_opening: bool = False) -> tuple[Transfer, ...]:
    """Return what moves of one entry post: one transfer for what comes in, one for what goes out.

    Units: moves as (kind, value in minor units). A move without a value posts nothing.
    Source: J-12, J-13, J-14, J-15.
    """
    posted: list[Transfer] = []
    for kind in dict.fromkeys(kind for kind, _ in moves):
        other = AccountRole.OPENING if is_opening and kind in _OF_RECEIPT else _OTHERS[kind]
        came = sum(value for own, value in moves if own is kind and value > 0)
        went = -sum(value for own, value in moves if own is kind and value < 0)
        if came:
            posted.append(Transfer(AccountRole.INVENTORY, other, came))
        if went:
            posted.append(Transfer(other, AccountRole.INVENTORY, went))
    return tuple(posted)


_OF_RECEIPT = {MoveKind.RECEIPT, MoveKind.REVERSAL}
_OTHERS = {
    MoveKind.REVERSAL: AccountRole.GOODS_RECEIVED,
    MoveKind.RECEIPT: AccountRole.GOODS_RECEIVED,
    MoveKind.ISSUE: AccountRole.COST_OF_GOODS,
    MoveKind.RETURN: AccountRole.COST_OF_GOODS,
    MoveKind.COUNT: AccountRole.STOCK_DIFFERENCES,
    MoveKind.CORRECTION: AccountRole.COST_OF_GOODS,
}


def _taken_in(kind: MoveKind, standing: Standing, quantity: Decimal, value_minor: int) -> tuple[Move, ...]:
    below = -standing.quantity
    if below <= 0:
        return (_moved(kind, standing, quantity, value_minor),)
    covered = min(below, quantity)
    booked = round_fraction(-standing.value_minor * Fraction(covered) / Fraction(below))
    cost = round_fraction(value_minor * Fraction(covered) / Fraction(quantity))
    moves: list[Move] = []
    if booked != cost:
        corrected = Standing(standing.quantity, standing.value_minor + booked - cost, standing.average_minor)
        moves.append(Move(MoveKind.CORRECTION, ZERO, booked - cost, corrected))
        standing = corrected
    came = _moved(kind, standing, quantity, value_minor)
    if came.after.quantity <= 0:  # what came is the last known cost, though nothing of it is left
        after = Standing(came.after.quantity, came.after.value_minor, _average(quantity, value_minor))
        came = Move(kind, quantity, value_minor, after)
    return (*moves, came)


def _moved(kind: MoveKind, standing: Standing, quantity: Decimal, value_minor: int) -> Move:
    held, value = standing.quantity + quantity, standing.value_minor + value_minor
    if abs(held) >= MOST_QUANTITY or abs(value) > MOST_MINOR:
        raise RuleBroken("stock.too_much", "This is more than a stock can hold.")
    average = _average(held, value) if held > 0 else standing.average_minor
    return Move(kind, quantity, value_minor, Standing(held, value, average))


def _leaving_minor(standing: Standing, quantity: Decimal) -> int:
    there = max(standing.quantity, ZERO)
    if quantity <= there:
        return round_fraction(standing.value_minor * Fraction(quantity) / Fraction(there))
    return max(standing.value_minor, 0) + _beyond(standing, quantity - there)


def _beyond(standing: Standing, quantity: Decimal) -> int:
    if standing.quantity > 0:
        return round_fraction(standing.value_minor * Fraction(quantity) / Fraction(standing.quantity))
    return _times(quantity, standing.average_minor)


def _coming_minor(standing: Standing, quantity: Decimal) -> int:
    return _beyond(standing, quantity)


def _times(quantity: Decimal, cost_minor: Decimal) -> int:
    return round_fraction(Fraction(quantity) * Fraction(cost_minor))


def _average(quantity: Decimal, value_minor: int) -> Decimal:
    return EXACT.divide(Decimal(value_minor), quantity).quantize(AVERAGE_PLACES, context=EXACT)


def _fits(quantity: Decimal, value_minor: int) -> bool:
    if quantity == 0:
        return value_minor == 0
    return value_minor >= 0 if quantity > 0 else value_minor <= 0


def _is_fine(quantity: Decimal) -> bool:
    exponent = quantity.as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= QUANTITY_PLACES


def _above_zero(quantity: Decimal) -> None:
    if not 0 < quantity < MOST_QUANTITY or not _is_fine(quantity.normalize()):
        raise RuleBroken("stock.bad_quantity", "A quantity is above 0, with at most 6 decimals.")
