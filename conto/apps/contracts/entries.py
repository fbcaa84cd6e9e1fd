"""What callers hand to the actions of contracts: terms and lines as they were typed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A price that is agreed. It is in the contract's price mode."""

    name: str
    unit_price: Decimal = ZERO
    item_id: UUID | None = None
    description: str = ""
    unit_code: str = "C62"
    allowance_percent: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """What a contract says from the start; what is left out is taken from the customer and the seller."""

    title: str
    starts_on: date
    ends_on: date | None = None
    renewal: str = "none"
    first_months: int = 0
    renewal_months: int = 0
    notice_days: int = 0
    clauses: str = ""
    currency: str = ""
    price_mode: str = "net"
    owner_id: UUID | None = None
    is_agreed: bool = False
