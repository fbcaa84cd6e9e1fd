"""What callers hand to the actions of stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a document that names an item; `back` is how much of the corrected line a credit note credits."""

    position: int
    item_id: UUID
    quantity: Decimal
    net_minor: int  # less its part of the discounts on the document
    corrects_position: int | None = None
    back: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldDocument:
    """A document about to be issued, as far as goods and costs go."""

    id: UUID
    is_credit_note: bool
    legal_entity_id: UUID
    customer_id: UUID
    currency: str
    issued_on: date
    at: datetime
    lines: Sequence[SoldLine]
    corrects_id: UUID | None = None
    goods_stay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReceipt:
    """Goods that came in, and what all of them cost, in minor units of the seller's currency."""

    quantity: Decimal
    cost_minor: int
    received_on: date
    reference: str = ""
    is_opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCount:
    """How many were counted and why, and perhaps what one is worth, in minor units."""

    quantity: Decimal
    reason: str
    counted_on: date
    unit_cost_minor: Decimal | None = None
