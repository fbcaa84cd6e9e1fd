"""What stands around a document: renderings, attachments, the customer's link and questions."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import Attachment, Document, Draft, PortalLink, Question, Rendering
from conto.apps.invoicing.queries.surroundings import RenderingKind, link_of_token, token_sha256
from conto.domain import facts
from conto.domain.contact import check_email
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import day_begins, local_day

LINK_LASTS = timedelta(days=180)
LARGEST_BYTES = 5 * 1024 * 1024
LONGEST_QUESTION = 5000
_TOKEN_BYTES = 24
# What a customer's mail program opens safely, by the first bytes of the file.
_KINDS: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "application/zip": (b"PK\x03\x04",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK\x03\x04",),
    "application/vnd.oasis.opendocument.spreadsheet": (b"PK\x03\x04",),
    "text/csv": (),
    "text/plain": (),
}


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A fresh link: the token is shown once and never stored."""

    link_id: UUID
    token: str
    expires_at: datetime


@transaction.atomic
def store_rendering(
    *, document: Document, kind: RenderingKind, content: bytes, report: dict[str, Any], at: datetime
) -> Rendering:
    """Keep a rendering; when another was faster, that one stays and is returned."""
    Rendering.objects.bulk_create(
        [
            Rendering(
                id=new_id(),
                document=document,
                kind=kind,
                content=content,
                sha256=hashlib.sha256(content).digest(),
                report=report,
                made_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    return Rendering.objects.get(document=document, kind=kind)


@transaction.atomic
def add_attachment(
    *,
    subject: Document | Draft,
    name: str,
    mime: str,
    content: bytes,
    actor: Actor,
    at: datetime,
    is_sent: bool = True,
) -> Attachment:
    """Hang a file on a draft or document.

    Raises: RuleBroken `attachment.too_large`, `attachment.kind_refused`.
    """
    _check_file(name, mime, content)
    digest = hashlib.sha256(content).digest()
    file = Attachment.objects.create(
        id=new_id(),
        document_id=subject.id,
        customer_id=subject.customer_id,
        # What is not seen could turn the end of a name around, so that a program looks like a picture.
        name="".join(filter(str.isprintable, name)).replace("/", "_").replace("\\", "_")[:200],
        mime=mime,
        content=content,
        sha256=digest,
        is_sent=is_sent,
        added_at=at,
    )
    added = facts.AttachmentAdded(
        subject_id=subject.id,
        customer_id=subject.customer_id,
        file_name=file.name,
        size_bytes=len(content),
        sha256=digest.hex(),
    )
    audit.record(added, actor=actor, at=at)
    return file


def _check_file(name: str, mime: str, content: bytes) -> None:
    if len(content) > LARGEST_BYTES:
        raise RuleBroken("attachment.too_large", "A file may have %(most)s MB at most.", most=LARGEST_BYTES // 1024**2)
    starts = _KINDS.get(mime)
    is_text = starts == () and b"\x00" not in content
    if starts is None or not (is_text or content.startswith(starts or (b"\x00never",))):
        raise RuleBroken(
            "attachment.kind_refused",
            "%(name)s cannot be attached: PDF, PNG, JPEG, CSV, text, ZIP and office files can.",
            name=name,
        )


@transaction.atomic
def remove_attachment(*, attachment: Attachment, actor: Actor, at: datetime) -> None:
    """Take a file off a draft.

    Raises: Conflict `attachment.of_document` when it hangs on an issued document.
    """
    if Document.objects.filter(id=attachment.document_id).exists():
        raise Conflict("attachment.of_document", "The document is issued: what belongs to it stays with it.")
    removed = facts.AttachmentRemoved(
        subject_id=attachment.document_id, customer_id=attachment.customer_id, file_name=attachment.name
    )
    audit.record(removed, actor=actor, at=at)
    attachment.delete()


@transaction.atomic
def create_link(
    *, document: Document, actor: Actor, at: datetime, lasts: timedelta = LINK_LASTS, is_printed: bool = False
) -> OpenedLink:
    """Make a link by which the customer sees the document; `is_printed` is the one that stands on its paper."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = PortalLink.objects.create(
        id=new_id(), document=document, token_sha256=token_sha256(token), created_at=at, expires_at=at + lasts
    )
    made = facts.LinkMade(
        subject_id=document.id, customer_id=document.customer_id, number=document.number, expires_at=link.expires_at,
        is_printed=is_printed,
    )  # fmt: skip
    audit.record(made, actor=actor, at=at)
    return OpenedLink(link.id, token, link.expires_at)


@transaction.atomic
def revoke_link(*, link: PortalLink, actor: Actor, at: datetime) -> None:
    """Close a link at once; closing it again changes nothing."""
    if PortalLink.objects.filter(id=link.id, revoked_at=None).update(revoked_at=at):
        closed = facts.LinkRevoked(
            subject_id=link.document_id, customer_id=link.document.customer_id, number=link.document.number
        )
        audit.record(closed, actor=actor, at=at)


@transaction.atomic
def see_link(*, token: str, at: datetime) -> PortalLink | None:
    """Open the link of a token and note the look once a day of the business; nothing for a token that is not valid."""
    link = link_of_token(token, at)
    if link is None:
        return None
    zone = link.document.legal_entity.zone
    looks = PortalLink.objects.filter(id=link.id).exclude(last_seen_at__gte=day_begins(local_day(at, zone), zone))
    if looks.update(first_seen_at=Coalesce(F("first_seen_at"), at), last_seen_at=at):
        document = link.document
        viewed = facts.DocumentViewed(subject_id=document.id, customer_id=document.customer_id, number=document.number)
        audit.record(viewed, actor=_customer(document.customer.name), at=at)
    return link


@transaction.atomic
def note_download(*, document: Document, file_format: str, at: datetime) -> None:
    """Note that the customer downloaded the document."""
    downloaded = facts.DocumentDownloaded(
        subject_id=document.id, customer_id=document.customer_id, number=document.number, file_format=file_format
    )
    audit.record(downloaded, actor=_customer(document.customer.name), at=at)


@transaction.atomic
def ask_question(*, document: Document, name: str, body: str, at: datetime, email: str = "") -> Question:
    """Keep what a customer asks about a document.

    Raises: RuleBroken `question.empty`, `question.too_long`, or for an address that is none.
    """
    text = body.strip()
    if not text:
        raise RuleBroken("question.empty", "Please write what you would like to know.")
    if len(text) > LONGEST_QUESTION:
        raise RuleBroken("question.too_long", "A question has %(most)s letters at most.", most=LONGEST_QUESTION)
    question = Question.objects.create(
        id=new_id(),
        document=document,
        customer_id=document.customer_id,
        name=name.strip()[:200],
        email=check_email(email) if email.strip() else "",
        body=text,
        asked_at=at,
    )
    asked = facts.QuestionAsked(
        subject_id=document.id, customer_id=document.customer_id, number=document.number, text=text
    )
    audit.record(asked, actor=_customer(question.name or document.customer.name), at=at)
    return question


@transaction.atomic
def answer_question(*, question: Question, actor: Actor, at: datetime) -> Question:
    """Mark a question as answered; the second time changes nothing."""
    if Question.objects.filter(id=question.id, answered_at=None).update(answered_at=at):
        answered = facts.QuestionAnswered(
            subject_id=question.document_id, customer_id=question.customer_id, number=question.document.number
        )
        audit.record(answered, actor=actor, at=at)
    question.refresh_from_db()
    return question


def _customer(name: str) -> Actor:
    return Actor(None, "customer", name)
