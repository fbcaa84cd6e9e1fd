"""A draft as a pro forma invoice: its paper, and sending it."""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from conto.apps.invoicing import queries
from conto.apps.messaging import queries as messaging
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import send_pro_forma
from conto.web.access import needs
from conto.web.htmx import redirect, toast
from conto.web.invoices.files import file_answer
from conto.web.invoices.forms import SendForm
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID


@require_GET
@needs(Permission.INVOICE_VIEW)
def paper(request: HttpRequest, draft_id: "UUID") -> HttpResponseBase:
    """Give the pro forma invoice of a draft as a PDF."""
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    try:
        content = send_pro_forma.pdf(draft, on=here.today)
    except RuleBroken as refusal:
        return render(request, "invoices/no_file.html", {"draft": draft, "why": words_of(refusal)}, status=422)
    return file_answer(content, "application/pdf", f"pro-forma-{here.today.isoformat()}.pdf", inline=True)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_SEND)
def send(request: HttpRequest, draft_id: "UUID") -> HttpResponseBase:
    """Show the mail with the pro forma invoice as it will go out; on POST put it on its way."""
    here = book(request)
    draft = found(queries.draft_for(here.member, draft_id))
    try:
        proposal = send_pro_forma.proposal(draft, on=here.today)
    except RuleBroken as refusal:
        return render(request, "invoices/no_file.html", {"draft": draft, "why": words_of(refusal)}, status=422)
    initial = {"to_address": proposal.to_address, "subject": proposal.subject, "text": proposal.text}
    form = SendForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            send_pro_forma.send(
                draft,
                on=here.today,
                to_address=form.cleaned_data["to_address"],
                subject=form.cleaned_data["subject"],
                text=form.cleaned_data["text"],
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            answer = redirect(request, reverse("invoice", args=[draft.id]))
            return toast(answer, _("The pro forma invoice is in the outbox."))
    context = {"draft": draft, "form": form, "proposal": proposal, "has_server": messaging.mail_server()}
    return render(request, "invoices/pro_forma.html", context, status=422 if form.errors else 200)
