"""What goes into the computing of a document and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from conto.domain.errors import RuleBroken
from conto.domain.money import percent_of
from conto.domain.tax import TaxCategory, TaxTreatment

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)


class PriceMode(StrEnum):
    """Whether the prices of the lines are without tax (net) or include it (gross)."""

    NET = "net"
    GROSS = "gross"


class TaxMode(StrEnum):
    """Whether tax is rounded once per tax group of the document (T-2), or on each line (T-4)."""

    DOCUMENT = "document"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class LineInput:
    """One line as it was entered. `unit_price` is in major units, for `base_quantity` units.

    The percentage comes off first, then the fixed allowance, then the charge is added; both fixed amounts are in the
    price mode of the document.
    """

    position: int
    name: str
    quantity: Decimal
    unit_price: Decimal
    tax: TaxTreatment
    allowance_percent: Decimal = ZERO
    allowance_minor: int = 0
    charge_minor: int = 0
    base_quantity: Decimal = ONE


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An allowance or charge on the whole document: a percentage or a fixed amount, in the document's price mode.

    With `tax` it belongs to that tax group alone; without, it is spread over the groups of the lines.
    """

    percent: Decimal = ZERO
    amount_minor: int = 0
    tax: TaxTreatment | None = None
    reason: str = ""
    reason_code: str = ""

    def __post_init__(self) -> None:
        if not ZERO <= self.percent <= HUNDRED or self.amount_minor < 0:
            raise RuleBroken("invoice.bad_adjustment", "An allowance or charge is 0 to 100 %% or an amount above 0.")


@dataclass(frozen=True, slots=True)
class DocumentInput:
    """A document before it is computed."""

    currency: str
    price_mode: PriceMode
    lines: tuple[LineInput, ...]
    allowances: tuple[Adjustment, ...] = ()
    charges: tuple[Adjustment, ...] = ()
    prepaid_minor: int = 0
    tax_mode: TaxMode = TaxMode.DOCUMENT
    cash_rounding_minor: int = 0  # 5 rounds the payable amount to 0.05


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """One line in whole minor units; `net = base - allowance + charge`, all of them without tax.

    `amount_minor` is quantity times price as entered, in the document's price mode. `tax_minor` is the line's part of
    the tax of its group; `gross_minor` is what paper shows where prices include tax.
    """

    position: int
    name: str
    quantity: Decimal
    base_quantity: Decimal
    unit_price: Decimal
    unit_price_net: Decimal
    tax: TaxTreatment
    amount_minor: int
    base_minor: int
    allowance_minor: int
    charge_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class ComputedAdjustment:
    """An allowance or charge of the document in one tax group (BG-20, BG-21), amounts without tax and positive."""

    is_charge: bool
    source: int  # which of the document's allowances (or charges) it came from
    tax: TaxTreatment
    amount_minor: int
    tax_minor: int
    gross_minor: int
    base_minor: int
    percent: Decimal
    reason: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """What is taxed alike (BG-23)."""

    category: TaxCategory
    rate: Decimal
    exemption_code: str | None
    reason: str | None
    taxable_minor: int
    tax_minor: int
    country: str = ""

    @property
    def is_base_times_rate(self) -> bool:
        """Whether the tax is exactly the rounded product; not so in line mode and in some part credits (I-2, T-4)."""
        return self.tax_minor == percent_of(self.taxable_minor, self.rate)


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """The sums (BG-22)."""

    lines_net_minor: int  # BT-106
    allowances_minor: int  # BT-107
    charges_minor: int  # BT-108
    net_minor: int  # BT-109
    tax_minor: int  # BT-110
    gross_minor: int  # BT-112
    prepaid_minor: int  # BT-113
    rounding_minor: int  # BT-114
    payable_minor: int  # BT-115


@dataclass(frozen=True, slots=True)
class ComputedDocument:
    """A document with all its amounts: the one source of screen, paper, XML and ledger."""

    currency: str
    price_mode: PriceMode
    lines: tuple[ComputedLine, ...]
    adjustments: tuple[ComputedAdjustment, ...]
    tax_groups: tuple[TaxGroup, ...]
    totals: DocumentTotals


@dataclass(frozen=True, slots=True)
class TaxPart:
    """A part of a tax group: net and tax that belong together."""

    category: TaxCategory
    rate: Decimal
    taxable_minor: int
    tax_minor: int
