"""The words of tax: categories, kinds of supply, parties, rates and treatments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from conto.domain.errors import RuleBroken

ZERO = Decimal(0)

EU_COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
# Countries that are taxed as a part of another one (Monaco as France, the Isle of Man as Great Britain,
# Liechtenstein as Switzerland).
TAXED_AS = {"MC": "FR", "IM": "GB", "LI": "CH", "EL": "GR", "UK": "GB"}
NORTHERN_IRELAND = "NIR"
CANARY_ISLANDS = "CN"
CEUTA_AND_MELILLA = "CE"


class TaxCategory(StrEnum):
    """The categories of UNCL5305 that EN 16931 allows."""

    S = "S"  # taxed at a rate above zero
    Z = "Z"  # taxed at zero
    E = "E"  # exempt
    AE = "AE"  # reverse charge
    K = "K"  # intra-Community supply of goods
    G = "G"  # export
    O = "O"  # noqa: E741 - the code list says O: outside the scope of tax
    L = "L"  # Canary Islands
    M = "M"  # Ceuta and Melilla


TAXED = frozenset({TaxCategory.S, TaxCategory.L, TaxCategory.M})
NEEDS_REASON = frozenset({TaxCategory.E, TaxCategory.AE, TaxCategory.K, TaxCategory.G, TaxCategory.O})


class SupplyKind(StrEnum):
    """What is supplied, as far as tax asks."""

    GOODS = "goods"
    SERVICES = "services"
    DIGITAL = "digital"


class RateClass(StrEnum):
    """Which of a country's rates an item bears."""

    STANDARD = "standard"
    REDUCED = "reduced"
    REDUCED2 = "reduced2"
    SUPER_REDUCED = "super_reduced"
    ZERO = "zero"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class TaxTreatment:
    """The decision for one line: category, rate in percent, and why, where it is not simply taxed."""

    category: TaxCategory
    rate: Decimal
    exemption_code: str | None = None
    reason: str | None = None
    country: str = ""
    rule: str = ""  # the row of the decision table (T-1) that was taken

    def __post_init__(self) -> None:
        if self.category not in TAXED and self.rate != ZERO:
            raise RuleBroken(
                "tax.rate_not_allowed", "Category %(category)s has no rate but 0.", category=self.category.value
            )
        if not ZERO <= self.rate <= 100:
            raise RuleBroken(
                "tax.rate_out_of_range", "A tax rate lies between 0 and 100 %%, not %(rate)s.", rate=self.rate
            )
        if self.category is TaxCategory.S and self.rate == ZERO:
            raise RuleBroken("tax.standard_needs_rate", "Category S needs a rate above 0; a rate of 0 is category Z.")


@dataclass(frozen=True, slots=True)
class SellerTax:
    """What tax asks about the seller."""

    country: str
    region: str = ""
    is_registered: bool = True
    is_small_business: bool = False
    uses_oss: bool = False
    registered_in: frozenset[str] = frozenset()  # further countries, or states of the US (“US-NY”)


@dataclass(frozen=True, slots=True)
class BuyerTax:
    """What tax asks about the buyer, at the place where the supply goes."""

    country: str
    region: str = ""  # US: “NY”, “NY/Kings”, “NY/Kings/New York”; GB: NIR; ES: CN, CE
    is_business: bool = False
    vat_number: str = ""
    vat_number_is_valid: bool = False
    is_exempt: bool = False  # holds an exemption or resale certificate
    exempt_reason: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate of a place, valid from a day up to, but not with, another."""

    country: str
    region: str
    rate_class: RateClass
    percent: Decimal
    valid_from: date
    valid_until: date | None = None

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the rate applies on a day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def is_in(self, country: str, region: str) -> bool:
        """Tell whether the rate is of a place, or of a wider place around it."""
        return self.country == country and (self.region in {"", region} or region.startswith(f"{self.region}/"))


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why an item itself is exempt, for example medical care (VATEX-EU-132-1C)."""

    reason: str
    code: str | None = None
