"""Add and change leads; who looks like a lead that is being entered."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.fields.queries import values_of
from conto.apps.leads import actions, queries
from conto.apps.leads.entry import OPEN_STATES, checked_lead
from conto.apps.leads.own import record_of
from conto.domain.errors import RuleBroken
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.flows import receive_lead
from conto.web import htmx, own_fields
from conto.web.access import needs
from conto.web.leads.forms import LeadForm
from conto.web.leads.reads import lead_of, owner_choices
from conto.web.reading import actor_of, book


@needs(Permission.LEAD_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a lead, and say when it looks like somebody who is here."""
    here = book(request)
    first = {
        "country": here.business.country, "language": here.business.language, "owner": str(here.member.id),
        "name": request.GET.get("name", ""),
    }  # fmt: skip
    form = LeadForm(request.POST or None, owners=owner_choices(), initial=first)
    fields, currency = own_fields.entered_by(here, Subject.LEAD), here.business.currency
    own_fields.add_fields(form, fields, {}, currency=currency, sees=False)
    alike: list[queries.Alike] = []
    if request.method == "POST" and form.is_valid():
        alike = [] if request.POST.get("is_new") else _alike(request)
        if not alike:
            try:
                own = own_fields.given_in(form, fields, currency=currency, is_new=True)
                entered = replace(form.lead(), own=own)
                lead = receive_lead.receive(new=entered, actor=actor_of(request), at=here.at)
            except RuleBroken as refusal:
                form.refuse(refusal)
            else:
                return htmx.toast(
                    htmx.redirect(request, f"/leads/{lead.id}/"), _("%(name)s is here.") % {"name": lead.name}
                )
    context = {
        "form": form, "title": _("New lead"), "back": "/leads/", "alike": alike, "own": own_fields.bound(form),
    }  # fmt: skip
    return render(request, "leads/form.html", context, status=422 if form.errors or alike else 200)


@needs(Permission.LEAD_EDIT)
@require_POST
def alike(request: HttpRequest) -> HttpResponse:
    """Say who looks like the lead that is being entered."""
    return render(request, "leads/alike.html", {"alike": _alike(request)})


def _alike(request: HttpRequest) -> list[queries.Alike]:
    here, given = book(request), request.POST
    typed: dict[str, Any] = {"phone": given.get("phone", "")[:60], "country": given.get("country", "")[:2]}
    try:
        phone = checked_lead(typed, home_country=here.business.country)["phone"]
    except RuleBroken:
        phone = ""
    return queries.alike(
        here.member, name=given.get("name", "")[:200], company=given.get("company", "")[:200],
        email=given.get("email", "").strip()[:254], phone=phone,
    )  # fmt: skip


@needs(Permission.LEAD_EDIT)
def edit(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Change a lead."""
    lead = lead_of(request, lead_id)
    same = ("name", "company", "email", "phone", "country", "language", "source", "next_step", "message", "version")
    due = timezone.localtime(lead.next_step_at).date() if lead.next_step_at else None
    first = {name: getattr(lead, name) for name in same} | {"owner": str(lead.owner_id or ""), "step_on": due}
    form = LeadForm(request.POST or None, owners=owner_choices(), initial=first)
    business = book(request).business
    fields = own_fields.entered_by(book(request), Subject.LEAD)
    held = values_of(business, Subject.LEAD, [lead.id]).get(lead.id, {})
    own_fields.add_fields(form, fields, held, currency=business.currency)
    if request.method == "POST" and form.is_valid():
        changes = form.given()
        if changes["next_step_at"] and due == form.cleaned_data["step_on"]:
            changes["next_step_at"] = lead.next_step_at  # the day stays, and so does its hour
        try:
            own = own_fields.given_in(form, fields, currency=business.currency, kept=held)
            actions.change_lead(
                lead=lead, changes=changes, version=form.cleaned_data["version"], own=own,
                own_seen=own_fields.seen_in(form), actor=actor_of(request), at=book(request).at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, f"/leads/{lead.id}/"), _("Saved."))
    context = {
        "form": form, "lead": lead, "title": lead.name, "back": f"/leads/{lead.id}/", "own": own_fields.bound(form),
    }  # fmt: skip
    return render(request, "leads/form.html", context, status=422 if form.errors else 200)


@needs(Permission.LEAD_EDIT)
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Change the own fields of a lead."""
    lead = lead_of(request, lead_id)
    if lead.state not in OPEN_STATES:
        raise Http404
    return own_fields.edit(
        request, record_of(lead.id, book(request).business.currency), back=f"/leads/{lead.id}/", name=lead.name
    )
