"""What callers hand to the actions of invoicing: lines and allowances as they were typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

ZERO = Decimal(0)
ONE = Decimal(1)

DocumentKind = Literal["invoice", "deposit", "final", "credit_note"]
LATE_CHARGES = "late_charges"  # the source of documents that charge for paying late
PREPAID_CREDIT = "prepaid_credit"  # the source of deposits that sell credit for later, used bit by bit


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A line of a draft as it was typed. Prices and allowances are in the draft's price mode."""

    name: str
    quantity: Decimal = ONE
    unit_price: Decimal = ZERO
    item_id: UUID | None = None
    description: str = ""
    unit_code: str = "C62"
    base_quantity: Decimal = ONE
    allowance_percent: Decimal = ZERO
    allowance_minor: int = 0
    supply: str = "services"
    rate_class: str = "standard"
    tax_category: str = ""  # empty: decided from seller, buyer and supply
    tax_rate: Decimal | None = None
    period_start_on: date | None = None
    period_end_on: date | None = None


@dataclass(frozen=True, slots=True)
class AllowanceEntry:
    """A discount or charge on a whole draft: a percentage or an amount."""

    reason: str
    percent: Decimal | None = None
    amount_minor: int | None = None
    is_charge: bool = False


@dataclass(frozen=True, slots=True)
class CreditPart:
    """What is credited of one line: a quantity, or an amount in the price mode of the document."""

    quantity: Decimal | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Carrying:
    """Below what amount to pay an invoice waits for more, since when it does, and of which subscription alone."""

    minimum_minor: int
    since: datetime
    subscription_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """An invoice that is issued without having been a draft, unless it waits; `id` will be the document's.

    `fields` are those of a draft. With `keeps_lines` its lines stay as they are: they were billed elsewhere.
    """

    id: UUID
    customer_id: UUID
    lines: Sequence[LineEntry]
    allowances: Sequence[AllowanceEntry] = ()
    keeps_lines: bool = True
    waits: bool = False
    issues_at: datetime | None = None  # a draft until then, unless somebody stops it
    carrying: Carrying | None = None
    charges_late: bool = False  # for paying other invoices late, which is no revenue
    sells_credit: bool = False  # a deposit that pays what is used later
    fields: Mapping[str, Any] = field(default_factory=dict)


CreditParts = Mapping[int, CreditPart]  # by the position of the corrected line
