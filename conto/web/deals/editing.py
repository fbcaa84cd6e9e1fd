"""Add and change deals and their products."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conto.apps.crm import queries as crm
from conto.apps.deals import actions, queries
from conto.apps.deals.entry import LineEntry, NewDeal
from conto.apps.deals.own import record_of
from conto.apps.fields.queries import values_of
from conto.domain.errors import RuleBroken
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.web import htmx, own_fields
from conto.web.access import needs
from conto.web.deals.forms import DealForm, LineForm
from conto.web.deals.reads import deal_of, owner_choices, stage_choices
from conto.web.reading import actor_of, book, found, uuid_in, words_of


@needs(Permission.DEAL_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a deal: first whose, then what."""
    here = book(request)
    customer_id = uuid_in((request.POST or request.GET).get("customer"))
    if customer_id is None:
        text = request.GET.get("q", "").strip()
        people = crm.find(here.member, text) if text else []
        choices: dict[str, Any] = {
            "people": people, "title": _("New deal"), "address": "/deals/new", "above": "/deals/",
            "above_word": _("Deals"),
        }  # fmt: skip
        return htmx.page_or_part(request, "deals/choose.html", "people", choices)
    customer = found(crm.customer_for(here.member, customer_id))
    first = {"stage": request.GET.get("stage", ""), "owner": str(here.member.id)}
    form = DealForm(
        request.POST or None, currency=customer.currency, contacts=_contacts(customer), initial=first,
        stages=stage_choices(list(queries.pipelines(here.member))), owners=owner_choices(),
    )  # fmt: skip
    fields = own_fields.entered_by(here, Subject.DEAL)
    own_fields.add_fields(form, fields, {}, currency=customer.currency, sees=False)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            given = own_fields.given_in(form, fields, currency=customer.currency, is_new=True)
            entry = NewDeal(
                own=given,
                name=values["name"], stage_id=uuid_in(values.get("stage")), contact_id=uuid_in(values["contact"]),
                value_minor=values["value"] or 0, owner_id=uuid_in(values.get("owner")), source=values["source"],
                expected_close_on=values["expected_close_on"],
            )  # fmt: skip
            deal = actions.add_deal(customer=customer, new=entry, actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            words = _("%(deal)s is on the board.") % {"deal": deal.name}
            return htmx.toast(htmx.redirect(request, f"/deals/{deal.id}/"), words)
    context = {
        "form": form,
        "customer": customer,
        "title": _("New deal"),
        "back": "/deals/",
        "own": own_fields.bound(form),
    }
    return render(request, "deals/form.html", context, status=422 if form.errors else 200)


def _contacts(customer: Any) -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in crm.contacts_of(customer)]


def _contact(deal: Any) -> list[tuple[str, str]]:
    return [(str(deal.contact_id), deal.contact.name)] if deal.contact else []


@needs(Permission.DEAL_EDIT)
def edit(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Change a deal; stage and owner have acts of their own."""
    deal = deal_of(request, deal_id)
    lines = queries.lines_of(deal.id)
    first = {
        "name": deal.name, "value": deal.value_minor, "contact": str(deal.contact_id or ""), "source": deal.source,
        "expected_close_on": deal.expected_close_on, "version": deal.version,
    }  # fmt: skip
    is_fixed = bool(lines) or deal.state != "open"
    contacts = _contacts(deal.customer) if crm.sees_customer(book(request).member, deal.customer) else _contact(deal)
    form = DealForm(
        request.POST or None, currency=deal.currency, contacts=contacts, has_lines=is_fixed,
        initial=first,
    )  # fmt: skip
    fields = own_fields.entered_by(book(request), Subject.DEAL)
    held = values_of(book(request).business, Subject.DEAL, [deal.id]).get(deal.id, {})
    own_fields.add_fields(form, fields, held, currency=deal.currency)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        changes = {name: values[name] for name in ("name", "source", "expected_close_on")}
        changes |= {"contact_id": uuid_in(values["contact"])}
        changes |= {} if is_fixed else {"value_minor": values["value"] or 0}
        try:
            given = own_fields.given_in(form, fields, currency=deal.currency, kept=held)
            actions.change_deal(
                deal=deal, changes=changes, version=values["version"], own=given, own_seen=own_fields.seen_in(form),
                actor=actor_of(request), at=book(request).at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/deals/{deal.id}/"), _("Saved."))
    context = {
        "form": form, "deal": deal, "customer": deal.customer, "title": deal.name, "back": f"/deals/{deal.id}/",
        "own": own_fields.bound(form),
    }  # fmt: skip
    return render(request, "deals/form.html", context, status=422 if form.errors else 200)


@needs(Permission.DEAL_EDIT)
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Change the own fields of a deal."""
    deal = deal_of(request, deal_id)
    return own_fields.edit(request, record_of(deal), back=f"/deals/{deal.id}/", name=deal.name)


@needs(Permission.DEAL_EDIT)
def products(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Change the products of a deal, whose sum is its value."""
    deal = deal_of(request, deal_id)
    shape = formset_factory(LineForm, extra=3, can_delete=True, max_num=200)
    first = [
        {
            "item": row.line.item_id, "name": row.line.name, "quantity": row.line.quantity,
            "price": row.line.unit_price_minor, "discount": row.line.discount_percent or None,
        }
        for row in queries.lines_of(deal.id)
    ]  # fmt: skip
    units = {row.line.item_id or row.line.name: row.line.unit for row in queries.lines_of(deal.id)}
    rows = shape(request.POST or None, initial=first, prefix="lines", form_kwargs={"currency": deal.currency})
    refusal = ""
    if request.method == "POST" and rows.is_valid():
        try:
            actions.set_deal_lines(
                deal=deal, lines=_entries(rows, units), version=_number(request.POST.get("version")),
                actor=actor_of(request), at=book(request).at,
            )  # fmt: skip
        except RuleBroken as broken:
            refusal = words_of(broken)
        else:
            return htmx.toast(htmx.redirect(request, f"/deals/{deal.id}/"), _("Saved."))
    context = {"rows": rows, "deal": deal, "refusal": refusal}
    return render(request, "deals/products.html", context, status=422 if refusal or rows.is_bound else 200)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _entries(rows: "BaseFormSet[LineForm]", units: dict[Any, str]) -> list[LineEntry]:
    entries = []
    for form in rows:
        values = form.cleaned_data
        if not values or values.get("DELETE"):
            continue
        entries.append(
            LineEntry(
                item_id=values["item"],
                name=values["name"],
                quantity=values["quantity"],
                unit_price_minor=values["price"],
                discount_percent=values["discount"] or Decimal(0),
                unit=units.get(values["item"] or values["name"], "C62"),
            )
        )
    return entries
