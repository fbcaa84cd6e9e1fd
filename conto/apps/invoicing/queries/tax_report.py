"""What the tax office asks: taxable amounts and tax per country, category and rate, from the ledger's transfers."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from conto.apps.accounts.models import LegalEntity
from conto.domain.tax import EU_COUNTRIES


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A line of the report."""

    currency: str
    country: str
    category: str
    rate: Decimal
    taxable_minor: int
    tax_minor: int
    entry_count: int


@dataclass(frozen=True, slots=True)
class TaxMove:
    """What one journal entry contributes to a line of the report."""

    entry_id: UUID
    dated_on: date
    kind: str
    document_id: UUID | None
    number: str
    customer_id: UUID | None
    customer_name: str
    currency: str
    country: str
    category: str
    rate: Decimal
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class TaxMovePage:
    """Contributions with the place of the next ones."""

    rows: tuple[TaxMove, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class EuSale:
    """What one customer in another EU country was supplied without tax."""

    currency: str
    country: str
    vat_number: str
    name: str
    goods_minor: int
    services_minor: int


# One row per transfer that names a tax category, with the document that it belongs to. In the entry of a document
# that is the subject; a write-off, a discount and what reverses them name it as the receivable that they move.
_MOVED = """
SELECT e.id AS entry_id, e.dated_on, e.kind, t.currency, t.tax_category, t.tax_rate,
    CASE WHEN c.role IN ('revenue', 'late_charges', 'deposits', 'discounts', 'bad_debt') THEN t.amount_minor ELSE 0 END
    - CASE WHEN d.role IN ('revenue', 'late_charges', 'deposits', 'discounts', 'bad_debt') THEN t.amount_minor
        ELSE 0 END AS taxable,
    CASE c.role WHEN 'tax_payable' THEN t.amount_minor ELSE 0 END
    - CASE d.role WHEN 'tax_payable' THEN t.amount_minor ELSE 0 END AS tax,
    CASE WHEN e.kind IN ('invoice_issued', 'deposit_issued', 'final_issued', 'credit_note_issued') THEN e.subject_id
        ELSE (SELECT o.receivable_id FROM ledger_transfer o
            WHERE o.entry_id = e.id AND o.receivable_id IS NOT NULL LIMIT 1) END AS document_id
FROM ledger_entry e
JOIN ledger_transfer t ON t.entry_id = e.id
JOIN ledger_account d ON d.id = t.debit_account_id
JOIN ledger_account c ON c.id = t.credit_account_id
WHERE e.legal_entity_id = %(entity)s AND e.dated_on BETWEEN %(since)s AND %(until)s AND t.tax_category IS NOT NULL
"""
# Where tax is not ours to charge, the customer's country counts; else our own, in the United States with the state.
_PLACED = f"""
SELECT m.*, CASE
    WHEN m.tax_category IN ('AE', 'K', 'G', 'O') THEN coalesce(b.body #>> '{{address,country}}', '')
    WHEN %(country)s = 'US' THEN concat_ws('-', 'US', nullif(split_part(b.body #>> '{{address,region}}', '/', 1), ''))
    ELSE %(country)s END AS country
FROM ({_MOVED}) m
LEFT JOIN invoicing_document i ON i.id = m.document_id
LEFT JOIN invoicing_party b ON b.id = i.buyer_id
"""  # noqa: S608 -- our own words
_ROWS = f"""
SELECT currency, country, tax_category, tax_rate, sum(taxable)::bigint, sum(tax)::bigint, count(DISTINCT entry_id)
FROM ({_PLACED}) placed GROUP BY 1, 2, 3, 4 HAVING count(*) > 0
ORDER BY currency, country = %(country)s DESC, country, array_position(ARRAY['S', 'L', 'M'], tax_category),
    tax_category, tax_rate DESC
"""  # noqa: S608 -- our own words


def tax_rows(legal_entity: LegalEntity, since: date, until: date) -> list[TaxRow]:
    """Return the report of a legal entity over a span of days, both counted in.

    Source: C-5.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, _span(legal_entity, since, until))
        return [TaxRow(*row) for row in cursor.fetchall()]


_MOVES = f"""
SELECT p.entry_id, p.dated_on, p.kind, p.document_id, coalesce(i.number, ''), i.customer_id, coalesce(k.name, ''),
    p.currency, p.country, p.tax_category, p.tax_rate, p.taxable, p.tax
FROM (SELECT entry_id, dated_on, kind, document_id, currency, country, tax_category, tax_rate,
        sum(taxable)::bigint AS taxable, sum(tax)::bigint AS tax
    FROM ({_PLACED}) placed
    WHERE (%(only)s = false OR (currency, country, tax_category, tax_rate)
        = (%(of_currency)s, %(of_country)s, %(of_category)s, %(of_rate)s))
    AND (%(day)s::date IS NULL OR (dated_on, entry_id) > (%(day)s::date, %(entry)s::uuid))
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
) p
LEFT JOIN invoicing_document i ON i.id = p.document_id
LEFT JOIN crm_customer k ON k.id = i.customer_id
ORDER BY p.dated_on, p.entry_id, p.country, p.tax_category, p.tax_rate
"""  # noqa: S608 -- our own words


def tax_moves(
    legal_entity: LegalEntity, since: date, until: date, *, row: TaxRow, cursor: str = "", limit: int = 50
) -> TaxMovePage:
    """Return the entries that a line of the report is made of, the earliest first; they add up to it."""
    day, entry_id = _read(cursor)
    values = _span(legal_entity, since, until) | {
        "only": True,
        "of_currency": row.currency,
        "of_country": row.country,
        "of_category": row.category,
        "of_rate": row.rate,
        "day": day,
        "entry": entry_id,
    }
    with connection.cursor() as asked:
        asked.execute(f"{_MOVES} LIMIT {int(limit) + 1}", values)
        rows = [TaxMove(*found) for found in asked.fetchall()]
    shown = rows[:limit]
    after = _written(shown[-1].dated_on, shown[-1].entry_id) if len(rows) > limit else ""
    return TaxMovePage(tuple(shown), after)


def every_tax_move(legal_entity: LegalEntity, since: date, until: date) -> Iterator[TaxMove]:
    """Return every contribution to the report, for an export."""
    values = _span(legal_entity, since, until) | {
        "only": False, "of_currency": "", "of_country": "", "of_category": "", "of_rate": 0, "day": None, "entry": None,
    }  # fmt: skip
    with connection.cursor() as asked:
        asked.execute(_MOVES, values)
        while some := asked.fetchmany(500):
            yield from (TaxMove(*found) for found in some)


_EU_SALES = f"""
SELECT m.currency, coalesce(b.body #>> '{{address,country}}', ''), coalesce(b.body ->> 'vat_number', ''),
    coalesce(min(b.body ->> 'name'), ''),
    coalesce(sum(m.taxable) FILTER (WHERE m.tax_category = 'K'), 0)::bigint,
    coalesce(sum(m.taxable) FILTER (WHERE m.tax_category = 'AE'), 0)::bigint
FROM ({_MOVED} AND t.tax_category IN ('K', 'AE')) m
LEFT JOIN invoicing_document i ON i.id = m.document_id
LEFT JOIN invoicing_party b ON b.id = i.buyer_id
WHERE m.tax_category = 'K' OR b.body #>> '{{address,country}}' = ANY(%(union)s)
GROUP BY 1, 2, 3 HAVING count(*) > 0
ORDER BY 1, 2, 3
"""  # noqa: S608 -- our own words


def eu_sales(legal_entity: LegalEntity, since: date, until: date) -> list[EuSale]:
    """Return the recapitulative statement: supplies without tax to other EU countries, per VAT number.

    Source: C-6.
    """
    if legal_entity.country not in EU_COUNTRIES:
        return []
    values = _span(legal_entity, since, until) | {"union": sorted(EU_COUNTRIES - {legal_entity.country})}
    with connection.cursor() as cursor:
        cursor.execute(_EU_SALES, values)
        return [EuSale(*row) for row in cursor.fetchall()]


def _span(legal_entity: LegalEntity, since: date, until: date) -> dict[str, Any]:
    return {"entity": legal_entity.id, "country": legal_entity.country, "since": since, "until": until}


def _written(day: date, entry_id: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([day.isoformat(), str(entry_id)]).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[date | None, UUID | None]:
    try:
        day, entry_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return date.fromisoformat(day), UUID(entry_id)
    except (ValueError, TypeError):
        return None, None
