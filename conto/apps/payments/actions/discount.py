"""Paying early: what was left open inside the window is a discount, not a debt."""

from datetime import datetime

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import Document
from conto.apps.ledger import actions as ledger
from conto.apps.ledger import queries as ledger_queries
from conto.apps.payments import queries
from conto.apps.payments.actions._lock import lock_money_of
from conto.apps.payments.actions._write import priced
from conto.apps.payments.models import EarlyDiscount, Payment
from conto.domain import facts, journal
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.invoice import discount_parts
from conto.domain.journal import EntryKind


@transaction.atomic
def take_early_discount(*, document: Document, payment: Payment, actor: Actor, at: datetime) -> EarlyDiscount:
    """Settle what a payment inside the discount window left open, with its share of tax.

    Raises: RuleBroken `early_discount.not_offered` outside the window, `early_discount.too_little_paid` when more is
        open than the discount covers.
    Source: I-4.
    """
    lock_money_of([document.customer_id])
    offer = queries.early_discount_offer(document, payment.received_on)
    if offer is None or not payment.allocations.filter(document=document, reversal__isnull=True).exists():
        raise RuleBroken(
            "early_discount.not_offered",
            "No discount for paying early is open on %(number)s for this payment.",
            number=document.number,
        )
    open_minor = ledger_queries.open_minor(document.id)
    if offer.enough_minor > 0:
        raise RuleBroken(
            "early_discount.too_little_paid",
            "%(missing)s more is needed on %(number)s to take the discount of %(discount)s.",
            missing=priced(offer.enough_minor, document.currency),
            discount=priced(offer.discount_minor, document.currency),
            number=document.number,
        )
    return _write_discount(document, payment, open_minor, actor, at)


def _write_discount(
    document: Document, payment: Payment, gross_minor: int, actor: Actor, at: datetime
) -> EarlyDiscount:
    parts = discount_parts(queries.tax_groups_of(document.id), gross_minor)
    discount_id = new_id()
    entry = ledger.post(
        legal_entity=document.legal_entity,
        currency=document.currency,
        kind=EntryKind.EARLY_DISCOUNT_TAKEN,
        dated_on=max(payment.received_on, document.issued_on),
        subject_id=discount_id,
        transfers=journal.early_discount_taken(document.id, parts),
        at=at,
        customer_id=document.customer_id,
        memo=document.number,
    )
    tax_minor = sum(part.tax_minor for part in parts)
    taken = EarlyDiscount.objects.create(
        id=discount_id,
        document=document,
        payment=payment,
        customer_id=document.customer_id,
        gross_minor=gross_minor,
        net_minor=gross_minor - tax_minor,
        tax_minor=tax_minor,
        at=at,
        entry=entry,
    )
    audit.record(
        facts.EarlyDiscountTaken(
            subject_id=document.id,
            customer_id=document.customer_id,
            entry_id=entry.id,
            number=document.number,
            currency=document.currency,
            discount_minor=gross_minor,
            tax_corrected_minor=tax_minor,
        ),
        actor=actor,
        at=at,
    )
    audit.record(
        facts.InvoicePaid(
            subject_id=document.id,
            customer_id=document.customer_id,
            number=document.number,
            currency=document.currency,
            total_minor=document.payable_minor,
        ),
        actor=actor,
        at=at,
    )
    return taken
