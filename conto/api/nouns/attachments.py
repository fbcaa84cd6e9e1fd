"""Files that hang on drafts and documents, and drafts that follow from a document."""

import base64
import binascii
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Entry, Flag
from conto.api.nouns.documents import Attachment, record, subject
from conto.api.nouns.drafts import Draft, shape_of
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission

router = noun("Documents")


class AttachmentEntry(Entry):
    """A file."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["hours.csv"])]
    mime: Annotated[str, Field(min_length=1, max_length=100, examples=["text/csv"])]
    content_base64: Annotated[str, Field(max_length=7_000_000, examples=["ZGF0ZTtob3Vycwo="])]
    is_sent: Annotated[Flag, Field(description="It goes out with the mail.")] = True


@reads(router, "/documents/{uuid:subject_id}/attachments", needs=Permission.INVOICE_VIEW, gives=list[Attachment])
def list_attachments(request: HttpRequest, subject_id: UUID) -> Any:
    """List the files of a draft or document."""
    return [_shape(each) for each in queries.attachments_of(subject(request, subject_id).id)]


def _shape(row: Any) -> Attachment:
    return Attachment(row.id, row.name, row.mime, row.is_sent, row.added_at)


@writes(
    router,
    "/documents/{uuid:subject_id}/attachments",
    needs=Permission.INVOICE_DRAFT,
    gives=Attachment,
    status=201,
)
def add_attachment(request: HttpRequest, subject_id: UUID, file: AttachmentEntry) -> Any:
    """Hang a file on a draft or document: PDF, pictures, CSV, text, ZIP and office files, 5 MB at most."""
    caller = caller_of(request)
    try:
        content = base64.b64decode(file.content_base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RuleBroken("attachment.not_base64", "The content of the file is not written in base64.") from error
    made = invoicing.add_attachment(
        subject=subject(request, subject_id),
        name=file.name,
        mime=file.mime,
        content=content,
        is_sent=file.is_sent,
        actor=caller.actor,
        at=caller.at,
    )
    return _shape(made)


@reads(
    router,
    "/documents/{uuid:subject_id}/attachments/{uuid:attachment_id}",
    needs=Permission.INVOICE_VIEW,
    gives=None,
    media_types=("application/octet-stream",),
)
def get_attachment(request: HttpRequest, subject_id: UUID, attachment_id: UUID) -> Any:
    """Get a file of a draft or document."""
    file = found(queries.attachment(subject(request, subject_id).id, attachment_id))
    answer = HttpResponse(bytes(file.content), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or ""
    return answer


@writes(
    router,
    "/documents/{uuid:subject_id}/attachments/{uuid:attachment_id}",
    method="DELETE",
    needs=Permission.INVOICE_DRAFT,
)
def remove_attachment(request: HttpRequest, subject_id: UUID, attachment_id: UUID) -> Any:
    """Take a file off a draft; what belongs to an issued document stays with it."""
    caller = caller_of(request)
    file = found(queries.attachment(subject(request, subject_id).id, attachment_id))
    invoicing.remove_attachment(attachment=file, actor=caller.actor, at=caller.at)


@writes(router, "/documents/{uuid:document_id}/copy", needs=Permission.INVOICE_DRAFT, gives=Draft, status=201)
def copy_document(request: HttpRequest, document_id: UUID) -> Any:
    """Begin a draft with the lines of a document."""
    caller = caller_of(request)
    made = invoicing.copy_document(document=record(request, document_id), actor=caller.actor, at=caller.at)
    return shape_of(request, made.id)


@writes(router, "/documents/{uuid:document_id}/final", needs=Permission.INVOICE_DRAFT, gives=Draft, status=201)
def draft_final(request: HttpRequest, document_id: UUID) -> Any:
    """Draft the final invoice that deducts a deposit."""
    caller = caller_of(request)
    deposit = record(request, document_id)
    made = invoicing.draft_final(customer=deposit.customer, deposits=[deposit], actor=caller.actor, at=caller.at)
    return shape_of(request, made.id)
