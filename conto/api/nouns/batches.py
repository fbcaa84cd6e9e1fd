"""Drafts in numbers, and pro forma invoices of them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Day, Entry, Id
from conto.api.nouns.documents import SentMail
from conto.api.nouns.drafts import record
from conto.api.nouns.lines import Check, check_shape
from conto.api.operations import noun, reads, writes
from conto.apps.invoicing import queries
from conto.domain.permissions import Permission
from conto.flows import issue_document, send_pro_forma

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
