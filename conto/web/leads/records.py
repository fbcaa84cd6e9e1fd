"""The page of a lead."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.fields.queries import told_body
from conto.apps.leads import queries
from conto.apps.leads.entry import OPEN_STATES
from conto.apps.leads.own import record_of
from conto.domain.permissions import Permission
from conto.web import own_fields
from conto.web.access import may, needs
from conto.web.customers.icons import ICONS
from conto.web.customers.words import TONES, telling
from conto.web.leads.forms import StepForm
from conto.web.leads.reads import lead_of, owner_choices
from conto.web.leads.words import reason_words
from conto.web.reading import book
from conto.web.states import look_of


@needs(Permission.LEAD_VIEW)
@require_GET
def record(request: HttpRequest, lead_id: UUID) -> HttpResponseBase:
    """Show a lead: who it is, what is to be done, what was said and done, and what it became."""
    here, lead = book(request), lead_of(request, lead_id)
    is_open = lead.state in OPEN_STATES
    due = timezone.localtime(lead.next_step_at).date() if lead.next_step_at else None
    context: dict[str, Any] = {
        "lead": lead,
        "is_open": is_open,
        "is_due": bool(is_open and lead.next_step_at and lead.next_step_at <= here.at),
        "states": [(state, look_of(state).word) for state in OPEN_STATES],
        "history": _history(lead, here),
        "reasons": [(reason_words(each), each["points"], each["code"]) for each in lead.reasons],
        "alike": _alike(here.member, lead) if is_open else [],
        "deal": deals.deal_for(here.member, lead.deal_id) if lead.deal_id else None,
        "step_form": StepForm(initial={"next_step": lead.next_step, "step_on": due}),
        "owners": [each for each in owner_choices() if each[0] != str(lead.owner_id)],
        "may_edit": may(here.member, Permission.LEAD_EDIT),
        "own": own_fields.record_card(request, record_of(lead.id, here.business.currency)),
        "own_address": f"/leads/{lead.id}/own" if is_open and may(here.member, Permission.LEAD_EDIT) else "",
        "may_convert": is_open and may_convert(here.member),
        "sees_customer": bool(lead.customer_id and crm.customer_for(here.member, lead.customer_id)),
    }
    return render(request, "leads/lead.html", context)


def may_convert(member: Any) -> bool:
    """Tell whether a member may make a customer and a deal of a lead."""
    needed = (Permission.LEAD_EDIT, Permission.CUSTOMER_EDIT, Permission.DEAL_EDIT)
    return all(may(member, each) for each in needed)


def _alike(member: Any, lead: Any) -> list[queries.Alike]:
    return queries.alike(
        member, name=lead.name, company=lead.company, email=lead.email, phone=lead.phone, but=lead.id
    )  # fmt: skip


def _history(lead: Any, here: Any) -> list[dict[str, Any]]:
    rows = []
    for fact in audit.facts_of_subject(lead.id).order_by("-at", "-id")[:200]:
        body = told_body(fact.kind, fact.body, here.business, here.member.role)
        told = telling(fact.kind, body, fact.actor_name)
        rows.append(
            {
                "at": fact.at, "by": fact.actor_name, "title": told.title, "note": told.note,
                "icon": ICONS.get(fact.kind, "circle"), "tone": TONES.get(fact.kind, "open"),
            }
        )  # fmt: skip
    return rows
