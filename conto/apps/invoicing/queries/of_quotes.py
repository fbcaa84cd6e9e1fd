"""What accepted quotes billed: documents, and drafts that wait."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.invoicing.models import Document, Draft
from conto.apps.invoicing.queries.computing import computed_of
from conto.apps.invoicing.queries.loading import load_many
from conto.domain.period import local_day
from conto.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class MadeByQuote:
    """A document or draft that a quote made."""

    id: UUID
    kind: str
    number: str  # empty for a draft
    currency: str
    total_minor: int


def made_by_quotes(member: Member, quote_ids: Collection[UUID]) -> list[MadeByQuote]:
    """Return what quotes billed, documents first; nothing for a member who sees no invoices."""
    if not member.may(Permission.INVOICE_VIEW):
        return []
    documents = Document.objects.filter(quote__in=list(quote_ids)).order_by("issued_at", "id")
    drafts = Draft.objects.filter(quote__in=list(quote_ids)).order_by("created_at", "id")
    return [
        *(MadeByQuote(row.id, row.kind, row.number, row.currency, row.payable_minor) for row in documents),
        *(MadeByQuote(row.id, row.kind, "", row.currency, row.shown_total_minor) for row in drafts),
    ]


def billed_to_customer(quote_id: UUID) -> list[Document]:
    """Return what an accepted quote has issued, the first one first: what its customer holds anyway."""
    issued = Document.objects.filter(quote_id=quote_id).exclude(kind="credit_note")
    return list(issued.select_related("customer", "legal_entity").order_by("issued_at", "id"))


@dataclass(frozen=True, slots=True)
class AcceptedNotIssued:
    """A draft of an accepted quote that nobody has issued yet; its net is before tax."""

    draft_id: UUID
    customer_id: UUID
    customer_name: str
    quote_number: str
    currency: str
    net_minor: int
    accepted_on: date


def accepted_not_issued(member: Member, today: date) -> list[AcceptedNotIssued]:
    """Return the drafts of accepted quotes that are not issued, the oldest first, with a constant number of queries.

    Source: WP-12.
    """
    if not member.may(Permission.INVOICE_VIEW):
        return []
    rows = list(
        Draft.objects.filter(crm.sight_of(member), quote__state="accepted", kind__in=["invoice", "final"])
        .select_related("customer", "legal_entity", "quote", "corrects")
        .order_by("created_at", "id")
    )
    loaded = load_many(rows, today) if rows else {}
    return [
        AcceptedNotIssued(
            row.id,
            row.customer_id,
            row.customer.name,
            row.quote.number if row.quote else "",
            row.currency,
            document.totals.net_minor,
            local_day(row.created_at, row.legal_entity.zone),
        )
        for row in rows
        if (document := computed_of(loaded[row.id]).document) is not None
    ]
