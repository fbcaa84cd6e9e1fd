"""Receivables at any day: what is open per document and customer, by how late it is."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from conto.apps.accounts.models import LegalEntity


@dataclass(frozen=True, slots=True)
class Aged:
    """What is open at the end of a day, by days late, with the credit that customers have."""

    currency: str
    columns: tuple[int, ...]  # not due, 1-30, 31-60, 61-90, over 90
    credit_minor: int

    @property
    def open_minor(self) -> int:
        """What is open, credit not taken off: the balance of the receivables account."""
        return sum(self.columns)


@dataclass(frozen=True, slots=True)
class AgedCustomer:
    """A customer's line of the receivables ledger."""

    customer_id: UUID
    name: str
    aged: Aged


@dataclass(frozen=True, slots=True)
class AgedPage:
    """Customers with the place of the next ones."""

    rows: tuple[AgedCustomer, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document of which something was open."""

    customer_name: str
    document_id: UUID
    number: str
    issued_on: date
    due_on: date
    currency: str
    charged_minor: int
    open_minor: int
    days_late: int


# What was open then is what is open now less what moved since.
_THEN = """
WITH since AS (
    SELECT item_id, sum(moved)::bigint AS moved, bool_or(opens) AS opens FROM (
        SELECT t.receivable_id AS item_id, t.opens_item AS opens,
            CASE d.role WHEN 'receivable' THEN t.amount_minor ELSE -t.amount_minor END AS moved
        FROM ledger_entry e JOIN ledger_transfer t ON t.entry_id = e.id
        JOIN ledger_account d ON d.id = t.debit_account_id
        WHERE e.dated_on > %(on)s AND e.legal_entity_id = %(entity)s AND t.receivable_id IS NOT NULL
        UNION ALL
        SELECT t.credit_id, t.opens_item,
            CASE c.role WHEN 'customer_credit' THEN t.amount_minor ELSE -t.amount_minor END
        FROM ledger_entry e JOIN ledger_transfer t ON t.entry_id = e.id
        JOIN ledger_account c ON c.id = t.credit_account_id
        WHERE e.dated_on > %(on)s AND e.legal_entity_id = %(entity)s AND t.credit_id IS NOT NULL
    ) moves GROUP BY item_id
), standing AS (
    SELECT o.item_id, o.side, o.customer_id, o.currency, o.charged_minor, o.open_minor
    FROM ledger_openitem o
    WHERE o.legal_entity_id = %(entity)s AND o.open_minor > 0 AND NOT EXISTS
        (SELECT 1 FROM since WHERE since.item_id = o.item_id)
    UNION ALL
    SELECT o.item_id, o.side, o.customer_id, o.currency, o.charged_minor, o.open_minor - since.moved
    FROM since JOIN ledger_openitem o ON o.item_id = since.item_id
    WHERE o.open_minor <> since.moved
), aged AS (
    SELECT s.*, i.number, i.issued_on, i.due_on, CASE WHEN s.side = 'receivable' THEN %(on)s - i.due_on END AS days_late
    FROM standing s LEFT JOIN invoicing_document i ON i.id = s.item_id AND s.side = 'receivable'
)
"""
_SUMS = """
    coalesce(sum(a.open_minor) FILTER (WHERE a.days_late <= 0), 0)::bigint,
    coalesce(sum(a.open_minor) FILTER (WHERE a.days_late BETWEEN 1 AND 30), 0)::bigint,
    coalesce(sum(a.open_minor) FILTER (WHERE a.days_late BETWEEN 31 AND 60), 0)::bigint,
    coalesce(sum(a.open_minor) FILTER (WHERE a.days_late BETWEEN 61 AND 90), 0)::bigint,
    coalesce(sum(a.open_minor) FILTER (WHERE a.days_late > 90), 0)::bigint,
    coalesce(sum(a.open_minor) FILTER (WHERE a.side = 'credit'), 0)::bigint
"""
_TOTALS = f"{_THEN} SELECT a.currency, {_SUMS} FROM aged a GROUP BY a.currency ORDER BY a.currency"  # noqa: S608
_CUSTOMERS = f"""{_THEN}
SELECT k.sort_key, a.customer_id, k.name, a.currency, {_SUMS}
FROM aged a JOIN crm_customer k ON k.id = a.customer_id
WHERE (k.sort_key, k.id, a.currency) > (%(key)s, %(id)s::uuid, %(after_currency)s)
GROUP BY k.sort_key, k.id, a.customer_id, k.name, a.currency
ORDER BY k.sort_key, k.id, a.currency
"""  # noqa: S608 -- our own words
_DOCUMENTS = f"""{_THEN}
SELECT k.name, a.item_id, a.number, a.issued_on, a.due_on, a.currency, a.charged_minor, a.open_minor, a.days_late
FROM aged a JOIN crm_customer k ON k.id = a.customer_id WHERE a.side = 'receivable'
ORDER BY k.sort_key, k.id, a.due_on, a.number
"""  # noqa: S608 -- our own words


def aged_totals(legal_entity: LegalEntity, on: date) -> list[Aged]:
    """Return what is open at the end of a day per currency; it is the balance of the control accounts.

    Source: C-8.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, {"entity": legal_entity.id, "on": on})
        return [Aged(row[0], tuple(row[1:6]), row[6]) for row in cursor.fetchall()]


def aged_customers(legal_entity: LegalEntity, on: date, *, cursor: str = "", limit: int = 50) -> AgedPage:
    """Return the customers with something open or credit left at the end of a day, by name."""
    key, customer_id, currency = _read(cursor)
    values: dict[str, Any] = {
        "entity": legal_entity.id, "on": on, "key": key, "id": customer_id, "after_currency": currency,
    }  # fmt: skip
    with connection.cursor() as asked:
        asked.execute(f"{_CUSTOMERS} LIMIT {int(limit) + 1}", values)
        rows = asked.fetchall()
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return AgedPage(
        tuple(AgedCustomer(row[1], row[2], Aged(row[3], tuple(row[4:9]), row[9])) for row in shown),
        _written(last[0], last[1], last[3]) if last else "",
    )


def open_documents(legal_entity: LegalEntity, on: date) -> Iterator[OpenDocument]:
    """Return every document of which something was open at the end of a day, by customer and due date."""
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS, {"entity": legal_entity.id, "on": on})
        while some := cursor.fetchmany(500):
            yield from (OpenDocument(*row) for row in some)


def _written(key: str, customer_id: UUID, currency: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([key, str(customer_id), currency]).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, UUID, str]:
    try:
        key, customer_id, currency = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return str(key), UUID(customer_id), str(currency)
    except (ValueError, TypeError):
        return "", UUID(int=0), ""
