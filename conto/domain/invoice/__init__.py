"""Documents: how they are computed, credited, deposited, discounted and checked."""

from conto.domain.invoice.compute import compute, line_amount, net_price
from conto.domain.invoice.credit import Credited, CreditWish, credit_rest, credit_share
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
from conto.domain.invoice.parts import Deduction, Deposit, deductions, split_by_tax
from conto.domain.invoice.terms import (
    EarlyStep,
    PaymentTerms,
    describe_terms,
    discount_available,
    discount_parts,
    discount_steps,
    due_on,
    parse_terms,
)

__all__ = [
    "Adjustment",
    "ComputedAdjustment",
    "ComputedDocument",
    "ComputedLine",
    "CreditWish",
    "Credited",
    "Deduction",
    "Deposit",
    "DocumentInput",
    "DocumentTotals",
    "EarlyStep",
    "LineInput",
    "PaymentTerms",
    "PriceMode",
    "TaxGroup",
    "TaxMode",
    "TaxPart",
    "compute",
    "credit_rest",
    "credit_share",
    "deductions",
    "describe_terms",
    "discount_available",
    "discount_parts",
    "discount_steps",
    "due_on",
    "line_amount",
    "net_price",
    "parse_terms",
    "split_by_tax",
]
