"""Reads of invoicing."""

from conto.apps.invoicing.queries.checks import findings
from conto.apps.invoicing.queries.computing import ComputedDraft, computed
from conto.apps.invoicing.queries.documents import (
    CurrencyTotals,
    CustomerDebt,
    DocumentPage,
    DocumentRow,
    DocumentState,
    StateFilter,
    document_for,
    document_page,
    documents,
    draft_for,
    drafts,
    late_by_customer,
    state_of,
    totals,
)
from conto.apps.invoicing.queries.issued import issued_document, preview
from conto.apps.invoicing.queries.surroundings import (
    attachments_of,
    default_series,
    default_template,
    link_of_token,
    rendering,
    series_of,
    templates_of,
)

__all__ = [
    "ComputedDraft",
    "CurrencyTotals",
    "CustomerDebt",
    "DocumentPage",
    "DocumentRow",
    "DocumentState",
    "StateFilter",
    "attachments_of",
    "computed",
    "default_series",
    "default_template",
    "document_for",
    "document_page",
    "documents",
    "draft_for",
    "drafts",
    "findings",
    "issued_document",
    "late_by_customer",
    "link_of_token",
    "preview",
    "rendering",
    "series_of",
    "state_of",
    "templates_of",
    "totals",
]
