"""Pay online: our row first, the gateway outside any transaction, and the payment recorded once whoever tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.flows.take_payment import tell_of_online_payment
from conto.gateways import payment as gateways
from conto.gateways.payment.protocol import (
    ChargeWish,
    GatewayRefused,
    GatewaySilent,
    Notice,
    RefundState,
    Saved,
    SavingState,
    SessionState,
    SessionWish,
)

if TYPE_CHECKING:
    from conto.apps.accounts.models import Business
    from conto.apps.invoicing.models import Document
    from conto.apps.payments.models import Checkout

ASKED_AFTER = timedelta(seconds=45)
REFUND_STATES = {"succeeded": "succeeded", "failed": "failed", "expired": "failed"}
MOST_ASKED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Way:
    """How a checkout goes on: to the gateway's page, or to wait when the gateway says nothing."""

    checkout_id: UUID
    page_url: str  # empty: the gateway did not answer


def offered_gateway(business: "Business | None") -> str:
    """Return the gateway of this book, or nothing when customers cannot pay online."""
    return "sandbox" if business is not None and business.is_sandbox else ""


def begin(
    document: "Document", *, gateway: str, return_url: str, cancel_url: str, at: datetime, consent: str = ""
) -> Way:
    """Open a payment page for what is open of a document; with the customer's `consent` what pays is saved.

    The checkout is committed before the gateway is asked, and its id is the gateway's idempotency key: whatever is
    cut off, asking again gives the same page, and no answer never means "failed".

    Raises: RuleBroken `checkout.nothing_open`, `checkout.refused`; Conflict `checkout.being_charged`.
    """
    actor = Actor(None, "customer", document.customer.name)
    checkout = actions.start_checkout(document=document, gateway=gateway, actor=actor, at=at, consent=consent)
    wish = SessionWish(
        reference=str(checkout.id),
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        description=document.number,
        payee=document.legal_entity.name,
        language=document.language,
        return_url=f"{return_url}?checkout={checkout.id}",
        cancel_url=cancel_url,
        webhook_url=webhook_url(gateway),
        saves=bool(consent),
    )
    try:
        report = report_of(gateways.open_gateway(gateway).open_session(wish))
    except GatewaySilent:
        report = actions.GatewayReport(state="unknown")
    except GatewayRefused as refusal:
        report = actions.GatewayReport(state="failed", failure_code=refusal.code, failure=refusal.message)
    kept = keep(checkout.id, report, at)
    if report.state == "failed":
        raise RuleBroken("checkout.refused", "Paying online does not work at the moment. Please pay by bank transfer.")
    return Way(kept.id, kept.page_url)


def hear(gateway: str, body: bytes, headers: Mapping[str, str], *, now: datetime, at: datetime) -> str:
    """Take a webhook event: verified on its raw bytes, kept once, applied once; return what came of it.

    Raises: KeyError for a gateway that is none, BadSignature.
    """
    notice = gateways.open_gateway(gateway).read_event(body, headers, now)
    with transaction.atomic():
        applied = actions.apply_gateway_event(gateway=gateway, event=_event(notice), actor=SYSTEM, at=at)
        if applied is not None and applied.payment is not None:
            tell_of_online_payment(applied.payment, at=at)
    return applied.outcome if applied is not None else "known already"


def ask_again(checkout: "Checkout", *, at: datetime) -> "Checkout":
    """Ask the gateway where a checkout stands and keep the answer; without an answer nothing changes."""
    try:
        state = gateways.open_gateway(checkout.gateway).session_state(str(checkout.id))
    except (GatewaySilent, GatewayRefused):
        return checkout
    if state is None and hasattr(checkout, "charge"):
        return charge_again(checkout, at=at)
    if state is None:
        # The gateway never heard of it: it cannot have been paid, and the customer may begin anew.
        return keep(checkout.id, actions.GatewayReport(state="expired"), at)
    return keep(checkout.id, report_of(state), at)


def charge_again(checkout: "Checkout", *, at: datetime) -> "Checkout":
    """Ask for a charge of which the gateway never heard, by the same key, so that it is charged once at most.

    What is open no more is not asked for: the attempt is over.

    Source: CL-4.
    """
    if ledger.open_minor(checkout.document_id) < checkout.amount_minor:
        return keep(checkout.id, actions.GatewayReport(state="expired"), at)
    return charge(checkout, at=at)


def charge(checkout: "Checkout", *, at: datetime) -> "Checkout":
    """Ask the gateway to charge what was saved, and keep what it says; no answer never means "failed".

    What was removed meanwhile is not charged: the attempt is over.

    Source: CL-3.
    """
    method = queries.method_by_id(checkout.charge.method_id)
    if method is None or method.state != "saved":
        return keep(checkout.id, actions.GatewayReport(state="expired"), at)
    wish = ChargeWish(
        reference=str(checkout.id),
        token=actions.token_of(method),
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        description=checkout.document.number,
        webhook_url=webhook_url(checkout.gateway),
    )
    try:
        report = report_of(gateways.open_gateway(checkout.gateway).charge(wish))
    except GatewaySilent:
        report = actions.GatewayReport(state="unknown")
    except GatewayRefused as refusal:
        report = actions.GatewayReport(state="failed", failure_code=refusal.code, failure=refusal.message)
    return keep(checkout.id, report, at)


def reconcile(*, at: datetime) -> int:
    """Ask the gateway about everything that it has not said the last word on; return how many were asked."""
    unheard = list(queries.unsettled_checkouts(at - ASKED_AFTER)[:MOST_ASKED_AT_ONCE])
    for checkout in unheard:
        ask_again(checkout, at=at)
    return len(unheard)


def webhook_url(gateway: str) -> str:
    """Return where a gateway tells what happened."""
    return f"{settings.PUBLIC_URL}/webhooks/payment/{gateway}"


def keep(checkout_id: UUID, report: actions.GatewayReport, at: datetime) -> "Checkout":
    """Keep what a gateway says of a checkout, and tell of a payment that this very report brought."""
    with transaction.atomic():
        heard = actions.record_gateway_answer(checkout_id=checkout_id, report=report, actor=SYSTEM, at=at)
        if heard.payment is not None:
            tell_of_online_payment(heard.payment, at=at)
    return heard.checkout


def report_of(state: SessionState) -> actions.GatewayReport:
    """Put what a gateway says of a checkout into the words of the area of payments."""
    return actions.GatewayReport(
        state=state.state,
        session=state.session,
        page_url=state.page_url,
        payment_ref=state.payment_ref,
        method=state.method,
        amount_minor=state.amount_minor,
        currency=state.currency,
        failure_code=state.failure_code,
        failure=state.failure,
        saved=_saved(state.saved),
    )


def saving_report_of(state: SavingState) -> actions.SavingReport:
    """Put what a gateway says of a page for saving into the words of the area of payments."""
    return actions.SavingReport(state=state.state, page_url=state.page_url, saved=_saved(state.saved))


def _saved(saved: Saved | None) -> actions.NewlySaved | None:
    if saved is None:
        return None
    return actions.NewlySaved(
        token=saved.token, brand=saved.brand, last_four=saved.last_four, expires_on=saved.expires_on
    )


def _event(notice: Notice) -> actions.IncomingEvent:
    refund: RefundState | None = notice.refund
    return actions.IncomingEvent(
        event_id=notice.event_id,
        kind=notice.kind,
        body=notice.body,
        checkout_id=_uuid(notice.session.reference) if notice.session else None,
        report=report_of(notice.session) if notice.session else None,
        refund_id=_uuid(refund.reference) if refund else None,
        refund_state=REFUND_STATES.get(refund.state, "asked") if refund else "",
        refund_ref=refund.refund if refund else None,
        failure=refund.failure if refund else "",
        method_id=_uuid(notice.saving.reference) if notice.saving else None,
        saving=saving_report_of(notice.saving) if notice.saving else None,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
