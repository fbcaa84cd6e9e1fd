"""Own fields as they are shown: what was entered, and what formulas make of it and of the ledger (O-4, O-5)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

from conto.apps.contracts import queries as contracts
from conto.apps.crm import queries as crm
from conto.apps.fields import queries as fields
from conto.domain.fields import (
    ROLL_UPS,
    Amount,
    FieldKind,
    FieldRule,
    Subject,
    is_seen,
    made_of,
    rights_needed,
    roll_ups_used,
)
from conto.domain.fields.formula import Value
from conto.domain.money import to_major
from conto.domain.permissions import Role

if TYPE_CHECKING:
    from conto.apps.accounts.models import Business, Member

_ROLL_UPS = """
SELECT c.id, c.currency,
 (SELECT coalesce(sum(amount), 0) FROM (
    SELECT p.amount_minor AS amount FROM payments_payment p WHERE p.customer_id = c.id AND p.currency = c.currency
      AND p.received_on > %(year_ago)s AND p.received_on <= %(today)s
    UNION ALL
    SELECT -r.amount_minor FROM payments_refund r WHERE r.customer_id = c.id AND r.currency = c.currency
      AND r.refunded_on > %(year_ago)s AND r.refunded_on <= %(today)s) moved),
 (SELECT coalesce(sum(o.open_minor), 0) FROM ledger_openitem o
   WHERE o.customer_id = c.id AND o.currency = c.currency AND o.side = 'receivable' AND o.open_minor > 0),
 (SELECT min(d.due_on) FROM ledger_openitem o JOIN invoicing_document d ON d.id = o.item_id
   WHERE o.customer_id = c.id AND o.side = 'receivable' AND o.open_minor > 0),
 (SELECT avg((coalesce(o.open_minor, 0) > 0 AND d.due_on < %(today)s OR settled.last_on > d.due_on)::int)
   FROM invoicing_document d
   LEFT JOIN ledger_openitem o ON o.item_id = d.id AND o.side = 'receivable'
   LEFT JOIN LATERAL (SELECT max(a.allocated_on) AS last_on FROM payments_allocation a
      WHERE a.document_id = d.id AND a.payment_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM payments_allocationreversal r WHERE r.allocation_id = a.id)) settled ON true
   WHERE d.customer_id = c.id AND d.kind <> 'credit_note' AND d.payable_minor > 0
     AND d.due_on > %(year_ago)s AND d.due_on < %(today)s)
FROM crm_customer c WHERE c.id = ANY(%(ids)s)
"""


def roll_ups(
    customer_ids: Collection[UUID], today: date, used: Collection[str] = tuple(ROLL_UPS)
) -> dict[UUID, dict[str, Value]]:
    """Return what the books say of some customers, as far as it is used: a query for money, one for contracts (O-5)."""
    if not customer_ids:
        return {}
    renewals = contracts.next_renewals(customer_ids, today) if "next_renewal" in used else {}
    money = _of_money(customer_ids, today) if set(used) - {"next_renewal"} else {}
    return {id_: {"next_renewal": renewals.get(id_), **money.get(id_, {})} for id_ in customer_ids}


def _of_money(customer_ids: Collection[UUID], today: date) -> dict[UUID, dict[str, Value]]:
    """Return what the ledger says, amounts in the currency of each customer."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"ids": list(customer_ids), "today": today, "year_ago": today - timedelta(days=365)}
        cursor.execute(_ROLL_UPS, values)
        return {
            id_: {
                "paid_12_months": Amount(to_major(int(paid), currency), currency),
                "open_balance": Amount(to_major(int(owed), currency), currency),
                "next_due": due,
                "late_rate": None if late is None else Decimal(late),
            }
            for id_, currency, paid, owed, due, late in cursor.fetchall()
        }


def seen_fields(
    business: "Business | None", subject: Subject, member: "Member | None", *, only_listed: bool = False
) -> tuple[FieldRule, ...]:
    """Return the fields in use that a member may see: by the role (O-10), and by what the sums are made of (O-5).

    A deal can be seen without its customer (V-4), so on deals what is made of a customer's money is for who sees all.
    """
    every = fields.fields_of(business, subject)
    if not every:
        return ()
    role = Role(member.role) if member is not None else None
    sees_no_customer = member is None or (subject is Subject.DEAL and crm.ids_seen(member) is not None)

    def sees(field: FieldRule) -> bool:
        needed = rights_needed(field, every)
        if needed and (member is None or sees_no_customer or not all(map(member.may, needed))):
            return False
        return is_seen(field, every, role) if member is not None else field.seen_by is None

    return tuple(field for field in every if (field.is_listed or not only_listed) and sees(field))


def shown_values(
    business: "Business | None",
    subject: Subject,
    customer_of: Mapping[UUID, UUID | None],
    *,
    shown: Collection[FieldRule],
    today: date,
) -> dict[UUID, dict[str, Any]]:
    """Return what the `shown` fields of some records hold, by record and key, in the form of kept values.

    `customer_of` names the records and the customer of each. One query for the values; a second one only when a shown
    formula uses the ledger, and one when it uses contracts; none when nothing is shown.
    """
    if not shown or not customer_of:
        return {}
    every = fields.fields_of(business, subject)
    kept = fields.values_of(business, subject, list(customer_of))
    formulas = [field for field in shown if field.kind is FieldKind.FORMULA]
    money: dict[UUID, dict[str, Value]] = {}
    if used := frozenset().union(*(roll_ups_used(field, every) for field in formulas)):
        money = roll_ups({each for each in customer_of.values() if each}, today, used)
    found: dict[UUID, dict[str, Any]] = {}
    for id_, customer_id in customer_of.items():
        values = kept.get(id_, {})
        made = made_of(every, values, money.get(customer_id, {}) if customer_id else {}, today) if formulas else {}
        found[id_] = {field.key: made.get(field.key, values.get(field.key)) for field in shown}
    return found
