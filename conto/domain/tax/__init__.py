"""Tax: what a supply bears and why."""

from conto.domain.tax.decision import decide, reason_texts
from conto.domain.tax.model import (
    EU_COUNTRIES,
    NEEDS_REASON,
    TAXED,
    BuyerTax,
    Exemption,
    Rate,
    RateClass,
    SellerTax,
    SupplyKind,
    TaxCategory,
    TaxTreatment,
)
from conto.domain.tax.rates import combined, rate_for, territory

__all__ = [
    "EU_COUNTRIES",
    "NEEDS_REASON",
    "TAXED",
    "BuyerTax",
    "Exemption",
    "Rate",
    "RateClass",
    "SellerTax",
    "SupplyKind",
    "TaxCategory",
    "TaxTreatment",
    "combined",
    "decide",
    "rate_for",
    "reason_texts",
    "territory",
]
