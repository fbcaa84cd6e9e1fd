"""The one way payments and allocations are written: set at a time, the ledger first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from conto.apps.audit import actions as audit
from conto.apps.bulk import copy_rows
from conto.apps.ledger import actions as ledger
from conto.apps.payments.models import Allocation, Payment
from conto.domain import facts, journal
from conto.domain.contract import Priced
from conto.domain.ids import new_id
from conto.domain.journal import AccountRole, EntryKind
from conto.domain.money import to_major

MONEY_ACCOUNT = {
    "bank_transfer": AccountRole.BANK,
    "card": AccountRole.GATEWAY_CLEARING,
    "cash": AccountRole.CASH,
    "cheque": AccountRole.BANK,
    "direct_debit": AccountRole.BANK,
    "other": AccountRole.BANK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """A payment that is to be written."""

    id: UUID
    legal_entity_id: UUID
    customer_id: UUID
    method: str
    amount_minor: int
    currency: str
    received_on: date
    at: datetime
    reference: str = ""
    note: str = ""
    checkout_id: UUID | None = None
    gateway: str = ""
    gateway_ref: str | None = None
    source: str = ""
    external_ref: str | None = None

    @property
    def money_account(self) -> AccountRole:
        """Where the money lies: with the gateway until it pays out, else where the method puts it."""
        return AccountRole.GATEWAY_CLEARING if self.gateway else MONEY_ACCOUNT[self.method]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllocation:
    """A part of a credit that is to settle a document."""

    id: UUID
    legal_entity_id: UUID
    customer_id: UUID
    currency: str
    document_id: UUID
    number: str
    amount_minor: int
    allocated_on: date
    at: datetime
    payment_id: UUID | None = None
    credit_note_id: UUID | None = None
    settles: bool = False  # nothing of the document is open afterwards
    document_total_minor: int = 0

    @property
    def credit_id(self) -> UUID:
        """The payment or credit note whose credit is used."""
        credit = self.payment_id or self.credit_note_id
        assert credit is not None  # noqa: S101 -- the constraint allocation_one_credit says so too
        return credit


def write(payments: Sequence[NewPayment], allocations: Sequence[NewAllocation], *, actor: facts.Actor) -> None:
    """Post and keep payments and allocations with a constant number of statements, facts included.

    Raises: Conflict `ledger.over_allocated` when more would be settled than is open.
    """
    if not payments and not allocations:
        return
    received = [(p, new_id()) for p in payments]
    allocated = [(a, new_id()) for a in allocations]
    ledger.post_many(
        [_payment_entry(p, entry_id) for p, entry_id in received]
        + [_allocation_entry(a, entry_id) for a, entry_id in allocated]
    )
    copy_rows(Payment, _PAYMENT_FIELDS, (_payment_row(p, entry_id) for p, entry_id in received))
    copy_rows(Allocation, _ALLOCATION_FIELDS, (_allocation_row(a, entry_id) for a, entry_id in allocated))
    audit.record_many(
        [(_payment_fact(p, entry_id), p.at) for p, entry_id in received]
        + [pair for a, entry_id in allocated for pair in _allocation_facts(a, entry_id)],
        actor=actor,
    )


def priced(amount_minor: int, currency: str) -> Priced:
    """Return an amount for a refusal; a page writes it in the reader's language."""
    return Priced(to_major(amount_minor, currency), currency)


def _payment_entry(p: NewPayment, entry_id: UUID) -> ledger.NewEntry:
    return ledger.NewEntry(
        entry_id,
        p.legal_entity_id,
        p.currency,
        EntryKind.PAYMENT_RECEIVED,
        p.received_on,
        p.id,
        journal.payment_received(p.id, p.amount_minor, p.money_account),
        p.at,
        p.customer_id,
        p.reference,
    )


def _allocation_entry(a: NewAllocation, entry_id: UUID) -> ledger.NewEntry:
    return ledger.NewEntry(
        entry_id,
        a.legal_entity_id,
        a.currency,
        EntryKind.PAYMENT_ALLOCATED,
        a.allocated_on,
        a.id,
        journal.payment_allocated(a.credit_id, a.document_id, a.amount_minor),
        a.at,
        a.customer_id,
        a.number,
    )


_PAYMENT_FIELDS = [
    "id",
    "legal_entity",
    "customer",
    "method",
    "amount_minor",
    "currency",
    "received_on",
    "recorded_at",
    "reference",
    "note",
    "checkout",
    "gateway",
    "gateway_ref",
    "entry",
    "source",
    "external_ref",
]
_ALLOCATION_FIELDS = [
    "id",
    "customer",
    "payment",
    "credit_note",
    "document",
    "amount_minor",
    "allocated_on",
    "at",
    "entry",
]


def _payment_row(p: NewPayment, entry_id: UUID) -> tuple[object, ...]:
    return (
        p.id,
        p.legal_entity_id,
        p.customer_id,
        p.method,
        p.amount_minor,
        p.currency,
        p.received_on,
        p.at,
        p.reference,
        p.note,
        p.checkout_id,
        p.gateway,
        p.gateway_ref,
        entry_id,
        p.source,
        p.external_ref,
    )


def _allocation_row(a: NewAllocation, entry_id: UUID) -> tuple[object, ...]:
    return (
        a.id,
        a.customer_id,
        a.payment_id,
        a.credit_note_id,
        a.document_id,
        a.amount_minor,
        a.allocated_on,
        a.at,
        entry_id,
    )


def _payment_fact(p: NewPayment, entry_id: UUID) -> facts.Fact:
    return facts.PaymentReceived(
        subject_id=p.id,
        customer_id=p.customer_id,
        entry_id=entry_id,
        currency=p.currency,
        amount_minor=p.amount_minor,
        method=p.method,
        received_on=p.received_on,
        reference=p.reference,
    )


def _allocation_facts(a: NewAllocation, entry_id: UUID) -> list[tuple[facts.Fact, datetime]]:
    told: list[tuple[facts.Fact, datetime]] = [
        (
            facts.PaymentAllocated(
                subject_id=a.id,
                customer_id=a.customer_id,
                entry_id=entry_id,
                credit_id=a.credit_id,
                document_id=a.document_id,
                number=a.number,
                currency=a.currency,
                amount_minor=a.amount_minor,
            ),
            a.at,
        )
    ]
    if a.settles:
        paid = facts.InvoicePaid(
            subject_id=a.document_id,
            customer_id=a.customer_id,
            number=a.number,
            currency=a.currency,
            total_minor=a.document_total_minor,
        )
        told.append((paid, a.at))
    return told
