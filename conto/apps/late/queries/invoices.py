"""Invoices that may be late, read for a set of them at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from django.db import connection

from conto.apps.invoicing.models import Document
from conto.apps.late.entries import InvoiceCharge, LoadedInvoice
from conto.apps.late.models import LateCharge
from conto.domain.late import Charged, ChargeKind, LateInvoice, LateRule, Move, is_late, is_worth_charging, wanted

# What can be late at all; whether it is, is for the domain to say.
_FITTING = """
d.kind IN ('invoice', 'deposit', 'final') AND d.source <> 'late_charges' AND d.payable_minor > 0
AND d.legal_entity_id = %(entity)s AND d.due_on >= %(counts_from)s AND d.due_on <= %(latest)s
AND NOT EXISTS (SELECT FROM late_lateexclusion x WHERE x.document_id = d.id)
AND NOT EXISTS (SELECT FROM late_lateexemption m WHERE m.customer_id = d.customer_id)
AND (NOT %(companies_only)s OR EXISTS (SELECT FROM crm_customer k WHERE k.id = d.customer_id AND k.kind = 'company'))
"""
# What is open, and what was settled since the last run: only these can be charged days that were not charged yet.
_CANDIDATES = f"""
SELECT d.id, d.customer_id FROM ledger_openitem o JOIN invoicing_document d ON d.id = o.item_id
WHERE o.side = 'receivable' AND o.open_minor > 0 AND {_FITTING}
UNION
SELECT d.id, d.customer_id FROM ledger_entry e JOIN ledger_transfer t ON t.entry_id = e.id
JOIN invoicing_document d ON d.id = t.receivable_id
WHERE e.dated_on >= %(since)s AND NOT t.opens_item AND {_FITTING}
ORDER BY 2, 1
"""  # noqa: S608 -- our own words


def candidates(rule: LateRule, entity_id: UUID, *, until: date, last_run_on: date | None) -> list[list[UUID]]:
    """Return the invoices of one seller that may be charged now, customer by customer.

    Source: LF-1, LF-7.
    """
    with connection.cursor() as cursor:
        known = _known(rule, entity_id, until) | {"since": last_run_on or rule.counts_from or date.min}
        cursor.execute(_CANDIDATES, known)
        return [
            [document_id for document_id, _customer in some]
            for _customer, some in groupby(cursor.fetchall(), key=lambda row: row[1])
        ]


_LOADED = f"""
SELECT d.id, d.number, d.customer_id, c.name, d.legal_entity_id, d.currency, d.due_on, d.payable_minor
FROM invoicing_document d JOIN crm_customer c ON c.id = d.customer_id
WHERE d.id = ANY(%(ids)s) AND {_FITTING} ORDER BY d.customer_id, d.currency, d.due_on, d.number
"""  # noqa: S608 -- our own words
_MOVES = """
SELECT t.receivable_id, e.dated_on, sum(CASE WHEN a.role = 'receivable' THEN t.amount_minor ELSE -t.amount_minor END)
FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id JOIN ledger_account a ON a.id = t.debit_account_id
WHERE t.receivable_id = ANY(%s) AND NOT t.opens_item GROUP BY 1, 2
"""


def loaded(rule: LateRule, entity_id: UUID, ids: Collection[UUID], *, until: date) -> list[LoadedInvoice]:
    """Return those of some invoices that fit the rule, with what happened to them, by three queries."""
    with connection.cursor() as cursor:
        cursor.execute(_LOADED, _known(rule, entity_id, until) | {"ids": list(ids)})
        rows = cursor.fetchall()
    found = [row[0] for row in rows]
    moves, charged = moves_of(found), charged_of(found)
    return [
        LoadedInvoice(
            key, number, customer_id, name, seller_id, currency,
            LateInvoice(due_on, payable_minor, moves[key], charged[key]),
        )
        for key, number, customer_id, name, seller_id, currency, due_on, payable_minor in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coming:
    """How an invoice stands: whether it is late, and what it would be charged now."""

    is_late: bool = False
    amount_minor: int = 0


def coming(rule: LateRule, document: Document, *, until: date) -> Coming:
    """Tell whether an invoice that fits the rule is late, and what it would be charged now.

    Source: LF-1.
    """
    rows = loaded(rule, document.legal_entity_id, [document.id], until=until)
    if not rows:
        return Coming()
    invoice = rows[0].late
    amount_minor = wanted(invoice, rule, document.currency, until=until).amount_minor
    return Coming(is_late(invoice, grace_days=rule.grace_days, until=until), amount_minor)


def moves_of(ids: Sequence[UUID]) -> dict[UUID, tuple[Move, ...]]:
    """Return what changed the open amount of invoices, by the day that the journal dates it."""
    moves: dict[UUID, tuple[Move, ...]] = defaultdict(tuple)
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_MOVES, [list(ids)])
            for document_id, on, amount_minor in cursor.fetchall():
                moves[document_id] = (*moves[document_id], Move(on, int(amount_minor)))
    return moves


def charged_of(ids: Sequence[UUID]) -> dict[UUID, tuple[Charged, ...]]:
    """Return what invoices were charged before, waived or not."""
    charged: dict[UUID, tuple[Charged, ...]] = defaultdict(tuple)
    rows = LateCharge.objects.filter(invoice__in=ids).order_by("at", "id") if ids else ()
    for row in rows:
        first_on = row.days.lower if row.days else None
        last_on = row.days.upper - timedelta(days=1) if row.days else None
        done = Charged(ChargeKind(row.kind), row.amount_minor, row.capped_minor, first_on, last_on, row.yearly_percent)
        charged[row.invoice_id] = (*charged[row.invoice_id], done)
    return charged


def charges_wanted(rule: LateRule, invoices: Sequence[LoadedInvoice], *, until: date) -> Iterator[list[InvoiceCharge]]:
    """Give what is charged now, together what stands on one document: of one customer and currency.

    Source: LF-6.
    """
    for (_customer, currency), some in groupby(invoices, key=lambda each: (each.customer_id, each.currency)):
        charges = [InvoiceCharge(each, wanted(each.late, rule, currency, until=until)) for each in some]
        charges = [each for each in charges if each.wanted.amount_minor]
        if is_worth_charging([each.wanted.amount_minor for each in charges], rule.of(currency).least_minor):
            yield charges


def _known(rule: LateRule, entity_id: UUID, until: date) -> dict[str, UUID | date | bool]:
    return {
        "entity": entity_id,
        "counts_from": rule.counts_from or date.max,
        "latest": until - timedelta(days=rule.grace_days),
        "companies_only": rule.companies_only,
    }
