"""An issued document: what it says, what happened with it, and sending it."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.audit import queries as audit
from conto.apps.fields.entry import Record
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.ledger import queries as ledger
from conto.apps.messaging import queries as messaging
from conto.apps.payments import queries as payments
from conto.apps.repeats import queries as repeats
from conto.apps.stock import queries as stock
from conto.domain.errors import RuleBroken
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.flows import send_document
from conto.web import own_fields
from conto.web.access import may, needs
from conto.web.htmx import redirect, toast
from conto.web.invoices.forms import SendForm
from conto.web.invoices.story import story_of
from conto.web.invoices.words import why_words
from conto.web.payments import collecting
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

_FACTS_SHOWN = 50


@require_GET
@needs(Permission.INVOICE_VIEW)
def show(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Show a document with its lines, money and story; a draft opens in its own page."""
    here = book(request)
    document = queries.document_for(here.member, document_id)
    if document is None:
        return _show_draft(request, document_id)
    open_minor = ledger.open_minor(document.id)
    lines = list(document.lines.order_by("position"))
    story = audit.facts_of_subject(document.id)[:_FACTS_SHOWN]
    margins = stock.line_margins(here.member, document.id) if any(line.item_id for line in lines) else {}
    context = {
        "document": document,
        "lines": [(line, margins.get(line.position)) for line in lines],
        "earned": stock.earned(margins.values()),
        "taxes": document.taxes.order_by("position"),
        "allowances": document.allowances.order_by("position"),
        "open_minor": open_minor,
        "settled_minor": document.payable_minor - open_minor,
        "state": queries.state_of(document, open_minor, here.today),
        "allocations": payments.allocations_of_document(document.id),
        "story": story_of(story, book(request)),
        "collecting": collecting.shown(here.member, document, story, open_minor),
        "mails": messaging.mails_about(document.id),
        "attachments": queries.attachments_of(document.id),
        "is_past_due": document.kind != "credit_note" and document.due_on < here.today,
        **_own(request, document),
    }
    return render(request, "invoices/document.html", context)


def _show_draft(request: HttpRequest, draft_id: "UUID") -> HttpResponse:
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    context = {
        "draft": draft,
        "lines": draft.lines.order_by("position"),
        "computed": queries.computed(draft, here.today),
        "findings": [(finding, words_of(finding)) for finding in queries.findings(draft, here.today)],
        "attachments": queries.attachments_of(draft.id),
        **_own(request, draft),
        "story": story_of(audit.facts_of_subject(draft.id)[:_FACTS_SHOWN], book(request)),
    }
    return render(request, "invoices/draft.html", context)


def _own(request: HttpRequest, paper: Any) -> dict[str, Any]:
    may_edit = may(book(request).member, Permission.INVOICE_DRAFT)
    return {
        "made_by": repeats.maker_of(book(request).member, paper.id),
        "own": own_fields.record_card(request, _record_of(paper)),
        "own_address": f"/invoices/{paper.id}/own" if may_edit else "",
    }


def _record_of(paper: Any) -> Record:
    return Record(subject=Subject.INVOICE, id=paper.id, currency=paper.currency, customer_id=paper.customer_id)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_DRAFT)
def own(request: HttpRequest, subject_id: "UUID") -> HttpResponseBase:
    """Change the own fields of a draft or document; what was issued stays as it is."""
    member = book(request).member
    paper: Any = queries.document_for(member, subject_id) or found(queries.draft_for(member, subject_id))
    name = getattr(paper, "number", "") or _("Draft")
    return own_fields.edit(request, _record_of(paper), back=f"/invoices/{paper.id}", name=name)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_SEND)
def send(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Show the mail as it will go out, in the customer's language; on POST put it on its way."""
    here = book(request)
    document = found(queries.document_for(here.member, document_id))
    proposal = send_document.proposal(document, on=here.today)
    form = SendForm(
        request.POST or None,
        initial={"to_address": proposal.to_address, "subject": proposal.subject, "text": proposal.text},
    )
    if request.method == "POST" and form.is_valid():
        try:
            send_document.send(
                document,
                to_address=form.cleaned_data["to_address"],
                subject=form.cleaned_data["subject"],
                text=form.cleaned_data["text"],
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            words = (
                _("%(number)s is on its way.")
                if messaging.mail_server()
                else _("%(number)s waits in the outbox until a mail server is set up.")
            )
            return toast(redirect(request, reverse("invoice", args=[document.id])), words % {"number": document.number})
    context = {
        "document": document, "form": form, "proposal": proposal, "has_server": messaging.mail_server(),
        "why": why_words(proposal.words, document.customer.name) if proposal.words else "",
    }  # fmt: skip
    return render(request, "invoices/send.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.INVOICE_SEND)
def share(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Make a link to the document for the customer, shown once to copy."""
    here = book(request)
    document = found(queries.document_for(here.member, document_id))
    link = invoicing.create_link(document=document, actor=actor_of(request), at=here.at)
    address = f"{settings.PUBLIC_URL}/i/{link.token}"
    return render(
        request, "invoices/link.html", {"document": document, "address": address, "expires_at": link.expires_at}
    )
