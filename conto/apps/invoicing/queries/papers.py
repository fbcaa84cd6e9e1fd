"""Documents and drafts as plain values, to be kept where they themselves are not."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from conto.apps.invoicing.models import Document, Draft
from conto.apps.invoicing.queries.computing import computed_of
from conto.apps.invoicing.queries.loading import load_many
from conto.apps.invoicing.queries.stored import computed_documents
from conto.domain.invoice import ComputedDocument


def count_drafts(ids: Sequence[UUID]) -> int:
    """Return how many of some papers are drafts still."""
    return Draft.objects.filter(id__in=ids).count()


def computed_papers(ids: Sequence[UUID], on: date) -> list[tuple[int, ComputedDocument | None]]:
    """Return documents and drafts as they are computed, a credit note with the sign −1; drafts as of a day."""
    issued = list(Document.objects.filter(id__in=ids))
    computed = computed_documents(issued)
    found = [(_sign(row), computed[row.id]) for row in issued]
    return [*found, *((_sign(row), document) for row, document in _loaded(_drafts(ids), on))]


def papers_of(ids: Sequence[UUID], on: date) -> list[dict[str, Any]]:
    """Return documents and drafts with lines and totals, in the order of their ids as given; drafts as of a day.

    What cannot be computed for want of something has its total alone.
    """
    if not ids:
        return []
    made = {row.id: _issued(row) for row in Document.objects.filter(id__in=ids).prefetch_related("lines")}
    made |= {row.id: _waiting(row, document) for row, document in _loaded(_drafts(ids), on)}
    return [made[key] for key in ids if key in made]


def _drafts(ids: Sequence[UUID]) -> list[Draft]:
    return list(Draft.objects.filter(id__in=ids).select_related("customer", "legal_entity", "corrects"))


def _sign(row: Document | Draft) -> int:
    return -1 if row.kind == "credit_note" else 1


def _loaded(drafts: Sequence[Draft], on: date) -> list[tuple[Draft, ComputedDocument | None]]:
    loaded = load_many(drafts, on) if drafts else {}
    return [(row, computed_of(loaded[row.id]).document) for row in drafts]


def _issued(row: Document) -> dict[str, Any]:
    lines = sorted(row.lines.all(), key=lambda line: line.position)
    return {
        **_head(row), "is_draft": False, "net_minor": row.net_minor, "tax_minor": row.tax_minor,
        "total_minor": row.gross_minor, "lines": [[line.name, line.net_minor] for line in lines],
    }  # fmt: skip


def _waiting(row: Draft, document: ComputedDocument | None) -> dict[str, Any]:
    known: dict[str, Any] = {
        "net_minor": None,
        "tax_minor": None,
        "lines": [[line.name, None] for line in row.lines.all()],
    }
    if document is not None:
        totals = document.totals
        lines = [[line.name, line.net_minor] for line in document.lines]
        known = {"net_minor": totals.net_minor, "tax_minor": totals.tax_minor, "lines": lines}
    return {**_head(row), "is_draft": True, "total_minor": row.shown_total_minor, **known}


def _head(row: Document | Draft) -> dict[str, Any]:
    return {"customer": str(row.customer_id), "kind": row.kind, "currency": row.currency}
