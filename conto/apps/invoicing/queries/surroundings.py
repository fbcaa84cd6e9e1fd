"""Series, templates, renderings, attachments and links."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import QuerySet

from conto.apps.accounts.models import LegalEntity
from conto.apps.invoicing.models import (
    Attachment,
    Document,
    DocumentTemplate,
    NumberSeries,
    PortalLink,
    Rendering,
)


def series_of(legal_entity: LegalEntity) -> QuerySet[NumberSeries]:
    """Give the number series of a seller."""
    raise NotImplementedError


def default_series(legal_entity: LegalEntity, kind: str) -> NumberSeries | None:
    """Give the series that a kind of document takes its numbers from."""
    raise NotImplementedError


def templates_of(legal_entity: LegalEntity) -> QuerySet[DocumentTemplate]:
    """Give the templates of a seller, the default first."""
    raise NotImplementedError


def default_template(legal_entity: LegalEntity) -> DocumentTemplate | None:
    """Give the template that new documents use."""
    raise NotImplementedError


def attachments_of(subject_id: UUID) -> QuerySet[Attachment]:
    """Give the files of a draft or document, without their content."""
    raise NotImplementedError


def rendering(document: Document, kind: Literal["pdf", "cii", "ubl"]) -> Rendering | None:
    """Give the kept rendering of a document."""
    raise NotImplementedError


def link_of_token(token: str, at: datetime) -> PortalLink | None:
    """Give the valid link of a token, with its document."""
    raise NotImplementedError
