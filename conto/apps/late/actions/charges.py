"""Charges written down, waived, and what is left out of charging."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.apps.late.actions.rule import lock_rule
from conto.apps.late.entries import PlacedCharge
from conto.apps.late.models import LateCharge, LateExclusion, LateExemption, LateWaiver
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.late import ChargeKind

LONGEST_REASON = 300


def note_charges(
    *, placed: Sequence[PlacedCharge], yearly_percent: Decimal, on: date, actor: Actor, at: datetime
) -> list[LateCharge]:
    """Write down what invoices are charged, in the transaction that drafts it.

    Source: LF-2, LF-4.
    """
    rows = [_row(each, yearly_percent, on, at) for each in placed]
    LateCharge.objects.bulk_create(rows)
    audit.record_many([(_charged(row), at) for row in rows], actor=actor)
    return rows


def _row(placed: PlacedCharge, yearly_percent: Decimal, on: date, at: datetime) -> LateCharge:
    invoice, wanted = placed.charge.invoice, placed.charge.wanted
    is_fee = placed.kind == ChargeKind.FEE
    days = None
    if not is_fee and wanted.first_on and wanted.last_on:
        days = (wanted.first_on, wanted.last_on + timedelta(days=1))
    return LateCharge(
        id=new_id(),
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        kind=placed.kind,
        document_id=placed.document_id,
        position=placed.position,
        currency=invoice.currency,
        amount_minor=wanted.fee_minor if is_fee else wanted.interest_minor,
        capped_minor=0 if is_fee else wanted.capped_minor,
        days=days,
        yearly_percent=0 if is_fee else yearly_percent,
        charged_on=on,
        at=at,
    )


def _charged(row: LateCharge) -> facts.Fact:
    first_on, end = row.days or (None, None)
    return facts.LateCharged(
        subject_id=row.invoice_id,
        customer_id=row.customer_id,
        charge_kind=row.kind,
        currency=row.currency,
        amount_minor=row.amount_minor,
        first_on=first_on,
        last_on=end - timedelta(days=1) if end else None,
    )


def locked_charge(charge_id: UUID) -> LateCharge:
    """Return a charge that is to be waived, while nobody else waives one.

    Raises: Conflict `late.already_waived`.
    Source: LF-9.
    """
    lock_rule()
    row = LateCharge.objects.get(id=charge_id)
    if LateWaiver.objects.filter(charge=row).exists():
        raise Conflict("late.already_waived", "This charge is waived already.")
    return row


@transaction.atomic
def waive(
    *, charge: LateCharge, reason: str, actor: Actor, at: datetime, credit_note: Document | None = None
) -> LateWaiver:
    """Write down that a charge is waived; its paper was seen to by the caller, in this transaction.

    Raises: RuleBroken `late.no_reason`.
    Source: LF-9.
    """
    row = LateWaiver.objects.create(
        charge=charge,
        customer_id=charge.customer_id,
        reason=said_reason(reason),
        actor_name=actor.name,
        at=at,
        credit_note=credit_note,
    )
    waived = facts.LateChargeWaived(
        subject_id=charge.invoice_id,
        customer_id=charge.customer_id,
        charge_kind=charge.kind,
        currency=charge.currency,
        amount_minor=charge.amount_minor,
        reason=row.reason,
        credit_note=credit_note.number if credit_note else "",
    )
    audit.record(waived, actor=actor, at=at)
    return row


@transaction.atomic
def exclude_invoice(*, document: Document, reason: str, actor: Actor, at: datetime) -> None:
    """Charge an invoice nothing more, with the reason.

    Raises: RuleBroken `late.no_reason`; Conflict `late.already_excluded`.
    Source: LF-1.
    """
    said = said_reason(reason)
    made = {"reason": said, "actor_name": actor.name, "at": at, "customer_id": document.customer_id}
    _row, is_new = LateExclusion.objects.get_or_create(document=document, defaults=made)
    if not is_new:
        raise Conflict("late.already_excluded", "This invoice is excluded already.")
    excluded = facts.LateExcluded(
        subject_id=document.id, customer_id=document.customer_id, number=document.number, reason=said
    )
    audit.record(excluded, actor=actor, at=at)


@transaction.atomic
def include_invoice(*, document: Document, actor: Actor, at: datetime) -> None:
    """Charge an invoice again that was excluded; days that were not charged count.

    Source: LF-1.
    """
    if LateExclusion.objects.filter(document=document).delete()[0]:
        included = facts.LateIncluded(subject_id=document.id, customer_id=document.customer_id, number=document.number)
        audit.record(included, actor=actor, at=at)


@transaction.atomic
def exempt_customer(*, customer: Customer, reason: str, actor: Actor, at: datetime) -> None:
    """Charge a customer nothing for paying late, with the reason.

    Raises: RuleBroken `late.no_reason`; Conflict `late.already_exempt`.
    Source: LF-1.
    """
    said = said_reason(reason)
    made = {"reason": said, "actor_name": actor.name, "at": at}
    _row, is_new = LateExemption.objects.get_or_create(customer=customer, defaults=made)
    if not is_new:
        raise Conflict("late.already_exempt", "This customer is exempt already.")
    exempted = facts.LateExempted(subject_id=customer.id, customer_id=customer.id, reason=said)
    audit.record(exempted, actor=actor, at=at)


@transaction.atomic
def end_exemption(*, customer: Customer, actor: Actor, at: datetime) -> None:
    """Charge a customer again who was exempt.

    Source: LF-1.
    """
    if LateExemption.objects.filter(customer=customer).delete()[0]:
        audit.record(facts.LateExemptionEnded(subject_id=customer.id, customer_id=customer.id), actor=actor, at=at)


def said_reason(reason: str) -> str:
    """Return a reason as it is kept.

    Raises: RuleBroken `late.no_reason`.
    """
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise RuleBroken("late.no_reason", "Say why.")
    return reason
