"""What accepted quotes billed: documents, and drafts that wait."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from conto.apps.accounts.models import Member
from conto.apps.invoicing.models import Document, Draft
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
