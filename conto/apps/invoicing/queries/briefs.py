"""Documents in brief, for timelines, lists of other areas and search."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.domain.permissions import Permission

_LONGEST = 60
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A document in a line: what it is about, what is open, since when."""

    id: UUID
    number: str
    kind: str
    customer_id: UUID
    customer_name: str
    currency: str
    payable_minor: int
    open_minor: int
    issued_on: date
    due_on: date
    about: str  # the name of its first line
    line_count: int

    def state(self, today: date) -> str:
        """Return the word for where it stands on a day."""
        if self.kind == "credit_note":
            return "credited"
        if not self.open_minor:
            return "paid"
        if self.due_on < today:
            return "overdue"
        return "open" if self.open_minor == self.payable_minor else "part_paid"


_BRIEF = """
SELECT d.id, d.number, d.kind, d.customer_id, c.name, d.currency, d.payable_minor, coalesce(o.open_minor, 0),
  d.issued_on, d.due_on, coalesce(l.name, ''), d.line_count
FROM invoicing_document d JOIN crm_customer c ON c.id = d.customer_id
LEFT JOIN ledger_openitem o ON o.item_id = d.id
LEFT JOIN invoicing_documentline l ON l.document_id = d.id AND l.position = 1
"""
_FIELDS = tuple(Brief.__slots__)


def briefs(document_ids: Collection[UUID]) -> dict[UUID, Brief]:
    """Return documents in brief by id, with one query."""
    if not document_ids:
        return {}
    return {brief.id: brief for brief in _read(f"{_BRIEF} WHERE d.id = ANY(%s)", [list(document_ids)])}


def find_documents(
    member: Member | None, text: str, *, amounts_minor: Collection[int] = (), limit: int = 6
) -> list[Brief]:
    """Return the documents whose number a search means, or whose total is one of the amounts; the latest first.

    A number is meant by its beginning (INV-2026), by its end without leading zeros (42 finds INV-2026-00042).
    """
    if member is None or not member.may(Permission.INVOICE_VIEW):
        return []
    typed = text.strip()[:_LONGEST].upper()
    tail = _DIGITS.fullmatch(typed)
    chosen: list[str] = []
    values: list[Any] = []
    if any(c.isdigit() for c in typed) and len(typed) > 1:
        chosen.append(_BY_NUMBER)
        values.append(f"{_escaped(typed)}%")
    if tail and int(typed) < _MOST_ORDINAL:
        chosen.append(_BY_ORDINAL)
        values.append(int(typed))
    if amounts_minor:
        chosen.append(_BY_AMOUNT)
        values.append(list(amounts_minor))
    if not chosen:
        return []
    sight, owners = crm.owners_in_sql(member, "s")
    seen = f"JOIN crm_customer s ON s.id = d.customer_id{sight} " if sight else ""
    # Each kind of match has its own index; a common OR would read the whole table.
    ids = " UNION ".join(f"({each.format(seen=seen)})" for each in chosen)
    given = [value for each in values for value in (*owners, each)]
    return _read(
        f"{_BRIEF} WHERE d.id = ANY(ARRAY({ids})) ORDER BY d.issued_on DESC, d.id DESC LIMIT %s", [*given, limit]
    )


def with_ordinal(text: str) -> list[UUID]:
    """Return the documents whose number ends in what was typed, leading zeros aside: 42 finds INV-2026-00042."""
    typed = text.strip()[:_LONGEST]
    if not _DIGITS.fullmatch(typed) or int(typed) >= _MOST_ORDINAL:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BY_ORDINAL.format(seen=""), [int(typed)])
        return [row[0] for row in cursor.fetchall()]


# Who does not see all customers looks only among those: what is not seen must not take the place of what is.
_BY_NUMBER = "SELECT d.id FROM invoicing_document d {seen}WHERE d.number LIKE %s ORDER BY d.number DESC LIMIT 20"
_BY_ORDINAL = """SELECT d.id FROM invoicing_numbercounter k JOIN invoicing_document d
  ON d.series_id = k.series_id AND d.year = k.year {seen}WHERE d.ordinal = %s
  ORDER BY d.issued_on DESC, d.id DESC LIMIT 20"""
# The inner query is fenced by OFFSET 0: else the newest documents are read one by one until enough have the amount.
_BY_AMOUNT = """SELECT d.id FROM (
    SELECT d.id, d.issued_on FROM invoicing_document d {seen}WHERE d.payable_minor = ANY(%s) OFFSET 0
  ) d ORDER BY d.issued_on DESC, d.id DESC LIMIT 20"""
_MOST_ORDINAL = 2**31


def late_customers(today: date) -> QuerySet[Any, Any]:
    """Return the ids of customers of whom something is late, as a query for lists.

    Whatever is receivable is so by a document, and what was ever due is much more than what is not due yet.
    """
    not_yet_due = Document.objects.filter(due_on__gte=today)
    late = ledger.open_items().exclude(item_id__in=not_yet_due.values("id"))
    return late.order_by().values("customer_id")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _read(sql: str, values: list[Any]) -> list[Brief]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Brief(**dict(zip(_FIELDS, row, strict=True))) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFile:
    """A file that hangs on a draft or document of a customer."""

    id: UUID
    name: str
    mime: str
    size_bytes: int
    added_at: datetime
    document_id: UUID
    number: str  # empty: on a draft


_FILES = """
SELECT a.id, a.name, a.mime, octet_length(a.content), a.added_at, a.document_id, coalesce(d.number, '')
FROM invoicing_attachment a LEFT JOIN invoicing_document d ON d.id = a.document_id
WHERE a.customer_id = %s ORDER BY a.added_at DESC, a.id DESC LIMIT %s
"""


def files_of_customer(customer_id: UUID, limit: int = 200) -> list[CustomerFile]:
    """Return the files on a customer's drafts and documents, the latest first, without their content."""
    with connection.cursor() as cursor:
        cursor.execute(_FILES, [customer_id, limit])
        return [CustomerFile(**dict(zip(CustomerFile.__slots__, row, strict=True))) for row in cursor.fetchall()]
