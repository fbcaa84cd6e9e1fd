"""What must always hold of documents and their numbers."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from conto.apps.bulk.invariants import Invariant, Verdict, verdict_of
from conto.apps.invoicing.content import (
    ALLOWANCE_CONTENT,
    DOCUMENT_CONTENT,
    LINE_CONTENT,
    TAX_CONTENT,
    content_of,
    content_sha256,
)
from conto.apps.invoicing.models import Document, DocumentAllowance, DocumentLine, DocumentTax, Party
from conto.apps.invoicing.new_documents import body_sha256

_DOCUMENTS = "SELECT count(*) FROM invoicing_document"
_CHUNK = 2000

INVARIANTS = (
    Invariant(
        "I05",
        "Every document has exactly one entry, and every entry of a document its document",
        _DOCUMENTS,
        """SELECT 'document ' || coalesce(d.number, '?') || ', entry ' || coalesce(e.id::text, 'missing')
        FROM invoicing_document d
        FULL JOIN (
            SELECT id, subject_id FROM ledger_entry
            WHERE kind IN ('invoice_issued', 'deposit_issued', 'final_issued', 'credit_note_issued')
        ) e ON e.id = d.entry_id
        WHERE d.id IS NULL OR e.id IS NULL OR e.subject_id <> d.id""",
    ),
    Invariant(
        "I06",
        "The ledger was charged what every document asks for",
        _DOCUMENTS,
        """SELECT d.number || ' asks for ' || d.payable_minor || ', the ledger has ' || coalesce(o.charged_minor, 0)
        FROM invoicing_document d LEFT JOIN ledger_openitem o ON o.item_id = d.id
        WHERE coalesce(o.charged_minor, 0) <> d.payable_minor""",
    ),
    Invariant(
        "I07",
        "Every total is the sum of its lines, allowances and tax groups",
        _DOCUMENTS,
        """SELECT d.number
        FROM invoicing_document d
        LEFT JOIN (SELECT document_id, count(*) AS n, sum(net_minor) AS net FROM invoicing_documentline
            GROUP BY document_id) l ON l.document_id = d.id
        LEFT JOIN (SELECT document_id, count(*) AS n, sum(tax_minor) AS tax, sum(taxable_minor) AS base
            FROM invoicing_documenttax GROUP BY document_id) t ON t.document_id = d.id
        LEFT JOIN (SELECT document_id, count(*) AS n, sum(amount_minor) FILTER (WHERE is_charge) AS charges,
            sum(amount_minor) FILTER (WHERE NOT is_charge) AS allowances
            FROM invoicing_documentallowance GROUP BY document_id) a ON a.document_id = d.id
        WHERE coalesce(l.n, 0) <> d.line_count OR coalesce(t.n, 0) <> d.tax_count
            OR coalesce(a.n, 0) <> d.allowance_count
            OR coalesce(l.net, 0) <> d.lines_net_minor OR coalesce(t.tax, 0) <> d.tax_minor
            OR coalesce(t.base, 0) <> d.net_minor OR coalesce(a.charges, 0) <> d.charges_minor
            OR coalesce(a.allowances, 0) <> d.allowances_minor
            OR d.net_minor <> d.lines_net_minor - d.allowances_minor + d.charges_minor
            OR d.gross_minor <> d.net_minor + d.tax_minor
            OR d.payable_minor <> d.gross_minor - d.prepaid_minor + d.rounding_minor""",
    ),
    Invariant(
        "I08",
        "Every tax group is the sum of its lines, and its tax is base times rate",
        "SELECT count(*) FROM invoicing_documenttax",
        """SELECT d.number || ' ' || part.category || ' ' || part.rate
        FROM (
            SELECT document_id, tax_category AS category, tax_rate AS rate, net_minor AS minor
            FROM invoicing_documentline
            UNION ALL
            SELECT document_id, tax_category, tax_rate, CASE WHEN is_charge THEN amount_minor ELSE -amount_minor END
            FROM invoicing_documentallowance
            UNION ALL
            SELECT document_id, category, rate, -taxable_minor FROM invoicing_documenttax
        ) part JOIN invoicing_document d ON d.id = part.document_id
        GROUP BY d.number, part.document_id, part.category, part.rate HAVING sum(part.minor) <> 0
        UNION ALL
        SELECT d.number || ' ' || t.category || ' ' || t.rate
        FROM invoicing_documenttax t JOIN invoicing_document d ON d.id = t.document_id
        WHERE NOT t.is_by_line AND t.tax_minor <> round(t.taxable_minor * t.rate / 100)""",
    ),
    Invariant(
        "I09",
        "The numbers of every series and year have no gap and no double, and the counter stands on the last",
        _DOCUMENTS,
        """SELECT 'series ' || s.prefix || ' ' || c.year || ': counter ' || c.first_ordinal || ' to ' || c.last_ordinal
            || ', documents ' || count(d.id) || ' from ' || coalesce(min(d.ordinal)::text, '-')
            || ' to ' || coalesce(max(d.ordinal)::text, '-')
        FROM invoicing_numbercounter c
        JOIN invoicing_numberseries s ON s.id = c.series_id
        FULL JOIN invoicing_document d ON d.series_id = c.series_id AND d.year = c.year
        GROUP BY s.prefix, c.series_id, c.year, c.first_ordinal, c.last_ordinal
        HAVING c.series_id IS NULL OR count(d.id) <> c.last_ordinal - c.first_ordinal + 1
            OR count(DISTINCT d.ordinal) <> count(d.id)
            OR (count(d.id) > 0 AND (min(d.ordinal) <> c.first_ordinal OR max(d.ordinal) <> c.last_ordinal))""",
    ),
    Invariant(
        "I10",
        "Numbers follow the issue dates",
        _DOCUMENTS,
        """SELECT number || ' of ' || issued_on || ' follows one of ' || before
        FROM (SELECT number, issued_on, lag(issued_on) OVER (PARTITION BY series_id, year ORDER BY ordinal) AS before
            FROM invoicing_document) ordered
        WHERE issued_on < before""",
    ),
    Invariant(
        "I39",
        "The tax and the taxable amount that were booked for every document are those of its tax groups",
        _DOCUMENTS,
        """SELECT d.number || ' ' || coalesce(part.category, 'without category')
        FROM (
            SELECT e.subject_id AS document_id, t.tax_category AS category, t.tax_rate AS rate,
                CASE WHEN c.role IN ('revenue', 'late_charges', 'deposits') THEN t.amount_minor ELSE 0 END
                    - CASE WHEN b.role IN ('revenue', 'late_charges', 'deposits') THEN t.amount_minor ELSE 0 END
                        AS taxable,
                CASE c.role WHEN 'tax_payable' THEN t.amount_minor ELSE 0 END
                    - CASE b.role WHEN 'tax_payable' THEN t.amount_minor ELSE 0 END AS tax
            FROM ledger_entry e JOIN ledger_transfer t ON t.entry_id = e.id
            JOIN ledger_account b ON b.id = t.debit_account_id
            JOIN ledger_account c ON c.id = t.credit_account_id
            WHERE e.kind IN ('invoice_issued', 'deposit_issued', 'final_issued', 'credit_note_issued')
            UNION ALL
            SELECT g.document_id, g.category, g.rate,
                CASE i.kind WHEN 'credit_note' THEN g.taxable_minor ELSE -g.taxable_minor END,
                CASE i.kind WHEN 'credit_note' THEN g.tax_minor ELSE -g.tax_minor END
            FROM invoicing_documenttax g JOIN invoicing_document i ON i.id = g.document_id
        ) part JOIN invoicing_document d ON d.id = part.document_id AND d.kind <> 'final'
        GROUP BY d.id, d.number, part.category, part.rate
        HAVING sum(part.taxable) <> 0 OR sum(part.tax) <> 0
        UNION ALL
        SELECT d.number
        FROM invoicing_document d
        JOIN (
            SELECT e.subject_id,
                sum(CASE WHEN c.role IN ('revenue', 'late_charges', 'deposits') THEN t.amount_minor ELSE 0 END
                    - CASE WHEN b.role IN ('revenue', 'late_charges', 'deposits') THEN t.amount_minor ELSE 0 END)
                    AS taxable,
                sum(CASE c.role WHEN 'tax_payable' THEN t.amount_minor ELSE 0 END
                    - CASE b.role WHEN 'tax_payable' THEN t.amount_minor ELSE 0 END) AS tax
            FROM ledger_entry e JOIN ledger_transfer t ON t.entry_id = e.id
            JOIN ledger_account b ON b.id = t.debit_account_id
            JOIN ledger_account c ON c.id = t.credit_account_id
            WHERE e.kind = 'final_issued' GROUP BY e.subject_id
        ) booked ON booked.subject_id = d.id
        LEFT JOIN (SELECT final_id, sum(net_minor) AS net, sum(tax_minor) AS tax FROM invoicing_prepayment
            GROUP BY final_id) taken ON taken.final_id = d.id
        WHERE booked.taxable <> d.net_minor - coalesce(taken.net, 0)
            OR booked.tax <> d.tax_minor - coalesce(taken.tax, 0)""",
    ),
    Invariant(
        "I16",
        "Credit notes never exceed the document that they correct, and share its customer and currency",
        "SELECT count(*) FROM invoicing_document WHERE corrects_id IS NOT NULL",
        """SELECT o.number || ' of ' || o.gross_minor || ' is credited by ' || sum(c.gross_minor)
        FROM invoicing_document o JOIN invoicing_document c ON c.corrects_id = o.id
        GROUP BY o.id, o.number, o.gross_minor, o.net_minor
        HAVING sum(c.gross_minor) > o.gross_minor OR sum(c.net_minor) > o.net_minor
            OR bool_or(c.customer_id <> o.customer_id OR c.currency <> o.currency)""",
    ),
    Invariant(
        "I19",
        "Every document has exactly one fact of its issue, and the fact its entry",
        _DOCUMENTS,
        """SELECT coalesce(d.number, f.subject_id::text) || ' has ' || count(f.id) || ' facts'
        FROM invoicing_document d
        FULL JOIN (SELECT id, subject_id, entry_id FROM audit_fact
            WHERE kind IN ('invoice_issued', 'deposit_invoice_issued', 'credit_note_issued')) f ON f.subject_id = d.id
        GROUP BY d.id, d.number, d.entry_id, f.subject_id
        HAVING d.id IS NULL OR count(f.id) <> 1 OR bool_or(f.entry_id IS DISTINCT FROM d.entry_id)""",
    ),
)


def contents_are_frozen() -> Verdict:
    """Check that every document still has the content whose hash was kept when it was issued."""
    return verdict_of("I37", "Every document has the content that was frozen when it was issued", _contents())


def parties_are_frozen() -> Verdict:
    """Check that every seller and buyer on documents still is what its hash says."""
    return verdict_of("I38", "Every seller and buyer on documents stands as it did", _parties())


def _parties() -> Iterator[str | None]:
    for kept, body in Party.objects.values_list("sha256", "body").iterator(chunk_size=_CHUNK):
        same = body_sha256(body) == bytes(kept)
        yield None if same else f"{body.get('name', '?')} is not what was printed"


def _contents() -> Iterator[str | None]:
    last = UUID(int=0)
    while True:
        rows = list(
            Document.objects.filter(id__gt=last)
            .order_by("id")
            .values_list("number", "content_sha256", "seller__sha256", "buyer__sha256", *DOCUMENT_CONTENT)[:_CHUNK]
        )
        if not rows:
            return
        heads: list[tuple[Any, ...]] = [tuple(row) for row in rows]
        ids = [head[4] for head in heads]
        lines = _parts(DocumentLine, LINE_CONTENT, ids)
        taxes = _parts(DocumentTax, TAX_CONTENT, ids)
        allowances = _parts(DocumentAllowance, ALLOWANCE_CONTENT, ids)
        for number, kept, seller, buyer, *document in heads:
            key = document[0]
            content = content_of(document, (bytes(seller), bytes(buyer)), lines[key], taxes[key], allowances[key])
            yield None if content_sha256(number, content) == bytes(kept) else f"{number} is not what was issued"
        last = ids[-1]


def _parts(model: type[models.Model], fields: Sequence[str], ids: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    parts: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    rows = model._default_manager.filter(document_id__in=ids).order_by("document_id", "position")  # noqa: SLF001
    for document_id, *values in rows.values_list("document_id", *fields):
        parts[document_id].append(tuple(values))
    return parts
