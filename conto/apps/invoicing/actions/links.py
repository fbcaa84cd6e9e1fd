"""What stands around a document: renderings, attachments, the customer's link and questions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from conto.apps.invoicing.models import Attachment, Document, PortalLink, Question, Rendering
from conto.domain.facts import Actor

LINK_LASTS = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A fresh link: the token is shown once and never stored."""

    link_id: UUID
    token: str
    expires_at: datetime


def store_rendering(
    *, document: Document, kind: Literal["pdf", "cii", "ubl"], content: bytes, report: dict[str, Any], at: datetime
) -> Rendering:
    """Keep a rendering; when one is there already, that one stays and is returned."""
    raise NotImplementedError


def add_attachment(
    *,
    subject: Document | Any,
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
    raise NotImplementedError


def remove_attachment(*, attachment: Attachment, actor: Actor, at: datetime) -> None:
    """Take a file off a draft.

    Raises: Conflict `attachment.of_document` when it hangs on an issued document.
    """
    raise NotImplementedError


def create_link(*, document: Document, actor: Actor, at: datetime, lasts: timedelta = LINK_LASTS) -> OpenedLink:
    """Make a link by which the customer sees the document."""
    raise NotImplementedError


def revoke_link(*, link: PortalLink, actor: Actor, at: datetime) -> None:
    """Close a link at once."""
    raise NotImplementedError


def see_link(*, token: str, at: datetime, customer_ip: str = "") -> PortalLink | None:
    """Open the link of a token and note the first look; nothing for a token that is not valid."""
    raise NotImplementedError


def note_download(*, document: Document, file_format: str, actor: Actor, at: datetime) -> None:
    """Note that the customer downloaded the document."""
    raise NotImplementedError


def ask_question(*, document: Document, name: str, body: str, at: datetime, email: str = "") -> Question:
    """Keep what a customer asks about a document."""
    raise NotImplementedError


def answer_question(*, question: Question, actor: Actor, at: datetime) -> Question:
    """Mark a question as answered."""
    raise NotImplementedError
