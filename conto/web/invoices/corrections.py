"""What corrects or follows a document: copy, credit, write-off, deposit, final invoice."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.entries import CreditPart
from conto.apps.ledger import queries as ledger
from conto.apps.stock import queries as stock
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.htmx import redirect, toast
from conto.web.invoices.forms import CreditForm, WriteOffForm
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID


@require_POST
@needs(Permission.INVOICE_DRAFT)
def copy(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Begin a draft with the same lines."""
    here = book(request)
    document = found(queries.document_for(here.member, document_id))
    draft = invoicing.copy_document(document=document, actor=actor_of(request), at=here.at)
    return toast(redirect(request, reverse("draft_edit", args=[draft.id])), _("Copied into a new draft."))


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_CREDIT)
def credit(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Ask what is credited, whole or per line; on POST draft the credit note and show it before it is issued."""
    here = book(request)
    document = found(queries.document_for(here.member, document_id))
    lines = list(document.lines.order_by("position"))
    form = CreditForm(request.POST or None, lines=lines, moved_goods=stock.has_moved_goods(document.id))
    if request.method == "POST" and form.is_valid():
        quantities = {line.position: form.cleaned_data.get(f"quantity_{line.position}") for line in lines}
        parts = {position: CreditPart(quantity=quantity) for position, quantity in quantities.items() if quantity}
        try:
            draft = invoicing.draft_credit_note(
                document=document,
                parts="whole" if "whole" in request.POST or not parts else parts,
                reason=form.cleaned_data["reason"],
                goods_stay=form.cleaned_data.get("goods_stay", False),
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return redirect(request, reverse("draft_issue", args=[draft.id]))
    rows = [(line, form[f"quantity_{line.position}"]) for line in lines]
    context = {"document": document, "form": form, "rows": rows}
    return render(request, "invoices/credit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Permission.INVOICE_WRITE_OFF)
def write_off(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Give up what is open of an invoice, with the reason."""
    here = book(request)
    document = found(queries.document_for(here.member, document_id))
    form = WriteOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invoicing.write_off(
                document=document, reason=form.cleaned_data["reason"], actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            answer = redirect(request, reverse("invoice", args=[document.id]))
            return toast(answer, _("The open amount of %(number)s is written off.") % {"number": document.number})
    context = {"document": document, "form": form, "open_minor": ledger.open_minor(document.id)}
    return render(request, "invoices/write_off.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.INVOICE_DRAFT)
def deposit(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Draft a deposit invoice over a part of a draft."""
    here = book(request)
    draft = found(queries.draft_for(here.member, document_id))
    try:
        percent = Decimal(request.POST.get("percent", "30"))
        made = invoicing.draft_deposit(
            customer=draft.customer, of=draft, percent=percent, actor=actor_of(request), at=here.at
        )
    except (RuleBroken, ArithmeticError) as refusal:
        words = words_of(refusal) if isinstance(refusal, RuleBroken) else _("Write a percentage, such as 30.")
        return toast(redirect(request, reverse("invoice", args=[draft.id])), words, tone="late")
    return redirect(request, reverse("draft_edit", args=[made.id]))


@require_POST
@needs(Permission.INVOICE_DRAFT)
def final(request: HttpRequest, document_id: "UUID") -> HttpResponseBase:
    """Draft the final invoice that deducts a deposit."""
    here = book(request)
    document = found(queries.document_for(here.member, document_id))
    try:
        draft = invoicing.draft_final(
            customer=document.customer, deposits=[document], actor=actor_of(request), at=here.at
        )
    except RuleBroken as refusal:
        return toast(redirect(request, reverse("invoice", args=[document.id])), words_of(refusal), tone="late")
    return redirect(request, reverse("draft_edit", args=[draft.id]))
