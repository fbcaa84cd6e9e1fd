"""Parts of an issued document: early payment, deposits and amounts given up, each with its share of tax."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from conto.domain.errors import RuleBroken
from conto.domain.invoice.model import TaxGroup, TaxPart
from conto.domain.money import settle


def split_by_tax(groups: Sequence[TaxGroup | TaxPart], amount_minor: int) -> tuple[TaxPart, ...]:
    """Take an amount with tax out of a document: its net and tax in every tax group.

    All nets and taxes are parts of one sharing, so they sum to the amount.

    Rounds: largest remainder (M-2); ties go to the earlier group, net before tax.
    Raises: RuleBroken `invoice.nothing_to_split` when the groups sum to zero.
    Source: I-4.
    """
    weights = [weight for group in groups for weight in (group.taxable_minor, group.tax_minor)]
    whole = sum(weights)
    if whole == 0:
        if amount_minor == 0:
            return ()
        raise RuleBroken("invoice.nothing_to_split", "A document of 0.00 has no tax to split.")
    parts = settle([Fraction(amount_minor * weight, whole) for weight in weights], amount_minor)
    return tuple(
        TaxPart(group.category, group.rate, parts[2 * i], parts[2 * i + 1])
        for i, group in enumerate(groups)
        if parts[2 * i] or parts[2 * i + 1]
    )


@dataclass(frozen=True, slots=True)
class Deposit:
    """An issued deposit invoice, as the final invoice sees it. Both amounts are with tax."""

    deposit_id: UUID
    number: str
    groups: tuple[TaxGroup, ...]
    gross_minor: int
    available_minor: int  # what was paid on it and not deducted before


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a final invoice takes off for one deposit, and what of the deposit is left over."""

    deposit_id: UUID
    number: str
    amount_minor: int
    parts: tuple[TaxPart, ...]
    left_minor: int


def deductions(final_gross_minor: int, deposits: Iterable[Deposit]) -> tuple[Deduction, ...]:
    """Take paid deposits off a final invoice, in their order, never below zero.

    What is left of a deposit that exceeds the final invoice is credited by a credit note to the deposit.

    Raises: RuleBroken `invoice.deposit_overdrawn` for a deposit with more available than its total.
    Source: I-3.
    """
    open_minor = max(final_gross_minor, 0)
    result: list[Deduction] = []
    for deposit in deposits:
        if not 0 <= deposit.available_minor <= deposit.gross_minor:
            raise RuleBroken(
                "invoice.deposit_overdrawn", "Deposit %(number)s has no more than its total.", number=deposit.number
            )
        amount = min(deposit.available_minor, open_minor)
        open_minor -= amount
        parts = split_by_tax(deposit.groups, amount) if amount else ()
        result.append(Deduction(deposit.deposit_id, deposit.number, amount, parts, deposit.available_minor - amount))
    return tuple(result)
