"""Facts about money that comes and goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStarted(Fact):
    """The customer was sent to the payment provider."""

    subject_kind: ClassVar[str] = "payment"
    currency: str
    amount_minor: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived(Fact):
    """Money came in."""

    subject_kind: ClassVar[str] = "payment"
    currency: str
    amount_minor: int
    method: str
    received_on: date | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Fact):
    """A payment was tried and did not go through."""

    subject_kind: ClassVar[str] = "payment"
    currency: str
    amount_minor: int
    method: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAllocated(Fact):
    """A part of a payment or credit settles an invoice."""

    subject_kind: ClassVar[str] = "allocation"
    credit_id: UUID
    document_id: UUID
    number: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationReversed(Fact):
    """An allocation was undone; the money is the customer's credit again."""

    subject_kind: ClassVar[str] = "allocation"
    credit_id: UUID
    document_id: UUID
    number: str
    currency: str
    amount_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(Fact):
    """Money went back to the customer."""

    subject_kind: ClassVar[str] = "refund"
    payment_id: UUID | None = None
    currency: str
    amount_minor: int
    method: str
    reason: str = ""
