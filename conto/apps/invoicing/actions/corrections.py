"""Credit notes, write-offs, deposits and final invoices."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from conto.apps.crm.models import Customer
from conto.apps.invoicing.entries import CreditPart, LineEntry
from conto.apps.invoicing.models import Document, Draft, WriteOff
from conto.domain.facts import Actor


def draft_credit_note(
    *,
    document: Document,
    actor: Actor,
    at: datetime,
    parts: Literal["whole"] | Mapping[int, CreditPart] = "whole",
    reason: str = "",
) -> Draft:
    """Draft a credit note for what is left of an invoice, or for parts of its lines.

    Raises: RuleBroken `credit.nothing_left`, `credit.more_than_left`, `credit.of_credit_note`.
    """
    raise NotImplementedError


def write_off(
    *,
    document: Document,
    reason: str,
    actor: Actor,
    at: datetime,
    amount_minor: int | None = None,
    corrects_tax: bool = True,
    written_off_on: date | None = None,
) -> WriteOff:
    """Give up the open amount of an invoice, or a part of it.

    Raises: RuleBroken `write_off.nothing_open`, `write_off.more_than_open`.
    """
    raise NotImplementedError


def reverse_write_off(*, write_off: WriteOff, actor: Actor, at: datetime) -> None:
    """Undo a write-off, mostly because the money came after all; once."""
    raise NotImplementedError


def draft_deposit(
    *,
    customer: Customer,
    actor: Actor,
    at: datetime,
    lines: Sequence[LineEntry] = (),
    of: Draft | None = None,
    percent: Decimal | None = None,
) -> Draft:
    """Draft a deposit invoice: with its own lines, or as a percentage of another draft."""
    raise NotImplementedError


def draft_final(
    *,
    customer: Customer,
    deposits: Sequence[Document],
    actor: Actor,
    at: datetime,
    lines: Sequence[LineEntry] = (),
) -> Draft:
    """Draft a final invoice that deducts paid deposits."""
    raise NotImplementedError
