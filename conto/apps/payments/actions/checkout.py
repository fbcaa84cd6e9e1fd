"""Online payments: asked for, answered, and settled exactly once whatever arrives in whatever order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger_queries
from conto.apps.payments.actions._lock import lock_money_of
from conto.apps.payments.actions._write import priced
from conto.apps.payments.actions.collecting import note_charge
from conto.apps.payments.actions.receive import receive_payment
from conto.apps.payments.actions.refund import settle_refund
from conto.apps.payments.actions.saving import (
    NewlySaved,
    SavingReport,
    agree_to_save,
    keep_saved,
    record_saving,
)
from conto.apps.payments.models import Charge, Checkout, GatewayEvent, Payment, SavedMethod
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day

REUSED_FOR = timedelta(minutes=30)
# A later state never gives way to an earlier one; money that came in beats everything.
_RANK = {"created": 0, "unknown": 1, "requires_action": 2, "pending": 3, "expired": 4, "failed": 4, "succeeded": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayReport:
    """What a gateway says of a checkout: in an answer, in an event, or when it is asked."""

    state: str  # pending | requires_action | succeeded | failed | expired | unknown
    session: str | None = None
    page_url: str = ""
    payment_ref: str | None = None
    method: str = "card"
    amount_minor: int | None = None
    currency: str | None = None
    failure_code: str = ""
    failure: str = ""
    saved: NewlySaved | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a report led to; `payment` only when this very report brought it."""

    checkout: Checkout
    payment: Payment | None


@dataclass(frozen=True, slots=True)
class AppliedEvent:
    """What an event led to; `payment` only when this very event brought it."""

    outcome: str
    payment: Payment | None = None


@transaction.atomic
def start_checkout(
    *,
    document: Document,
    gateway: str,
    actor: Actor,
    at: datetime,
    amount_minor: int | None = None,
    consent: str = "",
) -> Checkout:
    """Note that a customer wants to pay a document online, before the gateway is asked.

    A checkout for the same amount that is still under way is given again, so that two clicks pay once. With the
    `consent` of the customer what pays is saved too.

    Raises: RuleBroken `checkout.nothing_open`, `checkout.more_than_open`; Conflict `checkout.being_charged`.
    """
    lock_money_of([document.customer_id])
    open_minor = ledger_queries.open_minor(document.id) if document.kind != "credit_note" else 0
    if open_minor <= 0:
        raise RuleBroken("checkout.nothing_open", "%(number)s is already paid. Thank you.", number=document.number)
    amount = _payable(document, open_minor, amount_minor)
    under_way = Checkout.objects.filter(
        document=document,
        gateway=gateway,
        amount_minor=amount,
        state__in=["created", "unknown", "requires_action"],
        charge__isnull=True,
        saving__isnull=not consent,
        created_at__gt=at - REUSED_FOR,
    ).order_by("-created_at")
    if found := under_way.first():
        return found
    started = Checkout.objects.create(
        id=new_id(),
        document=document,
        customer_id=document.customer_id,
        gateway=gateway,
        amount_minor=amount,
        currency=document.currency,
        created_at=at,
        changed_at=at,
    )
    if consent:
        agree_to_save(
            customer=document.customer, gateway=gateway, consent=consent, checkout=started, actor=actor, at=at
        )
    audit.record(
        facts.PaymentStarted(
            subject_id=started.id,
            customer_id=started.customer_id,
            currency=started.currency,
            amount_minor=amount,
            method="card",
        ),
        actor=actor,
        at=at,
    )
    return started


def _payable(document: Document, open_minor: int, amount_minor: int | None) -> int:
    if Charge.objects.filter(document=document, ended_at__isnull=True).exists():
        raise Conflict(
            "checkout.being_charged",
            "Your saved card is being charged for %(number)s at the moment. Please do not pay again.",
            number=document.number,
        )
    amount = open_minor if amount_minor is None else amount_minor
    if not 0 < amount <= open_minor:
        raise RuleBroken(
            "checkout.more_than_open",
            "%(open)s is open on %(number)s. Choose an amount up to that.",
            open=priced(open_minor, document.currency),
            number=document.number,
        )
    return amount


@transaction.atomic
def record_gateway_answer(*, checkout_id: UUID, report: GatewayReport, actor: Actor, at: datetime) -> Heard:
    """Keep what a gateway says of a checkout and record the payment when the money is there.

    Whatever order reports arrive in: money that came in is recorded once, and a late report of an earlier state
    changes nothing.
    """
    customer_id = Checkout.objects.values_list("customer_id", flat=True).get(id=checkout_id)
    lock_money_of([customer_id])
    around = Checkout.objects.select_related("saving", "charge")  # so that most checkouts cost no query more
    checkout = around.select_for_update(of=("self",)).get(id=checkout_id)
    checkout.gateway_session = report.session or checkout.gateway_session
    checkout.page_url = report.page_url or checkout.page_url
    failed_now = report.state == "failed" and (checkout.state, checkout.failure_code) != ("failed", report.failure_code)
    payment = _receive(checkout, report, actor, at) if report.state == "succeeded" else None
    if checkout.state != "succeeded" and _RANK[report.state] >= _RANK[checkout.state]:
        checkout.state = report.state
        checkout.failure_code = report.failure_code[:60]
        checkout.failure = report.failure[:300]
        if failed_now:
            audit.record(_failed_fact(checkout), actor=actor, at=at)
    checkout.changed_at = at
    checkout.save()
    if report.saved is not None and report.state == "succeeded" and (saving := getattr(checkout, "saving", None)):
        keep_saved(saving, report.saved, actor=actor, at=at)
    if charge := getattr(checkout, "charge", None):
        note_charge(charge=charge, checkout=checkout, actor=actor, at=at)
    return Heard(checkout, payment)


def _receive(checkout: Checkout, report: GatewayReport, actor: Actor, at: datetime) -> Payment | None:
    if Payment.objects.filter(checkout=checkout).exists():
        return None
    if (report.amount_minor, report.currency) not in {(checkout.amount_minor, checkout.currency), (None, None)}:
        raise Conflict(
            "checkout.other_amount",
            "The gateway reports another amount than was asked for. Look at checkout %(checkout)s.",
            checkout=str(checkout.id),
        )
    document = checkout.document
    return receive_payment(
        customer=checkout.customer,
        legal_entity=document.legal_entity,
        method=report.method,
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        received_on=local_day(at, document.legal_entity.zone),
        reference=document.number,
        allocate_to=[(document.id, checkout.amount_minor)],
        checkout=checkout,
        gateway=checkout.gateway,
        gateway_ref=report.payment_ref or str(checkout.id),
        actor=actor,
        at=at,
    )


def _failed_fact(checkout: Checkout) -> facts.Fact:
    return facts.PaymentFailed(
        subject_id=checkout.id,
        customer_id=checkout.customer_id,
        currency=checkout.currency,
        amount_minor=checkout.amount_minor,
        method="card",
        reason=checkout.failure or checkout.failure_code,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEvent:
    """A webhook event, read and verified: about a checkout, about something saved, or about a refund."""

    event_id: str
    kind: str
    body: dict[str, Any]
    checkout_id: UUID | None = None
    report: GatewayReport | None = None
    refund_id: UUID | None = None
    refund_state: str = ""
    refund_ref: str | None = None
    failure: str = ""
    method_id: UUID | None = None
    saving: SavingReport | None = None


@transaction.atomic
def apply_gateway_event(*, gateway: str, event: IncomingEvent, actor: Actor, at: datetime) -> AppliedEvent | None:
    """Keep a gateway's event and do what it says, once; nothing for one that is known.

    A second delivery at the same moment waits for the first by the unique key, then finds it done.
    """
    row = GatewayEvent(
        id=new_id(), gateway=gateway, event_id=event.event_id, kind=event.kind, body=event.body, received_at=at
    )
    GatewayEvent.objects.bulk_create([row], ignore_conflicts=True)
    kept = GatewayEvent.objects.select_for_update().get(gateway=gateway, event_id=event.event_id)
    if kept.applied_at is not None:
        return None
    applied = _apply(gateway, event, actor, at)
    kept.outcome = applied.outcome
    kept.applied_at = at
    kept.save(update_fields=["outcome", "applied_at"])
    return applied


def _apply(gateway: str, event: IncomingEvent, actor: Actor, at: datetime) -> AppliedEvent:
    if event.refund_id:
        settled = settle_refund(
            refund_id=event.refund_id,
            state=event.refund_state,
            gateway_ref=event.refund_ref,
            failure=event.failure,
            actor=actor,
            at=at,
        )
        return AppliedEvent(f"refund {settled.state}" if settled else "no such refund")
    if event.method_id and event.saving:
        if not SavedMethod.objects.filter(id=event.method_id, gateway=gateway).exists():
            return AppliedEvent("not about anything saved in this book")
        method = record_saving(method_id=event.method_id, report=event.saving, actor=actor, at=at)
        return AppliedEvent(f"saving {method.state}")
    if event.report is None or event.checkout_id is None:
        return AppliedEvent("not about a checkout")
    if not Checkout.objects.filter(id=event.checkout_id, gateway=gateway).exists():
        return AppliedEvent("not about a checkout of this book")
    heard = record_gateway_answer(checkout_id=event.checkout_id, report=event.report, actor=actor, at=at)
    return AppliedEvent(f"checkout {heard.checkout.state}", heard.payment)
