"""Notes and calls: written on the customer's page, changed on a page of their own."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.customers import forms
from conto.web.reading import actor_of, book, found


@needs(Permission.CUSTOMER_EDIT)
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Write a note about a customer."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    form = forms.NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            crm.write_note(customer=customer, body=form.cleaned_data["body"], actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), _("Note kept."))
    return _show(request, form, customer, _("Note"))


@needs(Permission.CUSTOMER_EDIT)
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
    """Write down a call with a customer."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    form = forms.CallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            crm.log_call(
                customer=customer,
                body=given["body"],
                with_name=given["with_name"],
                minutes=None if given["minutes"] is None else int(given["minutes"]),
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), _("Call kept."))
    return _show(request, form, customer, _("Call"))


@needs(Permission.CUSTOMER_VIEW)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, customer_id: UUID, note_id: UUID) -> HttpResponseBase:
    """Show a note as it reads now, to be changed by those who may."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    note = customers.notes_by_id([note_id]).get(note_id)
    note = found(note if note and note.customer_id == customer.id else None)
    form = forms.NoteForm(request.POST or None, initial={"body": note.body})
    if request.method == "POST" and here.member.may(Permission.CUSTOMER_EDIT) and form.is_valid():
        try:
            fact_id = crm.change_note(
                customer=customer,
                note_id=note_id,
                body=form.cleaned_data["body"],
                actor=actor_of(request),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            undo = f"/customers/{customer_id}/undo/{fact_id}" if fact_id else None
            return htmx.toast(htmx.redirect(request, f"/customers/{customer_id}/"), _("Saved."), undo)
    return _show(request, form, customer, _("Note"))


def _show(request: HttpRequest, form: forms.EntryForm, customer: object, title: str) -> HttpResponseBase:
    context = {"form": form, "name": "note", "title": title, "customer": customer, "address": request.path}
    status = 422 if form.errors else 200
    return htmx.page_or_part(request, "customers/card.html", "card", context, status=status)
