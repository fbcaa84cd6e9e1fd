"""Mails: what was written to customers, and whether it arrived."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import Caller, caller_of
from conto.api.fields import Email, Entry, Id, Instant, instant_of
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.messaging import actions, queries
from conto.domain.permissions import Permission

router = noun("Mails")
StateWord = Annotated[str, Field(examples=["sent"])]


@dataclass(frozen=True, slots=True)
class MailSummary:
    """A mail in a list."""

    id: Id
    customer_id: UUID | None
    purpose: Annotated[str, Field(examples=["document"])]
    subject_id: UUID | None
    to_address: Email
    subject: str
    state: StateWord
    written_at: Instant
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it left or will leave."""

    id: Id
    customer_id: UUID | None
    purpose: Annotated[str, Field(examples=["document"])]
    subject_id: UUID | None
    to_address: Email
    subject: str
    text: str
    language: str
    state: StateWord
    attempts: Annotated[int, Field(examples=[1])]
    error: str
    files: Annotated[list[str], Field(examples=[["INV-2026-00042.pdf"]])]
    written_at: Instant
    sent_at: datetime | None


class AgainEntry(Entry):
    """Where a mail goes this time."""

    to_address: Annotated[str, Field(min_length=3, max_length=254, examples=["einkauf@mueller.example"])]


class MailFilters(paging.Paged):
    """Which mails a list shows."""

    state: Literal["", "waiting", "sent", "bounced", "failed"] = ""
    subject_id: Annotated[UUID | None, Field(description="The document or payment it is about.")] = None
    customer_id: UUID | None = None


@reads(router, "/mails", needs=Permission.INVOICE_VIEW, gives=paging.Page[MailSummary])
def list_mails(request: HttpRequest, filters: Query[MailFilters]) -> Any:
    """List the mails, the latest first."""
    rows = queries.mails(filters.state, of=queries.visible_to(caller_of(request).member))
    exact = {"subject_id": filters.subject_id, "customer_id": filters.customer_id}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return paging.keyset(rows, filters, by=("written_at", "id"), kinds=(instant_of, UUID), shape=_row)


def _row(row: Any) -> MailSummary:
    return MailSummary(
        row.id, row.customer_id, row.purpose, row.subject_id, row.to_address, row.subject, row.state, row.written_at,
        row.sent_at,
    )  # fmt: skip


@reads(router, "/mails/{uuid:mail_id}", needs=Permission.INVOICE_VIEW, gives=Mail, is_record=True)
def get_mail(request: HttpRequest, mail_id: UUID) -> Any:
    """Get a mail as it left or will leave."""
    return _shape(caller_of(request), mail_id)


def _shape(caller: Caller, mail_id: UUID) -> Mail:
    row = found(queries.mail_for(caller.member, mail_id))
    return Mail(
        row.id, row.customer_id, row.purpose, row.subject_id, row.to_address, row.subject, row.text, row.language,
        row.state, row.attempts, row.error, queries.mail_file_names(row.id), row.written_at, row.sent_at,
    )  # fmt: skip


@writes(router, "/mails/{uuid:mail_id}/send-again", needs=Permission.INVOICE_SEND, gives=Mail)
def send_again(request: HttpRequest, mail_id: UUID, again: AgainEntry) -> Any:
    """Send a mail again, to a corrected address or the same."""
    caller = caller_of(request)
    found(queries.mail_for(caller.member, mail_id))
    made = actions.send_again(mail_id=mail_id, to_address=again.to_address, actor=caller.actor, at=caller.at)
    return _shape(caller, made.id)
