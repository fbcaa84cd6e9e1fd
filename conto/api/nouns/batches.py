"""Drafts in numbers, and pro forma invoices of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Day, Entry, Id, Instant
from conto.api.nouns.documents import SentMail
from conto.api.nouns.drafts import record
from conto.api.nouns.lines import Check, check_shape
from conto.api.operations import noun, reads, writes
from conto.api.problem import Refused
from conto.api.reading import found
from conto.apps.invoicing import queries
from conto.apps.messaging import queries as messaging
from conto.domain.permissions import Permission
from conto.flows import issue_batch, issue_document, send_pro_forma

router = noun("Drafts")


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of one draft of many."""

    draft_id: Id
    number: Annotated[str, Field(description="Empty: not issued; `checks` say why.", examples=["INV-2026-00042"])]
    checks: list[Check]


class ManyEntry(Entry):
    """Which drafts are issued."""

    draft_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
    issued_on: Annotated[Day | None, Field(description="Nothing: today.", examples=[None])] = None


class ProFormaEntry(Entry):
    """The mail; what is left out is proposed in the language of the draft."""

    to_address: Annotated[str, Field(max_length=254, examples=["einkauf@mueller.example"])] = ""
    subject: Annotated[str, Field(max_length=200, examples=[""])] = ""
    text: Annotated[str, Field(max_length=10_000, examples=[""])] = ""


@writes(router, "/drafts/issue", needs=Permission.INVOICE_ISSUE, gives=list[Issued])
def issue_many_drafts(request: HttpRequest, many: ManyEntry) -> Any:
    """Issue up to 500 drafts at one stroke; those that cannot be issued are set aside, each with its reasons.

    A warning sets a draft aside too: issue it alone, with an override.
    """
    caller = caller_of(request)
    visible = set(queries.drafts(caller.member).filter(id__in=many.draft_ids).values_list("id", flat=True))
    results = issue_document.issue_many(
        draft_ids=[wanted for wanted in dict.fromkeys(many.draft_ids) if wanted in visible],
        issued_on=many.issued_on,
        actor=caller.actor,
        at=caller.at,
    )
    return [Issued(row.draft_id, row.number, [check_shape(finding) for finding in row.findings]) for row in results]


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What became of one draft of a batch."""

    draft_id: Annotated[UUID, Field(description="Also the id of the document.")]
    number: Annotated[str, Field(description="Empty: not issued.", examples=["INV-2026-00042"])]
    held_for: Annotated[list[str], Field(description="Codes of what holds the draft.", examples=[[]])]
    mail: Annotated[str, Field(description="State of its mail; empty: none was written.", examples=["sent"])]
    refusal: Annotated[str, Field(description="Code of why it was not sent.", examples=[""])]


@dataclass(frozen=True, slots=True)
class IssueBatch:
    """Drafts that are checked, issued and sent by the worker."""

    id: Id
    started_at: Instant
    alive_at: Annotated[Instant, Field(description="When it last got further.")]
    ended_at: Annotated[datetime | None, Field(description="Null: it goes on, or was cut off.")]
    rows: list[BatchRow]


class BatchEntry(Entry):
    """Which drafts are issued and sent."""

    draft_ids: Annotated[list[Id], Field(min_length=1, max_length=5000)]


@writes(router, "/issue-batches", needs=Permission.INVOICE_ISSUE, gives=IssueBatch, status=202)
def start_issue_batch(request: HttpRequest, batch: BatchEntry) -> Any:
    """Have the worker check, issue and send up to 5000 drafts; those that the check list stops are held.

    Needs `invoice:send` too. Cut off it goes on, and sends nothing twice.
    """
    caller = caller_of(request)
    if not caller.may(Permission.INVOICE_SEND):
        words = _("This needs the scope %(scope)s too.") % {"scope": Permission.INVOICE_SEND.value}
        raise Refused(403, "permission.missing", words)
    seen = set(queries.drafts(caller.member).filter(id__in=batch.draft_ids).values_list("id", flat=True))
    wanted = [each for each in batch.draft_ids if each in seen]
    row = issue_batch.begin(draft_ids=wanted, actor=caller.actor, at=caller.at)
    return _batch(caller.member, row)


@reads(router, "/issue-batches/{uuid:batch_id}", needs=Permission.INVOICE_ISSUE, gives=IssueBatch, is_record=True)
def get_issue_batch(request: HttpRequest, batch_id: UUID) -> Any:
    """Get a batch with what became of each draft so far, also while it goes on."""
    member = caller_of(request).member
    return _batch(member, found(queries.batch_for(member, batch_id)))


def _batch(member: Any, row: Any) -> IssueBatch:
    mailed = messaging.mail_states(member, row.draft_ids)
    numbers = dict(queries.documents_of_batch(member, row).values_list("id", "number"))
    held = dict(queries.drafts_of_batch(member, row).values_list("id", "held_for"))
    rows = [
        BatchRow(
            each, numbers.get(each, ""), held.get(each, "").split(), mailed.get(each, ""),
            (row.refused.get(str(each)) or [""])[0],
        )
        for each in row.draft_ids
        if each in numbers or each in held
    ]  # fmt: skip
    return IssueBatch(row.id, row.started_at, row.alive_at, row.ended_at, rows)


@reads(
    router,
    "/drafts/{uuid:draft_id}/pro-forma.pdf",
    needs=Permission.INVOICE_VIEW,
    gives=None,
    media_types=("application/pdf",),
)
def get_pro_forma(request: HttpRequest, draft_id: UUID) -> Any:
    """Get a draft as a pro forma invoice: no number, no tax document, nothing booked."""
    content = send_pro_forma.pdf(record(request, draft_id), on=_today(request))
    return HttpResponse(content, content_type="application/pdf")


def _today(request: HttpRequest) -> date:
    return caller_of(request).today


@writes(router, "/drafts/{uuid:draft_id}/send-pro-forma", needs=Permission.INVOICE_SEND, gives=SentMail, status=201)
def send_pro_forma_by_mail(request: HttpRequest, draft_id: UUID, mail: ProFormaEntry) -> Any:
    """Send the pro forma invoice of a draft to the customer."""
    caller = caller_of(request)
    row = record(request, draft_id)
    proposed = send_pro_forma.proposal(row, on=caller.today)
    made = send_pro_forma.send(
        row,
        on=caller.today,
        to_address=mail.to_address or proposed.to_address,
        subject=mail.subject or proposed.subject,
        text=mail.text or proposed.text,
        actor=caller.actor,
        at=caller.at,
    )
    return SentMail(made.id, made.to_address, made.subject, made.state)
