"""Facts about stock. They say how many moved and why, never what goods cost: more people read facts than see cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBegun(Fact):
    """A seller keeps stock of an item."""

    subject_kind: ClassVar[str] = "item"
    legal_entity_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChanged(Fact):
    """How stock of an item is watched changed."""

    subject_kind: ClassVar[str] = "item"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class StockEnded(Fact):
    """A seller keeps no more stock of an item."""

    subject_kind: ClassVar[str] = "item"
    legal_entity_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceived(Fact):
    """Goods came in."""

    subject_kind: ClassVar[str] = "item"
    move_id: UUID
    quantity: Decimal
    received_on: date
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReversed(Fact):
    """A receipt that was entered wrong was taken back."""

    subject_kind: ClassVar[str] = "item"
    move_id: UUID
    receipt_id: UUID
    quantity: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted(Fact):
    """Somebody counted, and found another quantity or value than the book had."""

    subject_kind: ClassVar[str] = "item"
    move_id: UUID
    quantity: Decimal
    difference: Decimal
    reason: str
