"""Which credit settles which invoice: allocated, and undone."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import Document
from conto.apps.ledger import actions as ledger
from conto.apps.ledger import queries as ledger_queries
from conto.apps.payments import queries
from conto.apps.payments.actions._lock import lock_money_of
from conto.apps.payments.actions._write import NewAllocation, priced, write
from conto.apps.payments.models import Allocation, AllocationReversal, Payment
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day


@transaction.atomic
def allocate(
    *,
    document: Document,
    amount_minor: int,
    actor: Actor,
    at: datetime,
    payment: Payment | None = None,
    credit_note: Document | None = None,
    allocated_on: date | None = None,
) -> Allocation:
    """Let a part of a payment or credit note settle a part of an invoice.

    Raises: RuleBroken `allocation.not_positive`, `allocation.wrong_document`, `allocation.more_than_credit`,
        `allocation.more_than_open`.
    """
    credit = payment or credit_note
    if credit is None or (payment and credit_note):
        raise RuleBroken("allocation.one_credit", "Either a payment or a credit note settles an invoice.")
    lock_money_of([credit.customer_id])
    _check(credit, document, amount_minor)
    open_minor = ledger_queries.open_minor(document.id)
    new = NewAllocation(
        id=new_id(),
        legal_entity_id=document.legal_entity_id,
        customer_id=document.customer_id,
        currency=document.currency,
        document_id=document.id,
        number=document.number,
        amount_minor=amount_minor,
        allocated_on=allocated_on or max(local_day(at, document.legal_entity.zone), document.issued_on),
        at=at,
        payment_id=payment.id if payment else None,
        credit_note_id=credit_note.id if credit_note else None,
        settles=amount_minor == open_minor,
        document_total_minor=document.payable_minor,
    )
    write([], [new], actor=actor)
    return Allocation.objects.get(id=new.id)


def _check(credit: Payment | Document, document: Document, amount_minor: int) -> None:
    if amount_minor <= 0:
        raise RuleBroken("allocation.not_positive", "An allocation is more than 0.")
    same = (credit.customer_id, credit.legal_entity_id, credit.currency) == (
        document.customer_id,
        document.legal_entity_id,
        document.currency,
    )
    if not same or document.kind == "credit_note":
        raise RuleBroken(
            "allocation.wrong_document", "A credit settles invoices of the same customer, seller and currency only."
        )
    open_minor = ledger_queries.open_by_document([credit.id, document.id])
    if amount_minor > open_minor[credit.id]:
        raise RuleBroken(
            "allocation.more_than_credit",
            "Only %(left)s is left of this credit.",
            left=priced(open_minor[credit.id], credit.currency),
        )
    if amount_minor > open_minor[document.id]:
        raise RuleBroken(
            "allocation.more_than_open",
            "Only %(open)s is open on %(number)s.",
            open=priced(open_minor[document.id], document.currency),
            number=document.number,
        )


@transaction.atomic
def allocate_credit(*, credit_note: Document, actor: Actor, at: datetime) -> Allocation | None:
    """Let a credit note settle the invoice that it corrects, up to what is open there.

    What is left stays the customer's credit: it can settle another invoice or be paid back.
    """
    lock_money_of([credit_note.customer_id])
    invoice = credit_note.corrects
    if invoice is None:
        return None
    open_minor = ledger_queries.open_by_document([credit_note.id, invoice.id])
    part = min(open_minor.values())
    if part <= 0:
        return None
    return allocate(
        credit_note=credit_note,
        document=invoice,
        amount_minor=part,
        actor=actor,
        at=at,
        allocated_on=credit_note.issued_on,
    )


@transaction.atomic
def reverse_allocation(*, allocation: Allocation, actor: Actor, at: datetime, reason: str = "") -> AllocationReversal:
    """Undo an allocation: the invoice is open again, the customer has the credit again.

    An early-payment discount that came with it is undone too.

    Raises: Conflict `allocation.already_reversed`.
    """
    lock_money_of([allocation.customer_id])
    if AllocationReversal.objects.filter(allocation=allocation).exists():
        raise Conflict("allocation.already_reversed", "This allocation is already undone.")
    document = allocation.document
    on = max(local_day(at, document.legal_entity.zone), allocation.allocated_on)
    if allocation.payment:
        for discount in queries.early_discounts_of(document.id).filter(payment=allocation.payment):
            ledger.reverse(entry=discount.entry, dated_on=on, at=at, subject_id=discount.id)
    entry = ledger.reverse(entry=allocation.entry, dated_on=on, at=at, memo=document.number, subject_id=allocation.id)
    reversal = AllocationReversal.objects.create(allocation=allocation, reason=reason[:300], at=at, entry=entry)
    audit.record(_reversed_fact(allocation, document, entry.id, reason), actor=actor, at=at)
    return reversal


def _reversed_fact(allocation: Allocation, document: Document, entry_id: UUID, reason: str) -> facts.Fact:
    credit_id = allocation.payment_id or allocation.credit_note_id
    assert credit_id is not None  # noqa: S101 -- the constraint allocation_one_credit says so too
    return facts.AllocationReversed(
        subject_id=allocation.id,
        customer_id=allocation.customer_id,
        entry_id=entry_id,
        credit_id=credit_id,
        document_id=document.id,
        number=document.number,
        currency=document.currency,
        amount_minor=allocation.amount_minor,
        reason=reason,
    )
