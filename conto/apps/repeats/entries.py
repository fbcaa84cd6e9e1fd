"""What is handed to the actions of repeating invoices: what is agreed, as it was typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from conto.apps.invoicing.entries import AllowanceEntry, LineEntry
from conto.domain.period import Interval
from conto.domain.repeat import Covers, Does

# What an invoice says beside its lines, by the names that drafts have for it.
HEAD = (
    "currency", "price_mode", "language", "terms_days", "early_discount_percent", "early_discount_days",
    "buyer_reference", "order_reference", "contract_reference", "intro", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What is agreed of a repeating invoice. `head` are fields of a draft; what is left out is the customer's.

    `next_on` is the day of the next invoice, `is_month_end` that it and all others are the last of their months.
    """

    title: str
    lines: Sequence[LineEntry]
    next_on: date
    interval: Interval = Interval.MONTH
    every: int = 1
    is_month_end: bool = False
    ends_on: date | None = None
    most_invoices: int | None = None
    covers: Covers = Covers.AHEAD
    does: Does = Does.DRAFT
    head: dict[str, Any] = field(default_factory=dict)
    allowances: Sequence[AllowanceEntry] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A draft or document from which a repeating invoice is made."""

    id: UUID
    customer_id: UUID
    head: dict[str, Any]
    lines: tuple[LineEntry, ...]
    allowances: tuple[AllowanceEntry, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What one day of a schedule made."""

    repeat_id: UUID
    due_on: date
    document_id: UUID
    is_issued: bool
