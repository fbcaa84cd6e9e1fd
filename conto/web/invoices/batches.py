"""Drafts that are checked, issued and sent together: begun in the list, followed row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.invoicing import queries
from conto.apps.invoicing.actions import MOST_IN_BATCH
from conto.apps.messaging import queries as messaging
from conto.domain.errors import Finding, RuleBroken
from conto.domain.permissions import Permission
from conto.flows import issue_batch
from conto.web.access import may, needs
from conto.web.htmx import redirect, toast
from conto.web.invoices.words import held_words
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.invoicing.models import IssueBatch

ROWS_SHOWN = 200
_LONGEST_START = 6


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What became of one draft of a batch."""

    id: "UUID"
    customer_name: str
    number: str
    currency: str
    payable_minor: int
    tone: str
    words: str


@require_POST
@needs(Permission.INVOICE_ISSUE)
def start(request: HttpRequest) -> HttpResponseBase:
    """Have the worker check, issue and send the picked drafts, or all that the list shows."""
    here, listed = book(request), redirect(request, reverse("invoices") + "?state=draft")
    if not may(here.member, Permission.INVOICE_SEND):
        return toast(listed, _("You may not send invoices."))
    if request.POST.get("act") == "issue_send_all":
        wanted = queries.drafts_matching(
            here.member,
            customer_id=uuid_in(request.POST.get("customer")),
            search=request.POST.get("q", "").strip()[:100],
            is_held=request.POST.get("state") == "held",
            limit=MOST_IN_BATCH,
        )
    else:
        picked = {each for each in map(uuid_in, request.POST.getlist("picked")[:MOST_IN_BATCH]) if each}
        wanted = list(queries.drafts(here.member).filter(id__in=picked).order_by().values_list("id", flat=True))
    try:
        row = issue_batch.begin(draft_ids=wanted, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return toast(listed, words_of(refusal))
    return redirect(request, reverse("issue_batch", args=[row.id]))


@require_GET
@needs(Permission.INVOICE_ISSUE)
def show(request: HttpRequest, batch_id: "UUID") -> HttpResponse:
    """Show how far a batch is, and what became of each draft."""
    here = book(request)
    batch = found(queries.batch_for(here.member, batch_id))
    after = request.GET.get("after", "")
    start_at = int(after) if after.isascii() and after.isdigit() and len(after) < _LONGEST_START else 0
    end = start_at + ROWS_SHOWN
    issued = list(queries.documents_of_batch(here.member, batch).values_list("id", flat=True))
    left = queries.drafts_of_batch(here.member, batch).count()
    sent = len(messaging.mail_states(here.member, issued))
    context = {
        "batch": batch,
        "count": len(issued) + left,
        "issued": len(issued),
        "sent": sent,
        "left": left,
        "done": sent,
        "rows": _rows(here, batch, batch.draft_ids[start_at:end]),
        "next": end if end < len(batch.draft_ids) else None,
    }
    return render(request, "invoices/batch.html", context)


def _rows(here: Here, batch: "IssueBatch", ids: "list[UUID]") -> list[ResultRow]:
    mailed, made = messaging.mail_states(here.member, ids), {}
    for document in queries.documents(here.member).filter(id__in=ids):
        tone, words = _outcome(mailed.get(document.id), batch.refused.get(str(document.id)))
        made[document.id] = ResultRow(
            document.id, document.customer.name, document.number, document.currency, document.payable_minor, tone, words
        )
    for draft in queries.drafts(here.member).filter(id__in=ids):
        held = held_words(tuple(draft.held_for.split()))
        words = _("Held: %(why)s") % {"why": held} if held else _("Waits")
        made[draft.id] = ResultRow(
            draft.id,
            draft.customer.name,
            "",
            draft.currency,
            draft.shown_total_minor,
            "soon" if held else "draft",
            words,
        )
    return [made[each] for each in ids if each in made]


def _outcome(mail: str | None, refused: list[Any] | None) -> tuple[str, str]:
    if mail in {"bounced", "failed"}:
        return "late", _("Issued; the mail came back")
    if mail:
        return "settled", _("Issued and sent") if mail in {"sent", "delivered"} else _("Issued; the mail is on its way")
    if refused:
        code, message, params = refused
        given: Mapping[str, Any] = params
        return "late", _("Issued, not sent: %(why)s") % {"why": words_of(Finding(code, message, given))}
    return "open", _("Issued, not sent yet")
