"""Give money back: taken off invoices where it must be, spent in the books, then asked of the gateway."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.flows.checkout import ASKED_AFTER, MOST_ASKED_AT_ONCE, REFUND_STATES
from conto.gateways import payment as gateways
from conto.gateways.payment.protocol import GatewayRefused, GatewaySilent, RefundWish

if TYPE_CHECKING:
    from conto.apps.payments.models import Payment, Refund


@dataclass(frozen=True, slots=True)
class Reopened:
    """An invoice that the refund takes money off: how much, and what is open there afterwards.

    A discount for paying early that came with the money is taken back too.
    """

    document_id: UUID
    number: str
    amount_minor: int
    discount_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What a refund will do, exactly."""

    amount_minor: int
    most_minor: int
    from_credit_minor: int
    reopened: tuple[Reopened, ...]
    goes_through_gateway: bool


def preview(payment: "Payment", amount_minor: int, method: str) -> RefundPreview:
    """Return what a refund will do: credit first, then off the invoices that were settled last.

    Raises: RuleBroken `refund.not_positive`, `refund.above_paid`.
    """
    left = ledger.open_minor(payment.id)
    allocations = list(queries.allocations_of_payment(payment.id))
    most = left + sum(allocation.amount_minor for allocation in allocations)
    if amount_minor <= 0:
        raise RuleBroken("refund.not_positive", "A refund is more than 0.")
    if amount_minor > most:
        raise RuleBroken(
            "refund.above_paid",
            "No more than %(most)s can be refunded: that is what is left of this payment after earlier refunds.",
            most=actions.priced(most, payment.currency),
        )
    missing = max(0, amount_minor - left)
    taken: dict[UUID, tuple[str, int]] = {}
    for allocation in reversed(allocations):
        part = min(missing, allocation.amount_minor)
        if part > 0:
            number, before = taken.get(allocation.document_id, (allocation.document.number, 0))
            taken[allocation.document_id] = (number, before + part)
            missing -= part
    open_minor = ledger.open_by_document(taken)
    standing = payment.early_discounts.filter(document_id__in=taken, entry__reversed_by__isnull=True)
    discounts = dict(standing.values_list("document_id", "gross_minor"))
    return RefundPreview(
        amount_minor,
        most,
        min(amount_minor, left),
        tuple(
            Reopened(document_id, number, part, discount, open_minor[document_id] + part + discount)
            for document_id, (number, part) in taken.items()
            for discount in (discounts.get(document_id, 0),)
        ),
        bool(payment.gateway) and method == payment.method,
    )


def refund(
    payment: "Payment",
    *,
    refund_id: UUID,
    amount_minor: int,
    method: str,
    refunded_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> "Refund":
    """Refund a payment, even where it settles invoices; the gateway is asked after the books are written.

    Raises: RuleBroken `refund.not_positive`, `refund.above_paid`.
    """
    with transaction.atomic():
        known = queries.refund(refund_id)
        if known is None:
            _take_off(payment, preview(payment, amount_minor, method), actor, at)
            known = actions.refund(
                payment=payment,
                amount_minor=amount_minor,
                method=method,
                refunded_on=refunded_on,
                reason=reason,
                refund_id=refund_id,
                actor=actor,
                at=at,
            )
    ask_gateway(refund_id, at=at)
    return known


def _take_off(payment: "Payment", shown: RefundPreview, actor: Actor, at: datetime) -> None:
    missing = sum(reopened.amount_minor for reopened in shown.reopened)
    for allocation in reversed(list(queries.allocations_of_payment(payment.id))):
        if missing <= 0:
            return
        actions.reverse_allocation(allocation=allocation, actor=actor, at=at)
        kept = allocation.amount_minor - min(missing, allocation.amount_minor)
        missing -= allocation.amount_minor - kept
        if kept:
            actions.allocate(payment=payment, document=allocation.document, amount_minor=kept, actor=actor, at=at)


def ask_gateway(refund_id: UUID, *, at: datetime) -> None:
    """Ask the gateway to pay a refund back and keep its answer; nothing for a refund by hand or a settled one.

    The refund's id is the idempotency key: asking again never pays twice.
    """
    asked = queries.gateway_refund(refund_id)
    if asked is None or asked.state in {"succeeded", "failed"}:
        return
    refunded = asked.refund
    payment = refunded.payment
    assert payment is not None  # noqa: S101 -- only payments go through a gateway
    wish = RefundWish(
        reference=str(refund_id),
        payment_ref=payment.gateway_ref or "",
        amount_minor=refunded.amount_minor,
        currency=refunded.currency,
    )
    state, ref, failure = "unknown", None, ""
    try:
        answer = gateways.open_gateway(asked.gateway).refund(wish)
        state, ref, failure = REFUND_STATES.get(answer.state, "asked"), answer.refund, answer.failure
    except GatewaySilent:
        pass
    except GatewayRefused as refusal:
        state, failure = "failed", refusal.message or refusal.code
    actions.settle_refund(refund_id=refund_id, state=state, gateway_ref=ref, failure=failure, actor=SYSTEM, at=at)


def reconcile(*, at: datetime) -> int:
    """Ask the gateway again about refunds without a last word; return how many were asked."""
    unheard = list(queries.unsettled_refunds(at - ASKED_AFTER)[:MOST_ASKED_AT_ONCE])
    for asked in unheard:
        ask_gateway(asked.refund_id, at=at)
    return len(unheard)
