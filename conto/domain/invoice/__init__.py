"""Documents: how they are computed, credited, deposited, discounted and checked."""

from conto.domain.invoice.compute import compute, line_amount, net_price
from conto.domain.invoice.model import (
    Adjustment,
    ComputedAdjustment,
    ComputedDocument,
    ComputedLine,
    DocumentInput,
    DocumentTotals,
    LineInput,
    PriceMode,
    TaxGroup,
    TaxMode,
    TaxPart,
)

__all__ = [
    "Adjustment",
    "ComputedAdjustment",
    "ComputedDocument",
    "ComputedLine",
    "DocumentInput",
    "DocumentTotals",
    "LineInput",
    "PriceMode",
    "TaxGroup",
    "TaxMode",
    "TaxPart",
    "compute",
    "line_amount",
    "net_price",
]
