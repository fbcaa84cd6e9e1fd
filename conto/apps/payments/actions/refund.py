"""Money that goes back: the credit is spent in the books first, so that nobody can spend it twice."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import Document
from conto.apps.ledger import actions as ledger
from conto.apps.ledger import queries as ledger_queries
from conto.apps.payments.actions._lock import lock_money_of
from conto.apps.payments.actions._write import MONEY_ACCOUNT, priced
from conto.apps.payments.models import METHODS, GatewayRefund, Payment, Refund
from conto.domain import facts, journal
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.journal import AccountRole, EntryKind
from conto.domain.period import local_day


@transaction.atomic
def refund(  # noqa: PLR0913 -- a refund has these parts
    *,
    amount_minor: int,
    method: str,
    refunded_on: date,
    actor: Actor,
    at: datetime,
    payment: Payment | None = None,
    credit_note: Document | None = None,
    reason: str = "",
    refund_id: UUID | None = None,
) -> Refund:
    """Give back what is left of a payment or credit note.

    The refund of a payment that came through a gateway is asked of the gateway afterwards (`GatewayRefund`); when the
    gateway refuses, `settle_refund` reverses it. A `refund_id` that is already recorded gives that refund.

    Raises: RuleBroken `refund.not_positive`, `refund.more_than_left`, `refund.unknown_method`.
    """
    credit = payment or credit_note
    if credit is None or (payment and credit_note):
        raise RuleBroken("refund.one_credit", "Either a payment or a credit note is refunded.")
    lock_money_of([credit.customer_id])
    if refund_id and (known := Refund.objects.filter(id=refund_id).first()):
        return known
    _check(credit, amount_minor, method)
    gateway = payment.gateway if payment and method == payment.method else ""
    new_refund_id = refund_id or new_id()
    entry = ledger.post(
        legal_entity=credit.legal_entity,
        currency=credit.currency,
        kind=EntryKind.PAYMENT_REFUNDED,
        dated_on=refunded_on,
        subject_id=new_refund_id,
        transfers=journal.payment_refunded(
            credit.id, amount_minor, AccountRole.GATEWAY_CLEARING if gateway else MONEY_ACCOUNT[method]
        ),
        at=at,
        customer_id=credit.customer_id,
        memo=reason[:200],
    )
    made = Refund.objects.create(
        id=new_refund_id,
        customer_id=credit.customer_id,
        payment=payment,
        credit_note=credit_note,
        method=method,
        amount_minor=amount_minor,
        currency=credit.currency,
        refunded_on=refunded_on,
        reason=reason[:300],
        gateway=gateway,
        entry=entry,
        at=at,
    )
    if gateway:
        GatewayRefund.objects.create(refund=made, gateway=gateway, changed_at=at)
    audit.record(_refunded_fact(made), actor=actor, at=at)
    return made


def _check(credit: Payment | Document, amount_minor: int, method: str) -> None:
    if amount_minor <= 0:
        raise RuleBroken("refund.not_positive", "A refund is more than 0.")
    if method not in METHODS:
        raise RuleBroken("payment.unknown_method", "“%(method)s” is not a way to pay.", method=method)
    left = ledger_queries.open_minor(credit.id)
    if amount_minor > left:
        raise RuleBroken(
            "refund.more_than_left",
            "Only %(left)s can be refunded: the rest settles invoices or was refunded before. "
            "Take the payment off an invoice first to refund that part.",
            left=priced(left, credit.currency),
        )


def _refunded_fact(made: Refund) -> facts.Fact:
    return facts.PaymentRefunded(
        subject_id=made.id,
        customer_id=made.customer_id,
        entry_id=made.entry_id,
        payment_id=made.payment_id,
        currency=made.currency,
        amount_minor=made.amount_minor,
        method=made.method,
        reason=made.reason,
    )


@transaction.atomic
def settle_refund(
    *, refund_id: UUID, state: str, actor: Actor, at: datetime, gateway_ref: str | None = None, failure: str = ""
) -> GatewayRefund | None:
    """Keep what the gateway said of a refund; a refused one is reversed: the credit is back.

    What is settled stays settled, in whatever order answers and events arrive.
    """
    first = GatewayRefund.objects.filter(refund_id=refund_id).select_related("refund").first()
    if first is None:
        return None
    lock_money_of([first.refund.customer_id])
    asked = GatewayRefund.objects.select_for_update(of=("self",)).select_related("refund__entry").get(pk=refund_id)
    if asked.state in {"succeeded", "failed"}:
        return asked
    asked.state = state
    asked.gateway_ref = gateway_ref or asked.gateway_ref
    asked.failure = failure[:300]
    asked.changed_at = at
    if state == "failed":
        made = asked.refund
        on = max(local_day(at, made.entry.legal_entity.zone), made.refunded_on)
        asked.reversal = ledger.reverse(entry=made.entry, dated_on=on, at=at, memo=failure[:200], subject_id=made.id)
        audit.record(_refund_failed_fact(made, asked.reversal.id, failure), actor=actor, at=at)
    asked.save(update_fields=["state", "gateway_ref", "failure", "changed_at", "reversal"])
    return asked


def _refund_failed_fact(made: Refund, entry_id: UUID, failure: str) -> facts.Fact:
    return facts.PaymentFailed(
        subject_id=made.id,
        customer_id=made.customer_id,
        entry_id=entry_id,
        currency=made.currency,
        amount_minor=made.amount_minor,
        method=made.method,
        reason=failure,
    )
