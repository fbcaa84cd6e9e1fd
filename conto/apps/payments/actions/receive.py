"""Money that comes in: recorded, posted and allocated in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.models import Customer
from conto.apps.payments import queries
from conto.apps.payments.actions._lock import lock_money_of
from conto.apps.payments.actions._write import NewAllocation, NewPayment, write
from conto.apps.payments.models import METHODS, Checkout, Payment
from conto.apps.payments.queries import OpenInvoice
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits

AllocateTo = Sequence[tuple[UUID, int]] | Literal["oldest"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPayment:
    """One payment of a set, as an import knows it: it settles one invoice, wholly or in part."""

    customer_id: UUID
    legal_entity_id: UUID
    method: str
    amount_minor: int
    currency: str
    received_on: date
    at: datetime
    document_id: UUID | None = None
    document_number: str = ""
    allocated_minor: int = 0
    is_settled: bool = False  # nothing of the document is open afterwards
    document_total_minor: int = 0
    reference: str = ""
    source: str = ""
    external_ref: str | None = None


@transaction.atomic
def receive_payment(  # noqa: PLR0913 -- a payment has these parts
    *,
    customer: Customer,
    legal_entity: LegalEntity,
    method: str,
    amount_minor: int,
    currency: str,
    received_on: date,
    actor: Actor,
    at: datetime,
    allocate_to: AllocateTo = "oldest",
    reference: str = "",
    note: str = "",
    checkout: Checkout | None = None,
    gateway: str = "",
    gateway_ref: str | None = None,
    payment_id: UUID | None = None,
) -> Payment:
    """Record a payment, post it, and let it settle invoices; the rest stays the customer's credit.

    A `payment_id` that is already recorded gives that payment and does nothing: a form sent twice has one effect. An
    allocation takes no more than is open when its turn comes; what another payment was quicker to settle stays credit.

    Raises: RuleBroken `payment.not_positive`, `payment.unknown_method`, `payment.allocated_too_much`,
        `payment.wrong_document`.
    """
    lock_money_of([customer.id])
    if payment_id and (known := Payment.objects.filter(id=payment_id).first()):
        return known
    _check_amount(method, amount_minor, currency)
    new = NewPayment(
        id=payment_id or new_id(),
        legal_entity_id=legal_entity.id,
        customer_id=customer.id,
        method=method,
        amount_minor=amount_minor,
        currency=currency,
        received_on=received_on,
        at=at,
        reference=reference[:200],
        note=note[:500],
        checkout_id=checkout.id if checkout else None,
        gateway=gateway,
        gateway_ref=gateway_ref,
    )
    write([new], _allocations(new, allocate_to), actor=actor)
    return Payment.objects.get(id=new.id)


@transaction.atomic
def receive_many(payments: Iterable[ReceivedPayment], *, actor: Actor) -> list[UUID]:
    """Record a set of payments, each with its allocation, by COPY; for imports.

    The caller says what each document has open; the ledger refuses what is not so.

    Raises: Conflict `ledger.over_allocated`.
    """
    received: list[NewPayment] = []
    allocated: list[NewAllocation] = []
    for one in payments:
        new = NewPayment(
            id=new_id(),
            legal_entity_id=one.legal_entity_id,
            customer_id=one.customer_id,
            method=one.method,
            amount_minor=one.amount_minor,
            currency=one.currency,
            received_on=one.received_on,
            at=one.at,
            reference=one.reference,
            source=one.source,
            external_ref=one.external_ref,
        )
        received.append(new)
        if one.document_id and one.allocated_minor:
            allocated.append(
                NewAllocation(
                    id=new_id(),
                    legal_entity_id=one.legal_entity_id,
                    customer_id=one.customer_id,
                    currency=one.currency,
                    document_id=one.document_id,
                    number=one.document_number,
                    amount_minor=one.allocated_minor,
                    allocated_on=one.received_on,
                    at=one.at,
                    payment_id=new.id,
                    settles=one.is_settled,
                    document_total_minor=one.document_total_minor,
                )
            )
    write(received, allocated, actor=actor)
    return [new.id for new in received]


def _check_amount(method: str, amount_minor: int, currency: str) -> None:
    if amount_minor <= 0:
        raise RuleBroken("payment.not_positive", "A payment is more than 0.")
    if method not in METHODS:
        raise RuleBroken("payment.unknown_method", "“%(method)s” is not a way to pay.", method=method)
    minor_digits(currency)


def _allocations(new: NewPayment, allocate_to: AllocateTo) -> list[NewAllocation]:
    if allocate_to is None:
        return []
    if allocate_to == "oldest":
        invoices = queries.open_invoices(new.customer_id, currency=new.currency, legal_entity_id=new.legal_entity_id)
        wishes = [(invoice, invoice.open_minor) for invoice in invoices]
    else:
        wishes = _wished(new, allocate_to)
    left = new.amount_minor
    allocations = []
    for invoice, wish_minor in wishes:
        part = min(left, wish_minor, invoice.open_minor)
        if part <= 0:
            continue
        left -= part
        allocations.append(_of_payment(new, invoice, part))
    return allocations


def _wished(new: NewPayment, allocate_to: Sequence[tuple[UUID, int]]) -> list[tuple[OpenInvoice, int]]:
    if len({document_id for document_id, _ in allocate_to}) != len(allocate_to):
        raise RuleBroken("payment.document_twice", "Each invoice can be named once.")
    if sum(amount for _, amount in allocate_to) > new.amount_minor:
        raise RuleBroken(
            "payment.allocated_too_much", "More is allocated to invoices than was paid. Lower one of the amounts."
        )
    invoices = queries.invoices_by_id(document_id for document_id, _ in allocate_to)
    for document_id, amount in allocate_to:
        invoice = invoices.get(document_id)
        if amount < 0 or invoice is None or not _is_payable_by(new, invoice):
            raise RuleBroken(
                "payment.wrong_document",
                "A payment settles invoices of the same customer, seller and currency only.",
            )
    return [(invoices[document_id], amount) for document_id, amount in allocate_to]


def _is_payable_by(new: NewPayment, invoice: OpenInvoice) -> bool:
    return (invoice.customer_id, invoice.legal_entity_id, invoice.currency) == (
        new.customer_id,
        new.legal_entity_id,
        new.currency,
    )


def _of_payment(new: NewPayment, invoice: OpenInvoice, amount_minor: int) -> NewAllocation:
    return NewAllocation(
        id=new_id(),
        legal_entity_id=new.legal_entity_id,
        customer_id=new.customer_id,
        currency=new.currency,
        document_id=invoice.id,
        number=invoice.number,
        amount_minor=amount_minor,
        allocated_on=max(new.received_on, invoice.issued_on),
        at=new.at,
        payment_id=new.id,
        settles=amount_minor == invoice.open_minor,
        document_total_minor=invoice.payable_minor,
    )
