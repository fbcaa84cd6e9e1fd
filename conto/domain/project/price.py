"""Work at a price: what is done of it, what is billed now, what is held back, and when that is released."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from conto.domain.errors import RuleBroken
from conto.domain.money import HUNDRED, ZERO, percent_of, round_fraction, settle

_PERCENT_PLACES = 4


class PriceMethod(StrEnum):
    """How it is told what is done of a price."""

    MILESTONES = "milestones"
    PERCENT = "percent"


class PartKind(StrEnum):
    """What a line of a bill of a price is about."""

    MILESTONE = "milestone"
    PERCENT = "percent"
    CHANGE = "change"  # what change orders made of milestones that are billed
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class PricePart:
    """A line of a bill of a price; what is held back lies below zero."""

    kind: PartKind
    amount_minor: int
    name: str = ""
    milestone_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReachedMilestone:
    """A milestone that is reached and not billed."""

    id: UUID
    name: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """What raises or lowers the price, with the name of who agreed to it; it never changes."""

    amount_minor: int
    agreed_by: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A part of the price that is due when it is reached: an amount, or a percentage of the price."""

    name: str
    amount_minor: int | None = None
    percent: Decimal | None = None
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What was billed of a price before, and how much of that is held back."""

    billed_minor: int = 0
    held_minor: int = 0


@dataclass(frozen=True, slots=True)
class PriceBill:
    """A bill: the work on it, and what it holds back; below zero it releases what was held."""

    work_minor: int
    held_minor: int

    @property
    def payable_minor(self) -> int:
        """What the bill asks for, before tax."""
        return self.work_minor - self.held_minor


def is_percentage(percent: Decimal) -> bool:
    """Tell whether a number is a percentage of something whole, with at most four decimals.

    Source: WP-9.
    """
    if not percent.is_finite() or not ZERO <= percent <= HUNDRED:
        return False
    exponent = percent.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= _PERCENT_PLACES


def price_after(base_minor: int, orders: Iterable[ChangeOrder]) -> int:
    """Return the price with all change orders.

    Raises: RuleBroken `project.order_of_nobody`, `project.price_below_zero`.
    Source: WP-8.
    """
    price = base_minor
    for order in orders:
        if not order.agreed_by.strip():
            raise RuleBroken("project.order_of_nobody", "Say who agreed to the change of the price.")
        price += order.amount_minor
        if price < 0:
            raise RuleBroken("project.price_below_zero", "The price of a project does not fall below 0.")
    return price


def milestone_amounts(price_minor: int, milestones: Sequence[Milestone]) -> list[int]:
    """Return what each milestone comes to: amounts as they are, percentages of the price so that their sum is exact.

    Raises: RuleBroken `project.bad_milestone`, `project.milestones_above_price`.
    Rounds: the percentages together, once; the parts by largest remainder (M-2).
    Source: WP-9.
    """
    for each in milestones:
        if (each.amount_minor is None) == (each.percent is None):
            raise RuleBroken("project.bad_milestone", "A milestone is an amount or a percentage of the price.")
        if (each.amount_minor or 0) < 0 or not ZERO <= (each.percent or ZERO) <= HUNDRED:
            raise RuleBroken("project.bad_milestone", "A milestone is an amount or a percentage of the price.")
    exact = [Fraction(price_minor) * Fraction(each.percent) / 100 for each in milestones if each.percent is not None]
    shared = iter(settle(exact, round_fraction(sum(exact, Fraction(0)))))
    amounts = [next(shared) if each.amount_minor is None else each.amount_minor for each in milestones]
    if sum(amounts) > price_minor:
        raise RuleBroken("project.milestones_above_price", "The milestones together are more than the price.")
    return amounts


def done_by_milestones(price_minor: int, milestones: Sequence[Milestone]) -> int:
    """Return what is done of a price: the milestones that are reached.

    Source: WP-9.
    """
    amounts = milestone_amounts(price_minor, milestones)
    return sum(amount for amount, each in zip(amounts, milestones, strict=True) if each.is_done)


def done_by_percent(price_minor: int, percent: Decimal) -> int:
    """Return what is done of a price by the percentage that is complete.

    Raises: RuleBroken `project.bad_percent`.
    Rounds: half away from zero, once (M-1).
    Source: WP-9.
    """
    if not is_percentage(percent):
        raise RuleBroken("project.bad_percent", "Between 0 and 100 percent are complete.")
    return percent_of(price_minor, percent)


def check_retention(percent: Decimal) -> None:
    """Refuse to hold back what cannot be.

    Raises: RuleBroken `project.bad_retention`.
    Source: WP-11.
    """
    if not is_percentage(percent) or percent == HUNDRED:
        raise RuleBroken("project.bad_retention", "From 0 to less than 100 percent are held back.")


def next_bill(
    *, price_minor: int, done_minor: int, before: Standing, retention_percent: Decimal = ZERO, is_final: bool = False
) -> PriceBill:
    """Return what is billed now: what is done and not billed, less the part of it that is held back.

    A final bill releases all that is held; it is there when everything is done.

    Raises: RuleBroken `project.bad_retention`, `project.above_price`, `project.billed_more`, `project.not_done`,
    `project.nothing_new`.
    Rounds: what is held is rounded from all that is done, once (M-1); a bill holds the difference.
    Source: WP-10, WP-11.
    """
    check_retention(retention_percent)
    if done_minor > price_minor:
        raise RuleBroken("project.above_price", "No more is billed than the price.")
    if done_minor < before.billed_minor:
        raise RuleBroken("project.billed_more", "More is billed than is done. Credit an invoice first.")
    if is_final and done_minor != price_minor:
        raise RuleBroken("project.not_done", "What is held back is released when everything is done.")
    held = 0 if is_final else percent_of(done_minor, retention_percent)
    bill = PriceBill(done_minor - before.billed_minor, held - before.held_minor)
    if bill == PriceBill(0, 0):
        raise RuleBroken("project.nothing_new", "Nothing is done that is not billed.")
    return bill


def parts_of(bill: PriceBill, method: PriceMethod, reached: Sequence[ReachedMilestone] = ()) -> list[PricePart]:
    """Return the lines of a bill: the work, and what is held back of it or released. They sum to what it asks for.

    What is billed of a price by milestones beside those that are `reached` is what change orders made of earlier ones.

    Source: WP-10, WP-11.
    """
    if method is PriceMethod.PERCENT:
        parts = [PricePart(PartKind.PERCENT, bill.work_minor)]
    else:
        parts = [PricePart(PartKind.MILESTONE, each.amount_minor, each.name, each.id) for each in reached]
        parts.append(PricePart(PartKind.CHANGE, bill.work_minor - sum(part.amount_minor for part in parts)))
    parts.append(PricePart(PartKind.RELEASED if bill.held_minor < 0 else PartKind.HELD, -bill.held_minor))
    return [part for part in parts if part.amount_minor]
