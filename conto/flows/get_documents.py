"""Get the papers of a document: made and judged when first asked for, then kept for ever."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.queries import RenderingKind
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.gateways.documents import make, render

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document, Draft, Rendering


def content(document: "Document", kind: RenderingKind, *, at: datetime) -> bytes:
    """Return the bytes of a document's PDF, CII or UBL.

    Raises: RuleBroken when the rules refuse the document, or when its currency has no e-invoice.
    """
    return bytes(kept(document, kind, at=at).content)


def kept(document: "Document", kind: RenderingKind, *, at: datetime) -> "Rendering":
    """Return the kept rendering of a document; the first call makes all of them, outside any transaction.

    Raises: RuleBroken when the rules refuse the document, or when its currency has no e-invoice.
    """
    found = queries.rendering(document, kind)
    if found is None:
        _make(document, at=at)
        found = queries.rendering(document, kind)
    if found is None:
        refusal = queries.rendering(document, "pdf")
        words = (refusal.report.get("refusal") or {}).get("text", "") if refusal else ""
        raise RuleBroken("document.no_e_invoice", words or "There is no e-invoice of this document.")
    return found


def preview(draft: "Draft", *, on: date) -> bytes:
    """Return a draft as a PDF, with the word draft across it.

    Raises: RuleBroken when it cannot be computed.
    """
    return render.render_pdf(queries.preview(draft, on))


def _make(document: "Document", *, at: datetime) -> None:
    made = make.make_documents(queries.issued_document(document, _pay_link(document, at=at)))
    report = made.report_json()
    with transaction.atomic():
        invoicing.store_rendering(document=document, kind="pdf", content=made.pdf, report=report, at=at)
        if made.cii_xml is not None:
            invoicing.store_rendering(document=document, kind="cii", content=made.cii_xml, report=report, at=at)
        if made.ubl_xml is not None:
            invoicing.store_rendering(document=document, kind="ubl", content=made.ubl_xml, report=report, at=at)


def _pay_link(document: "Document", *, at: datetime) -> str:
    """Make the link that the paper prints for paying; credit notes ask for nothing."""
    if document.kind == "credit_note" or not document.payable_minor:
        return ""
    link = invoicing.create_link(document=document, actor=SYSTEM, at=at, is_printed=True)
    return f"{settings.PUBLIC_URL}/i/{link.token}"
