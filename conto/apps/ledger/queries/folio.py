"""The running balance beside a customer's timeline."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

Amounts = dict[str, int]  # by currency


@dataclass(frozen=True, slots=True)
class Movements:
    """What entries moved on a customer's balance, and what the balance was before the first of them."""

    by_entry: dict[UUID, Amounts] = field(default_factory=dict)
    before: Amounts = field(default_factory=dict)


_EFFECT = """
sum(CASE WHEN d.role IN ('receivable', 'customer_credit') THEN t.amount_minor ELSE 0 END
  - CASE WHEN c.role IN ('receivable', 'customer_credit') THEN t.amount_minor ELSE 0 END)::bigint
"""
_ACCOUNTS = "JOIN ledger_account d ON d.id = t.debit_account_id JOIN ledger_account c ON c.id = t.credit_account_id"
_OF_ENTRIES = f"""
SELECT t.entry_id, t.currency, {_EFFECT} FROM ledger_transfer t {_ACCOUNTS}
WHERE t.entry_id = ANY(%(entries)s) AND t.customer_id = %(customer)s GROUP BY t.entry_id, t.currency
"""  # noqa: S608 -- our own words
_EARLIER = f"""
UNION ALL
SELECT NULL, t.currency, {_EFFECT} FROM ledger_transfer t {_ACCOUNTS} JOIN ledger_entry e ON e.id = t.entry_id
WHERE t.customer_id = %(customer)s AND e.at <= %(at)s AND NOT (t.entry_id = ANY(%(entries)s))
  AND (e.at < %(at)s OR e.id < %(last)s::uuid) GROUP BY t.currency
"""  # noqa: S608 -- our own words
_BEHIND_ALL = UUID(int=2**128 - 1)


def movements(
    customer_id: UUID, entry_ids: Collection[UUID], *, now: Amounts | None = None, oldest_at: datetime | None = None
) -> Movements:
    """Return what the entries of one stretch of a timeline moved, and the balance before that stretch.

    The stretch is whole: every entry of the customer between its first and last is in it. Where it reaches up to now,
    `now` is the balance of today, and only the entries themselves are read; else `oldest_at` is its oldest instant.
    """
    if not entry_ids and oldest_at is None:
        return Movements({}, dict(now or {}))
    values: dict[str, Any] = {"customer": customer_id, "entries": list(entry_ids)}
    sql = _OF_ENTRIES
    if oldest_at is not None:
        sql += _EARLIER
        values |= {"at": oldest_at, "last": max(entry_ids, default=_BEHIND_ALL)}
    by_entry: dict[UUID, Amounts] = defaultdict(dict)
    before: Amounts = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for entry_id, currency, effect in cursor.fetchall():
            if entry_id is None:
                before[currency] = effect
            else:
                by_entry[entry_id][currency] = effect
    if oldest_at is None:
        before = dict(now or {})
        for moved in by_entry.values():
            for currency, effect in moved.items():
                before[currency] = before.get(currency, 0) - effect
    return Movements(dict(by_entry), before)
