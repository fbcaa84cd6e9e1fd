"""What callers hand to the actions of quotes: lines as they were typed."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A line of a quote as it was typed. Prices are in the quote's price mode."""

    name: str
    quantity: Decimal = ONE
    unit_price: Decimal = ZERO
    item_id: UUID | None = None
    description: str = ""
    unit_code: str = "C62"
    allowance_percent: Decimal = ZERO
    supply: str = "services"
    rate_class: str = "standard"
    section: str = ""
    kind: str = "fixed"
    choice_group: str = ""
    is_chosen: bool = False
