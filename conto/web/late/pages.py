"""Late charges: the list, waiving, the card of an invoice, and who and what is left out."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.crm import queries as customers
from conto.apps.invoicing import queries as documents
from conto.apps.late import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import charge_late
from conto.web.access import needs
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.late.forms import ReasonForm
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

VIEWS = [
    ("all", gettext_lazy("All")),
    ("draft", gettext_lazy("Drafts")),
    ("charged", gettext_lazy("Charged")),
    ("waived", gettext_lazy("Waived")),
]


@require_GET
@needs(Permission.INVOICE_VIEW)
def charge_list(request: HttpRequest) -> HttpResponse:
    """Show what was charged for paying late, the latest first."""
    asked = request.GET.get("state", "all")
    state = asked if asked in dict(VIEWS) else "all"
    page = queries.charge_page(book(request).member, state=state, after=request.GET.get("after", "")[:40])
    context = {"views": VIEWS, "state": state, "page": page, "is_on": queries.late_rule().is_on}
    return page_or_part(request, "late/list.html", "rows", context)


@require_POST
@needs(Permission.INVOICE_CHARGE_LATE)
def run(request: HttpRequest) -> HttpResponseBase:
    """Charge what is late now."""
    done = charge_late.run(actor=actor_of(request), at=book(request).at)
    words = ngettext("%(n)s document was made.", "%(n)s documents were made.", done.documents) % {"n": done.documents}
    return toast(
        redirect(request, reverse("late_charges")), words if done.documents else _("Nothing is to be charged.")
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_CHARGE_LATE)
def waive(request: HttpRequest, charge_id: "UUID") -> HttpResponseBase:
    """Ask why a charge is waived; on POST drop it from its draft, or credit it."""
    here = book(request)
    row = found(queries.charge_for(here.member, charge_id))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            note = charge_late.waive(
                charge_id=row.id, reason=form.cleaned_data["reason"], actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            said = _("Waived, with %(number)s.") % {"number": note.number} if note else _("Waived.")
            return toast(redirect(request, reverse("invoice", args=[row.invoice_id])), said)
    return render(request, "late/waive.html", {"row": row, "form": form}, status=422 if form.errors else 200)


@require_GET
@needs(Permission.INVOICE_VIEW)
def card(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Show how late an invoice is and what it was charged, which its page asks for when it is there."""
    here = book(request)
    document = found(documents.document_for(here.member, document_id))
    rule = queries.late_rule()
    rows = queries.charges_of_invoice(here.member, document.id)
    context: dict[str, Any] = {"document": document, "rows": rows, "rule": rule, "is_shown": bool(rows)}
    if rule.is_on:
        until = here.today - timedelta(days=1)
        excluded = queries.exclusion_of(document.id)
        coming = queries.coming(rule, document, until=until)
        context |= {
            "excluded": excluded,
            "exempt": queries.exemption_of(document.customer_id),
            "coming": coming,
            "late_since": document.due_on + timedelta(days=1),
            "is_shown": bool(rows) or excluded is not None or document.due_on < here.today,
        }
    return render(request, "late/card.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_CHARGE_LATE)
def exclude(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Ask why an invoice is charged nothing more; on POST leave it out, or take it in again."""
    here = book(request)
    document = found(documents.document_for(here.member, document_id))
    excluded = queries.exclusion_of(document.id)
    back = redirect(request, reverse("invoice", args=[document.id]))
    if request.method == "POST" and request.POST.get("act") == "include":
        actions.include_invoice(document=document, actor=actor_of(request), at=here.at)
        return toast(back, _("Charged again for being paid late."))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.exclude_invoice(
                document=document, reason=form.cleaned_data["reason"], actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return toast(back, _("Charged nothing more for being paid late."))
    context = {"document": document, "excluded": excluded, "form": form}
    return render(request, "late/exclude.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_CHARGE_LATE)
def exempt(request: HttpRequest, customer_id: "UUID") -> HttpResponseBase:
    """Ask why a customer is charged nothing for paying late; on POST exempt them, or charge them again."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    back = redirect(request, f"/customers/{customer.id}/")
    if request.method == "POST" and request.POST.get("act") == "end":
        actions.end_exemption(customer=customer, actor=actor_of(request), at=here.at)
        if request.POST.get("back") == "rule":
            back = redirect(request, reverse("settings_late"))
        return toast(back, _("Charged again for paying late."))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.exempt_customer(
                customer=customer, reason=form.cleaned_data["reason"], actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return toast(back, _("Charged nothing for paying late."))
    context = {"customer": customer, "exemption": queries.exemption_of(customer.id), "form": form}
    return render(request, "late/exempt.html", context, status=422 if form.errors else 200)
