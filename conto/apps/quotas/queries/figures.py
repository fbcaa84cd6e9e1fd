"""What targets count: deals won, documents issued, payments and refunds, each with whose it is and on which day.

One source for sums and for the rows behind them, so that these always add up. It is written in SQL, since a page asks
it of many people, spans and currencies at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.crm.models import Customer
from conto.apps.deals import queries as deals
from conto.apps.quotas.models import Quota
from conto.domain.permissions import Permission

# A payment counts for whoever looks after the deals that it paid, its rest and what is given back for whoever looks
# after the customer; so all parts of it together are what came in.
_COUNTED = """
    SELECT 'won' AS measure, 'deal' AS kind, d.id AS subject_id, d.id AS deal_id, d.customer_id,
        d.owner_id AS person_id, d.currency, (d.won_at AT TIME ZONE %(zone)s)::date AS on_day,
        d.value_minor AS amount_minor, d.name AS label
    FROM deals_deal d WHERE d.state = 'won'
        AND d.won_at >= %(first)s::timestamp AT TIME ZONE %(zone)s
        AND d.won_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    UNION ALL
    SELECT 'invoiced', 'document', i.id, i.deal_id, i.customer_id, coalesce(d.owner_id, c.owner_id), i.currency,
        i.issued_on, CASE i.kind WHEN 'credit_note' THEN -i.payable_minor ELSE i.payable_minor END, i.number
    FROM invoicing_document i JOIN crm_customer c ON c.id = i.customer_id LEFT JOIN deals_deal d ON d.id = i.deal_id
    WHERE i.issued_on BETWEEN %(first)s AND %(last)s AND i.source <> 'late_charges'
        AND NOT EXISTS (SELECT FROM invoicing_document o WHERE o.id = i.corrects_id AND o.source = 'late_charges')
    UNION ALL
    SELECT 'collected', 'document', i.id, i.deal_id, p.customer_id, coalesce(d.owner_id, c.owner_id), p.currency,
        p.received_on, a.amount_minor, i.number
    FROM payments_payment p JOIN payments_allocation a ON a.payment_id = p.id
        JOIN invoicing_document i ON i.id = a.document_id JOIN crm_customer c ON c.id = i.customer_id
        LEFT JOIN deals_deal d ON d.id = i.deal_id
    WHERE p.received_on BETWEEN %(first)s AND %(last)s
        AND NOT EXISTS (SELECT FROM payments_allocationreversal r WHERE r.allocation_id = a.id)
    UNION ALL
    SELECT 'collected', 'payment', p.id, NULL, p.customer_id, c.owner_id, p.currency, p.received_on,
        p.amount_minor - settled.minor, p.reference
    FROM payments_payment p JOIN crm_customer c ON c.id = p.customer_id CROSS JOIN LATERAL (
        SELECT coalesce(sum(a.amount_minor), 0)::bigint AS minor FROM payments_allocation a
        WHERE a.payment_id = p.id
            AND NOT EXISTS (SELECT FROM payments_allocationreversal r WHERE r.allocation_id = a.id)
    ) settled
    WHERE p.received_on BETWEEN %(first)s AND %(last)s AND settled.minor <> p.amount_minor
    UNION ALL
    SELECT 'collected', CASE WHEN b.payment_id IS NULL THEN 'document' ELSE 'payment' END,
        coalesce(b.payment_id, b.credit_note_id), i.deal_id, b.customer_id, coalesce(d.owner_id, c.owner_id),
        b.currency, b.refunded_on, -b.amount_minor, coalesce(i.number, b.reason)
    FROM payments_refund b JOIN crm_customer c ON c.id = b.customer_id
        LEFT JOIN invoicing_document i ON i.id = b.credit_note_id LEFT JOIN deals_deal d ON d.id = i.deal_id
    WHERE b.refunded_on BETWEEN %(first)s AND %(last)s
"""
_OF_TARGET = """
    t.measure = n.measure AND t.currency = n.currency AND n.on_day BETWEEN t.starts_on AND (
        t.starts_on + CASE t.span WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months'
            ELSE interval '1 year' END)::date - 1
    AND (t.member_id = n.person_id OR t.team_id = m.team_id OR (t.member_id IS NULL AND t.team_id IS NULL))
"""
_SUMS = f"""
WITH counted AS ({_COUNTED})
SELECT t.id, sum(n.amount_minor)::bigint FROM quotas_quota t CROSS JOIN counted n
    LEFT JOIN accounts_member m ON m.id = n.person_id
WHERE t.id = ANY(%(targets)s) AND {_OF_TARGET} GROUP BY t.id
"""  # noqa: S608 -- joined of constants
_ROWS = f"""
WITH counted AS ({_COUNTED})
SELECT n.kind, n.subject_id, n.deal_id, n.customer_id, c.name, n.label, n.on_day, n.amount_minor
FROM quotas_quota t CROSS JOIN counted n JOIN crm_customer c ON c.id = n.customer_id
    LEFT JOIN accounts_member m ON m.id = n.person_id
WHERE t.id = ANY(%(targets)s) AND {_OF_TARGET} ORDER BY n.on_day DESC, n.kind, n.subject_id, n.amount_minor
"""  # noqa: S608 -- joined of constants
_DIVIDED = f"""
WITH counted AS ({_COUNTED})
SELECT n.person_id, sum(n.amount_minor)::bigint FROM counted n
WHERE n.measure = %(measure)s AND n.currency = %(currency)s GROUP BY 1
"""  # noqa: S608 -- joined of constants


@dataclass(frozen=True, slots=True)
class CountedRow:
    """One deal, document or payment behind a figure."""

    kind: str  # deal | document | payment
    subject_id: UUID
    deal_id: UUID | None
    customer_id: UUID
    customer_name: str
    label: str
    on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What a figure is made of. What the member does not see is there as a sum, so that all of it adds up."""

    rows: tuple[CountedRow, ...]
    hidden_minor: int
    hidden_count: int


def reached(targets: Collection[Quota], *, zone: str) -> dict[UUID, int]:
    """Return what is reached of targets, with one query for all of them.

    Source: Z-2.
    """
    if not targets:
        return {}
    found = dict.fromkeys((each.id for each in targets), 0)
    found.update(_asked(_SUMS, targets, zone))
    return found


def counted(member: Member, target: Quota, *, zone: str) -> Counted:
    """Return what the figure of a target is made of, the latest first: what the member sees, and a sum of the rest.

    Source: Z-2, V-3, V-4.
    """
    rows = [CountedRow(*row) for row in _asked(_ROWS, [target], zone)]
    mine = deals.visible_to(member).filter(id__in=[row.subject_id for row in rows if row.kind == "deal"])
    seen = {"deal": set(mine.values_list("id", flat=True)), "document": set(), "payment": set()}
    if member.may(Permission.INVOICE_VIEW) and member.may(Permission.PAYMENT_VIEW):
        people = Customer.objects.filter(crm.sight_of(member, ""), id__in={row.customer_id for row in rows})
        seen["document"] = seen["payment"] = set(people.values_list("id", flat=True))
    shown = [row for row in rows if (row.subject_id if row.kind == "deal" else row.customer_id) in seen[row.kind]]
    hidden = sum(row.amount_minor for row in rows) - sum(row.amount_minor for row in shown)
    return Counted(tuple(shown), hidden, len(rows) - len(shown))


def divided(measure: str, currency: str, first: date, last: date, *, zone: str) -> dict[UUID | None, int]:
    """Return what each person reached over some days; under nothing stands what belongs to nobody.

    Source: Z-2.
    """
    known: dict[str, Any] = {"zone": zone, "first": first, "last": last, "measure": measure, "currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(_DIVIDED, known)
        return dict(cursor.fetchall())


def _asked(question: str, targets: Collection[Quota], zone: str) -> list[Any]:
    known: dict[str, Any] = {
        "zone": zone,
        "first": min(each.starts_on for each in targets),
        "last": max(each.last_day for each in targets),
        "targets": [each.id for each in targets],
    }
    with connection.cursor() as cursor:
        cursor.execute(question, known)
        return list(cursor.fetchall())
