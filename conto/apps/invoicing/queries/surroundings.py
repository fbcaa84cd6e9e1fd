"""Series, templates, renderings, attachments, links and questions."""

import hashlib
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db.models import Max, QuerySet

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.crm import queries as crm
from conto.apps.invoicing.models import (
    Attachment,
    Document,
    DocumentTemplate,
    NumberSeries,
    PortalLink,
    Question,
    Rendering,
)
from conto.domain.permissions import Permission

RenderingKind = Literal["pdf", "cii", "ubl"]


def series_of(legal_entity: LegalEntity) -> QuerySet[NumberSeries]:
    """Return the number series of a seller, the default ones first."""
    return NumberSeries.objects.filter(legal_entity=legal_entity).order_by("-is_default", "kind", "prefix")


def default_series(legal_entity: LegalEntity, kind: str) -> NumberSeries | None:
    """Return the series that a kind of document takes its numbers from; final invoices count as invoices."""
    wanted = "invoice" if kind == "final" else kind
    return NumberSeries.objects.filter(legal_entity=legal_entity, kind=wanted, is_default=True).first()


def templates_of(legal_entity: LegalEntity) -> QuerySet[DocumentTemplate]:
    """Return the templates of a seller, the default first."""
    return DocumentTemplate.objects.filter(legal_entity=legal_entity).order_by("-is_default", "name")


def default_template(legal_entity: LegalEntity) -> DocumentTemplate | None:
    """Return the template that new documents use."""
    return templates_of(legal_entity).filter(is_default=True).first()


def attachments_of(subject_id: UUID) -> QuerySet[Attachment]:
    """Return the files of a draft or document, without their content."""
    return Attachment.objects.filter(document_id=subject_id).defer("content").order_by("added_at", "id")


def attachment(subject_id: UUID, attachment_id: UUID) -> Attachment | None:
    """Return one file of a draft or document with its content."""
    return Attachment.objects.filter(document_id=subject_id, id=attachment_id).first()


def rendering(document: Document, kind: RenderingKind) -> Rendering | None:
    """Return the kept rendering of a document."""
    return Rendering.objects.filter(document=document, kind=kind).first()


def token_sha256(token: str) -> bytes:
    """Return what is kept of a link's token."""
    return hashlib.sha256(token.encode()).digest()


def link_of_token(token: str, at: datetime) -> PortalLink | None:
    """Return the valid link of a token, with its document and customer."""
    return (
        PortalLink.objects.select_related("document__customer", "document__legal_entity")
        .filter(token_sha256=token_sha256(token), revoked_at=None, expires_at__gt=at)
        .first()
    )


def link_ever_of_token(token: str) -> PortalLink | None:
    """Return the link that a token once opened, expired and revoked ones too: to say in words why it is closed."""
    found = PortalLink.objects.select_related("document__customer__owner", "document__legal_entity")
    return found.filter(token_sha256=token_sha256(token)).first()


def links_open_since(made_before: datetime, at: datetime) -> int:
    """Count the links that were made long ago and still open a document."""
    return PortalLink.objects.filter(created_at__lt=made_before, expires_at__gt=at, revoked_at=None).count()


def links_of(document: Document) -> QuerySet[PortalLink]:
    """Return the links that were made for a document, the latest first."""
    return PortalLink.objects.filter(document=document).order_by("-created_at")


def open_questions(member: Member) -> QuerySet[Question]:
    """Return what customers asked and nobody answered yet, the oldest first."""
    if not member.may(Permission.INVOICE_VIEW):
        return Question.objects.none()
    waiting = Question.objects.filter(crm.sight_of(member), answered_at=None)
    return waiting.select_related("document", "customer").order_by("asked_at")


def questions_of(document: Document) -> QuerySet[Question]:
    """Return what was asked about a document, the latest first."""
    return Question.objects.filter(document=document).order_by("-asked_at")


def imported_refs(source: str) -> set[str]:
    """Return the references of all documents that were imported from a source."""
    refs = Document.objects.filter(source=source, external_ref__isnull=False).values_list("external_ref", flat=True)
    return {ref for ref in refs.order_by().iterator(chunk_size=10_000) if ref}


def last_issued_on(series: NumberSeries) -> date | None:
    """Return the date of the last number of a series: no earlier one can follow."""
    last: date | None = Document.objects.filter(series=series).aggregate(last=Max("issued_on"))["last"]
    return last
