"""How a customer bought and paid before, for what they are offered next."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.domain.permissions import Permission
from conto.domain.quote import PastInvoice, discount_given

LOOKS_BACK = timedelta(days=730)
MOST = 200  # the latest invoices
_PAST = """
SELECT d.issued_on, d.due_on, settled.last_on, coalesce(o.open_minor, 0) > 0, d.lines_net_minor, d.allowances_minor,
    lines.asked, lines.off
FROM invoicing_document d
LEFT JOIN ledger_openitem o ON o.item_id = d.id AND o.side = 'receivable'
LEFT JOIN LATERAL (SELECT max(a.allocated_on) AS last_on FROM payments_allocation a
    WHERE a.document_id = d.id AND a.payment_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM payments_allocationreversal r WHERE r.allocation_id = a.id)) settled ON true
LEFT JOIN LATERAL (SELECT sum(l.amount_minor) AS asked, sum(l.allowance_minor) AS off FROM invoicing_documentline l
    WHERE l.document_id = d.id) lines ON true
WHERE d.customer_id = %(customer)s AND d.kind IN ('invoice', 'final') AND d.payable_minor > 0
  AND d.issued_on > %(since)s AND d.issued_on <= %(today)s
ORDER BY d.issued_on DESC, d.id DESC LIMIT %(most)s
"""


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
