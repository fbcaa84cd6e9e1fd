"""How a customer bought and paid before, for what they are offered next."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Min, Q

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.domain.invoice_words import PaidBefore
from conto.domain.permissions import Permission
from conto.domain.quote import PastInvoice, discount_given

LOOKS_BACK = timedelta(days=730)
MOST = 200  # the latest invoices
_SETTLED = """LEFT JOIN ledger_openitem o ON o.item_id = d.id AND o.side = 'receivable'
LEFT JOIN LATERAL (SELECT max(a.allocated_on) AS last_on FROM payments_allocation a
    WHERE a.document_id = d.id AND a.payment_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM payments_allocationreversal r WHERE r.allocation_id = a.id)) settled ON true"""
_PAST = f"""
SELECT d.issued_on, d.due_on, settled.last_on, coalesce(o.open_minor, 0) > 0, d.lines_net_minor, d.allowances_minor,
    lines.asked, lines.off
FROM invoicing_document d
{_SETTLED}
LEFT JOIN LATERAL (SELECT sum(l.amount_minor) AS asked, sum(l.allowance_minor) AS off FROM invoicing_documentline l
    WHERE l.document_id = d.id) lines ON true
WHERE d.customer_id = %(customer)s AND d.kind IN ('invoice', 'final') AND d.payable_minor > 0
  AND d.issued_on > %(since)s AND d.issued_on <= %(today)s
ORDER BY d.issued_on DESC, d.id DESC LIMIT %(most)s
"""  # noqa: S608 -- our own words
_BEFORE = f"""
SELECT d.issued_on, d.due_on, settled.last_on, coalesce(o.open_minor, 0), d.currency
FROM invoicing_document d
{_SETTLED}
WHERE d.customer_id = %(customer)s AND d.kind IN ('invoice', 'final') AND d.payable_minor > 0
  AND (d.issued_at, d.id) < (%(issued_at)s, %(document)s) AND d.issued_on > %(since)s
ORDER BY d.issued_on DESC, d.id DESC LIMIT %(most)s
"""  # noqa: S608 -- our own words


@dataclass(frozen=True, slots=True)
class PaidHistory:
    """How the invoices before one were paid: for words to the customer, not for members who may not see them."""

    before: tuple[PaidBefore, ...]
    has_earlier: bool
    first_on: date | None
    overdue_minor: int  # in the currency of the document


def paid_history(document: Document, today: date) -> PaidHistory:
    """Return how the invoices of the last two years before a document were paid, with two queries.

    Source: IW-2.
    """
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "customer": document.customer_id, "document": document.id, "issued_at": document.issued_at,
            "since": today - LOOKS_BACK, "most": MOST,
        }  # fmt: skip
        cursor.execute(_BEFORE, asked)
        rows = cursor.fetchall()
    earlier = Q(issued_at__lt=document.issued_at) | Q(issued_at=document.issued_at, id__lt=document.id)
    first_on = Document.objects.filter(
        earlier, customer_id=document.customer_id, kind__in=["invoice", "final"]
    ).aggregate(first=Min("issued_on"))["first"]
    return PaidHistory(
        tuple(PaidBefore(on, due, None if left else paid, left > 0) for on, due, paid, left, _currency in rows),
        first_on is not None,
        first_on,
        sum(minor for _on, due, _paid, minor, currency in rows if due < today and currency == document.currency),
    )


def past_invoices(member: Member | None, customer: Customer, today: date) -> list[PastInvoice]:
    """Return the invoices of a customer of the last two years, the latest first; nothing of what a member may not see.

    Source: Q-10, Q-11.
    """
    if member is None or not member.may(Permission.INVOICE_VIEW) or not crm.sees_customer(member, customer):
        return []
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"customer": customer.id, "today": today, "since": today - LOOKS_BACK, "most": MOST}
        cursor.execute(_PAST, asked)
        return [
            PastInvoice(
                issued_on, due_on, None if is_open else paid_on, is_open,
                discount_given(
                    [(int(price or 0), int(off or 0))], lines_net_minor=net, allowances_minor=allowances
                ).quantize(Decimal("0.0001")),
            )
            for issued_on, due_on, paid_on, is_open, net, allowances, price, off in cursor.fetchall()
        ]  # fmt: skip
