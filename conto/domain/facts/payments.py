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


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodSaved(Fact):
    """The customer agreed to have a way to pay saved and charged."""

    subject_kind: ClassVar[str] = "payment_method"
    brand: str
    last_four: str
    consent_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodRemoved(Fact):
    """What the customer had saved is charged no more; why: removed by somebody, or another one took its place."""

    subject_kind: ClassVar[str] = "payment_method"
    brand: str
    last_four: str
    is_replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodForgotten(Fact):
    """The gateway confirmed that it forgot what the customer had saved."""

    subject_kind: ClassVar[str] = "payment_method"
    brand: str
    last_four: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodLeft(Fact):
    """The gateway was told for days to forget what the customer had saved, did not confirm it, and is told no more."""

    subject_kind: ClassVar[str] = "payment_method"
    brand: str
    last_four: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionAsked(Fact):
    """A member asked to charge an invoice now."""

    subject_kind: ClassVar[str] = "document"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionTried(Fact):
    """The gateway was asked to charge an invoice to the saved card of its customer."""

    subject_kind: ClassVar[str] = "document"
    number: str
    attempt: int
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionEnded(Fact):
    """An invoice is charged by itself no more: it is up to the customer, or there is nothing to charge."""

    subject_kind: ClassVar[str] = "document"
    number: str
    state: str
    reason: str
    attempts: int
