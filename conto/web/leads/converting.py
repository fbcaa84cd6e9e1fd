"""Make a customer, a contact and a deal of a lead."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.leads import queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import convert_lead
from conto.flows.convert_lead import Conversion
from conto.web import htmx
from conto.web.access import may, needs, refused
from conto.web.deals.reads import owner_choices, stage_choices
from conto.web.leads.forms import ConvertForm
from conto.web.leads.reads import lead_of
from conto.web.reading import actor_of, book, found, uuid_in


@needs(Permission.DEAL_EDIT)
def convert(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Ask what a lead is to become, and make it."""
    here, lead = book(request), lead_of(request, lead_id)
    for needed in (Permission.LEAD_EDIT, Permission.CUSTOMER_EDIT):
        if not may(here.member, needed):
            return refused(request, needed)
    form = _form(request, lead)
    if request.method == "POST" and form.is_valid():
        try:
            made = convert_lead.convert(
                lead=lead, wish=_wish(request, form), version=form.cleaned_data["version"], actor=actor_of(request),
                at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            there = f"/deals/{made.deal.id}/" if made.deal else f"/customers/{made.customer.id}/"
            words = _("%(name)s is a customer now.") % {"name": made.customer.name}
            return htmx.toast(htmx.redirect(request, there), words)
    context = {"form": form, "lead": lead}
    return render(request, "leads/convert.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, lead: Any) -> ConvertForm:
    here = book(request)
    found_alike = queries.alike(
        here.member, name=lead.name, company=lead.company, email=lead.email, phone=lead.phone, limit=8
    )  # fmt: skip
    here_already = [each for each in found_alike if each.kind == "customer" and not each.state]
    customers = [(str(each.id), each.name) for each in here_already]
    new_words = _("A new customer: %(name)s") % {"name": lead.company or lead.name}
    owners = owner_choices()
    known = {str(lead.owner_id), str(here.member.id)} & {owner_id for owner_id, _name in owners}
    owner = str(lead.owner_id) if str(lead.owner_id) in known else str(here.member.id)
    first = {
        "customer": customers[0][0] if customers else "", "deal_name": lead.company or lead.name, "owner": owner,
        "version": lead.version,
    }  # fmt: skip
    return ConvertForm(
        request.POST or None, customers=[*customers, ("", new_words)], owners=owners, initial=first,
        stages=stage_choices(list(deals.pipelines(here.member))), currency=here.business.currency,
    )  # fmt: skip


def _wish(request: HttpRequest, form: ConvertForm) -> Conversion:
    values = form.cleaned_data
    customer_id = uuid_in(values["customer"])
    return Conversion(
        customer=found(crm.customer_for(book(request).member, customer_id)) if customer_id else None,
        with_deal=values["with_deal"],
        deal_name=values["deal_name"],
        stage_id=uuid_in(values["stage"]),
        value_minor=values["value"] or 0,
        owner_id=uuid_in(values["owner"]),
    )
