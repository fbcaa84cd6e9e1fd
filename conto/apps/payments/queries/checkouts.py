"""Checkouts and refunds of which the gateway has not said the last word."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from conto.apps.payments.models import UNSETTLED_STATES, Checkout, GatewayRefund, Payment, Refund

TRIED_AGAIN_WITHIN = timedelta(days=1)
FAILED_ASKED_EVERY = timedelta(minutes=10)


def checkout(checkout_id: UUID) -> Checkout | None:
    """Give a checkout with its document."""
    return Checkout.objects.select_related("document__legal_entity", "customer").filter(id=checkout_id).first()


def checkouts_of_document(document_id: UUID) -> QuerySet[Checkout]:
    """Give the attempts to pay a document online on a page, the latest first."""
    return Checkout.objects.filter(document_id=document_id, charge__isnull=True).order_by("-created_at", "-id")


def unsettled_checkouts(before: datetime) -> QuerySet[Checkout]:
    """Give checkouts that nothing was heard of since `before`, the oldest first."""
    unheard = Checkout.objects.filter(state__in=UNSETTLED_STATES, changed_at__lt=before)
    return unheard.select_related("charge__method").order_by("changed_at")


def unsettled_refunds(before: datetime) -> QuerySet[GatewayRefund]:
    """Give refunds that the gateway has not confirmed since `before`, the oldest first."""
    return (
        GatewayRefund.objects.filter(state__in=["asked", "unknown"], changed_at__lt=before)
        .select_related("refund__payment")
        .order_by("changed_at")
    )


def gateway_refund(refund_id: UUID) -> GatewayRefund | None:
    """Give how a refund fares at its gateway, or nothing for a refund by hand."""
    return GatewayRefund.objects.select_related("refund__payment").filter(refund_id=refund_id).first()


def payment_of_checkout(checkout_id: UUID) -> Payment | None:
    """Give the payment that a checkout led to."""
    return Payment.objects.filter(checkout_id=checkout_id).first()


def refund(refund_id: UUID) -> Refund | None:
    """Give a refund with its customer."""
    return Refund.objects.select_related("customer", "payment").filter(id=refund_id).first()


def checkouts_under_way(document_ids: list[UUID]) -> QuerySet[Checkout]:
    """Give the attempts on documents that may still bring money."""
    return Checkout.objects.filter(Q(document_id__in=document_ids), state__in=UNSETTLED_STATES)
