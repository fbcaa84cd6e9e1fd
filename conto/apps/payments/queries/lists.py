"""Lists of payments and refunds, and one of each."""

import base64
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.ledger import queries as ledger
from conto.apps.payments.models import Allocation, Payment, Refund
from conto.apps.payments.queries.credits import settled_by_payment
from conto.domain.permissions import Permission

PaymentView = Literal["all", "unallocated", "refunds"]


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One row of the list of payments."""

    id: UUID
    received_on: date
    customer_id: UUID
    customer_name: str
    method: str
    reference: str
    currency: str
    amount_minor: int
    open_minor: int
    settles: tuple[tuple[UUID, str, int], ...]  # documents: id, number, amount


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One row of the list of refunds."""

    id: UUID
    refunded_on: date
    customer_id: UUID
    customer_name: str
    method: str
    reason: str
    currency: str
    amount_minor: int
    payment_id: UUID | None
    credit_note_number: str
    gateway_state: str  # empty: by hand


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `next_cursor` is empty on the last one."""

    rows: tuple[Any, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class PaymentTotals:
    """What stands over the list, in one currency."""

    currency: str
    received_minor: int  # within the last 30 days
    received_count: int
    credit_minor: int  # payments and credit notes of which something is left


def payments(member: Member) -> QuerySet[Payment]:
    """Give the payments that a member may see, the latest first."""
    if not member.may(Permission.PAYMENT_VIEW):
        return Payment.objects.none()
    seen = Payment.objects.filter(crm.sight_of(member))
    return seen.select_related("customer", "legal_entity").order_by("-received_on", "-id")


def payment_for(member: Member, payment_id: UUID) -> Payment | None:
    """Give a payment with its customer and seller, or nothing when it is not visible."""
    return payments(member).select_related("customer", "legal_entity", "checkout").filter(id=payment_id).first()


def payment(payment_id: UUID) -> Payment | None:
    """Return a payment with its customer and seller, whoever asks."""
    return Payment.objects.select_related("customer__owner", "legal_entity").filter(id=payment_id).first()


def allocation_for(member: Member, allocation_id: UUID) -> Allocation | None:
    """Return an allocation with its credit and its document, or nothing when it is not visible."""
    if not member.may(Permission.PAYMENT_VIEW):
        return None
    found = Allocation.objects.filter(crm.sight_of(member, "document__customer"), id=allocation_id)
    return found.select_related("payment", "credit_note", "document__legal_entity", "entry").first()


def payment_page(
    member: Member,
    *,
    view: PaymentView = "all",
    customer_id: UUID | None = None,
    method: str = "",
    since: date | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page:
    """Give a page of payments, the latest first, in at most three queries."""
    found = payments(member)
    if customer_id:
        found = found.filter(customer_id=customer_id)
    if method:
        found = found.filter(method=method)
    if since:
        found = found.filter(received_on__gte=since)
    if view == "unallocated":
        found = found.filter(id__in=ledger.open_items("credit").values("item_id"))
    if cursor:
        on, last_id = _read_cursor(cursor)
        found = found.filter(Q(received_on__lt=on) | Q(received_on=on, id__lt=last_id))
    rows = list(
        found.values(
            "id",
            "received_on",
            "customer_id",
            "customer__name",
            "method",
            "reference",
            "currency",
            "amount_minor",
        )[: limit + 1]
    )
    shown = rows[:limit]
    ids = [row["id"] for row in shown]
    left = ledger.open_by_document(ids)
    settles = settled_by_payment(ids)
    return Page(
        tuple(
            PaymentRow(
                row["id"],
                row["received_on"],
                row["customer_id"],
                row["customer__name"],
                row["method"],
                row["reference"],
                row["currency"],
                row["amount_minor"],
                left[row["id"]],
                tuple(settles.get(row["id"], ())),
            )
            for row in shown
        ),
        _write_cursor(shown[-1]["received_on"], shown[-1]["id"]) if len(rows) > limit else "",
    )


def refunds(member: Member) -> QuerySet[Refund]:
    """Give the refunds that a member may see, the latest first."""
    if not member.may(Permission.PAYMENT_VIEW):
        return Refund.objects.none()
    return Refund.objects.filter(crm.sight_of(member)).order_by("-refunded_on", "-id")


def refund_page(
    member: Member, *, customer_id: UUID | None = None, method: str = "", cursor: str = "", limit: int = 50
) -> Page:
    """Give a page of refunds, the latest first, in one query."""
    found = refunds(member).select_related("customer", "credit_note", "at_gateway")
    if customer_id:
        found = found.filter(customer_id=customer_id)
    if method:
        found = found.filter(method=method)
    if cursor:
        on, last_id = _read_cursor(cursor)
        found = found.filter(Q(refunded_on__lt=on) | Q(refunded_on=on, id__lt=last_id))
    rows = list(found[: limit + 1])
    shown = rows[:limit]
    return Page(
        tuple(
            RefundRow(
                row.id,
                row.refunded_on,
                row.customer_id,
                row.customer.name,
                row.method,
                row.reason,
                row.currency,
                row.amount_minor,
                row.payment_id,
                row.credit_note.number if row.credit_note else "",
                row.at_gateway.state if hasattr(row, "at_gateway") else "",
            )
            for row in shown
        ),
        _write_cursor(shown[-1].refunded_on, shown[-1].id) if len(rows) > limit else "",
    )


def refunds_of_payment(payment_id: UUID) -> QuerySet[Refund]:
    """Give what was refunded of a payment, the oldest first, refused refunds too."""
    return Refund.objects.filter(payment_id=payment_id).select_related("at_gateway").order_by("at", "id")


def payment_totals(member: Member, today: date) -> list[PaymentTotals]:
    """Sum per currency what came in within 30 days and what customers have as credit."""
    rows = (
        payments(member)
        .filter(received_on__gt=today - timedelta(days=30), received_on__lte=today)
        .order_by("currency")
        .values_list("currency")
        .annotate(total=Sum("amount_minor"), n=Count("id"))
    )
    received = {currency: (total, n) for currency, total, n in rows}
    whose = crm.sight_of(member) or None
    credit = {total.currency: total.open_minor for total in ledger.totals_by_currency("credit", whose)}
    return [
        PaymentTotals(currency, *received.get(currency, (0, 0)), credit.get(currency, 0))
        for currency in sorted({*received, *credit})
    ]


def _write_cursor(on: date, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([on.isoformat(), str(row_id)]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[date, UUID]:
    try:
        on, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return date.fromisoformat(on), UUID(row_id)
    except (ValueError, TypeError):
        return date.max, UUID(int=2**128 - 1)
