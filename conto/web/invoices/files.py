"""Files of a document: PDF, XML, preview, attachments."""

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.queries import RenderingKind
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import get_documents
from conto.web.access import needs
from conto.web.htmx import redirect, toast
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.invoicing.models import Document, Draft

_MIMES: dict[RenderingKind, str] = {"pdf": "application/pdf", "cii": "application/xml", "ubl": "application/xml"}
_KINDS: dict[str, RenderingKind] = {"document.pdf": "pdf", "cii.xml": "cii", "ubl.xml": "ubl"}
_SUFFIXES: dict[RenderingKind, str] = {"pdf": ".pdf", "cii": "-cii.xml", "ubl": "-ubl.xml"}
_LARGEST_BYTES = 5 * 1024 * 1024


@require_GET
@needs(Permission.INVOICE_VIEW)
def download(request: HttpRequest, document_id: "UUID", kind: str) -> HttpResponseBase:
    """Give the PDF or XML of a document; it is made and checked on the first download, then kept."""
    wanted = _KINDS.get(kind)
    if wanted is None:
        raise Http404
    here = book(request)
    document = found(queries.document_for(here.member, document_id))
    try:
        content = get_documents.content(document, wanted, at=here.at)
    except RuleBroken as refusal:
        return render(request, "invoices/no_file.html", {"document": document, "why": words_of(refusal)}, status=422)
    name = f"{document.number.replace('/', '-')}{_SUFFIXES[wanted]}"
    return file_answer(content, _MIMES[wanted], name, inline=wanted == "pdf")


@require_GET
@needs(Permission.INVOICE_VIEW)
def preview_pdf(request: HttpRequest, draft_id: "UUID") -> HttpResponseBase:
    """Give a draft as it would look, with the word draft across it."""
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    try:
        content = get_documents.preview(draft, on=here.today)
    except RuleBroken as refusal:
        return render(request, "invoices/no_file.html", {"draft": draft, "why": words_of(refusal)}, status=422)
    return file_answer(content, "application/pdf", "draft.pdf", inline=True)


@require_POST
@needs(Permission.INVOICE_DRAFT)
def attach(request: HttpRequest, subject_id: "UUID") -> HttpResponseBase:
    """Hang a file on a draft or document."""
    here = book(request)
    subject = _subject(request, subject_id)
    back = reverse("invoice", args=[subject_id])
    upload = request.FILES.get("file")
    if upload is None:
        return toast(redirect(request, back), _("Choose a file first."), tone="late")
    if (upload.size or 0) > _LARGEST_BYTES:
        return toast(redirect(request, back), _("A file may have 5 MB at most."), tone="late")
    try:
        invoicing.add_attachment(
            subject=subject,
            name=upload.name or "file",
            mime=upload.content_type or "application/octet-stream",
            content=upload.read(),
            actor=actor_of(request),
            at=here.at,
        )
    except RuleBroken as refusal:
        return toast(redirect(request, back), words_of(refusal), tone="late")
    return toast(redirect(request, back), _("The file is attached."))


@require_GET
@needs(Permission.INVOICE_VIEW)
def attachment(request: HttpRequest, subject_id: "UUID", attachment_id: "UUID") -> HttpResponseBase:
    """Give an attached file, always as a download."""
    _subject(request, subject_id)
    file = found(queries.attachment(subject_id, attachment_id))
    return file_answer(bytes(file.content), file.mime, file.name, inline=False)


@require_POST
@needs(Permission.INVOICE_DRAFT)
def detach(request: HttpRequest, subject_id: "UUID", attachment_id: "UUID") -> HttpResponseBase:
    """Take a file off a draft."""
    here = book(request)
    _subject(request, subject_id)
    file = found(queries.attachment(subject_id, attachment_id))
    back = redirect(request, reverse("invoice", args=[subject_id]))
    try:
        invoicing.remove_attachment(attachment=file, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return toast(back, words_of(refusal), tone="late")
    return toast(back, _("The file is taken off."))


def _subject(request: HttpRequest, subject_id: "UUID") -> "Draft | Document":
    member = book(request).member
    return queries.draft_for(member, subject_id) or found(queries.document_for(member, subject_id))


def file_answer(content: bytes, mime: str, name: str, *, inline: bool) -> HttpResponse:
    """Hand out a file: shown in the browser or saved; that it is not kept and can't act as a page is in its head."""
    response = HttpResponse(content, content_type=mime)
    disposition = content_disposition_header(as_attachment=not inline, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    return response
