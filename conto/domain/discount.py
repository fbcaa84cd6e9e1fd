"""Discounts: targeted before general, percentages before fixed amounts, never more than what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from conto.domain.errors import RuleBroken
from conto.domain.money import round_half_away, share

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Discount:
    """A percentage or a fixed amount off, for all lines or for those whose keys are named."""

    key: str
    percent: Decimal = ZERO
    amount_minor: int = 0
    targets: frozenset[str] | None = None  # None: every line

    def __post_init__(self) -> None:
        if not ZERO <= self.percent <= HUNDRED or self.amount_minor < 0:
            raise RuleBroken("discount.out_of_range", "A discount is 0 to 100 %% or an amount above 0.")
        if bool(self.percent) == bool(self.amount_minor):
            raise RuleBroken("discount.percent_or_amount", "A discount is either a percentage or an amount.")


@dataclass(frozen=True, slots=True)
class AppliedDiscount:
    """What one discount took off each line, in the order of the lines."""

    key: str
    parts_minor: tuple[int, ...]

    @property
    def amount_minor(self) -> int:
        """What the discount took off altogether."""
        return sum(self.parts_minor)


def apply(
    amounts_minor: Sequence[int], line_keys: Sequence[str], discounts: Sequence[Discount]
) -> tuple[AppliedDiscount, ...]:
    """Apply discounts one after the other, each to what the earlier ones left.

    Order: targeted before general, percentages before fixed amounts, then by key. Lines below zero are left alone.

    Rounds: each discount once, spread by largest remainder (M-2).
    Source: D-1, D-2.
    """
    left = [max(amount, 0) for amount in amounts_minor]
    applied: list[AppliedDiscount] = []
    for discount in sorted(discounts, key=lambda d: (d.targets is None, not d.percent, d.key)):
        base = [
            amount if discount.targets is None or key in discount.targets else 0
            for amount, key in zip(left, line_keys, strict=True)
        ]
        whole = sum(base)
        wanted = discount.amount_minor or round_half_away(whole * discount.percent / HUNDRED)
        parts = share(min(wanted, whole), base, line_keys) if whole else [0] * len(base)
        left = [amount - part for amount, part in zip(left, parts, strict=True)]
        applied.append(AppliedDiscount(discount.key, tuple(parts)))
    return tuple(applied)
