"""Deals after they are won: how far their money has come, and whether activity goes with cash. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

FEWEST_PAIRS = 8
_HUNDREDTH = Decimal("0.01")


class CashState(StrEnum):
    """How far the money of a won deal has come; the ledger moves it, nobody does by hand."""

    TO_INVOICE = "to_invoice"
    INVOICED = "invoiced"
    PART_PAID = "part_paid"
    COLLECTED = "collected"
    CLOSED = "closed"


def cash_state(*, invoiced_minor: int, collected_minor: int, open_minor: int) -> CashState:
    """Tell how far the money of a won deal has come.

    Amounts in minor units of one currency, tax included: what its invoices ask for less its credit notes, what
    payments settled of them, and what is still open of them. *Closed* is settled without money: credited or written
    off whole.
    Source: S-5.
    """
    if open_minor > 0:
        return CashState.PART_PAID if collected_minor > 0 else CashState.INVOICED
    if collected_minor > 0:
        return CashState.COLLECTED
    return CashState.TO_INVOICE if invoiced_minor == 0 else CashState.CLOSED


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's coefficient, to two places, of so many pairs."""

    coefficient: Decimal
    count: int


def correlation(pairs: Sequence[tuple[int, int]]) -> Correlation | None:
    """Return how closely two figures go together, from -1 to 1; nothing below 8 pairs, or when one never varies.

    Exact sums of integers; only the root is rounded, to 28 digits, and the result to hundredths, half away from zero.
    Source: Pearson 1895, in the form over sums.
    """
    n = len(pairs)
    if n < FEWEST_PAIRS:
        return None
    x, y = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    over_x = n * sum(a * a for a, _ in pairs) - x * x
    over_y = n * sum(b * b for _, b in pairs) - y * y
    if not over_x or not over_y:
        return None
    together = n * sum(a * b for a, b in pairs) - x * y
    ratio = Decimal(together) / (Decimal(over_x).sqrt() * Decimal(over_y).sqrt())
    return Correlation(ratio.quantize(_HUNDREDTH, ROUND_HALF_UP), n)
