"""What is to be done: mine or my team's, overdue, today and later, of deals, customers and leads on one page."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.deals import actions, queries
from conto.apps.deals.entry import NewActivity
from conto.apps.leads import queries as leads
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.deals.activities import blank_form, given
from conto.web.deals.forms import ActivityForm
from conto.web.deals.reads import owner_choices
from conto.web.deals.words import KIND_ICONS, KIND_WORDS
from conto.web.reading import Here, actor_of, book, found, uuid_in

WHO = {"": gettext_lazy("Mine"), "team": gettext_lazy("My team’s"), "all": gettext_lazy("Everybody’s")}
PARTS: dict[str, str | Promise] = {
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Today"),
    "next": gettext_lazy("Next"),
    "someday": gettext_lazy("Without a day"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Something to do as the page shows it; an activity, or the next step of a lead."""

    id: UUID
    is_lead: bool
    icon: str
    title: str
    whom: str
    about: str
    href: str
    owner: str
    at: datetime | None  # when it is due, or was done
    outcome: str = ""


Parts = list[tuple[str, str | Promise, list[Row]]]


@needs(Permission.DEAL_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show what is to be done, what is overdue first; or what was done."""
    here, who, kind = book(request), request.GET.get("who", ""), request.GET.get("kind", "")
    who, kind = (who if who in WHO else ""), (kind if kind in KIND_WORDS else "")
    owner_ids = {"": frozenset({here.member.id}), "team": accounts.teammates(here.member)}.get(who)
    show_done = request.GET.get("show") == "done"
    if show_done:
        made = queries.finished(here.member, owner_ids=owner_ids, kind=kind)
        parts: Parts = [("done", _("Done"), _rows(here, made))] if made else []
    else:
        parts = _by_time(_to_do(here, owner_ids, kind), here)
    context = {
        "parts": parts,
        "show_done": show_done,
        "who": who,
        "choices": WHO.items(),
        "kinds": KIND_WORDS.items(),
        "kind": kind,
        "kind_word": KIND_WORDS.get(kind, ""),
        "may_edit": may(here.member, Permission.DEAL_EDIT),
        "may_edit_leads": may(here.member, Permission.LEAD_EDIT),
    }
    return htmx.page_or_part(request, "deals/agenda.html", "list", context)


def _to_do(here: Here, owner_ids: Collection[UUID] | None, kind: str) -> list[Row]:
    rows = _rows(here, queries.planned(here.member, owner_ids=owner_ids, kind=kind))
    if kind or not may(here.member, Permission.LEAD_VIEW):
        return rows
    steps = [
        Row(
            lead.id, True, "user-round-search", lead.next_step, lead.name, lead.company, f"/leads/{lead.id}/",
            lead.owner.name if lead.owner else "", lead.next_step_at,
        )
        for lead in leads.steps(here.member, owner_ids=owner_ids)
    ]  # fmt: skip
    return sorted([*rows, *steps], key=lambda row: (row.at is None, row.at and row.at.timestamp(), row.title))


def _rows(here: Here, found_rows: Collection[Any]) -> list[Row]:
    wanted = {each.deal_id for each in found_rows if each.deal_id}
    seen = set(queries.visible_to(here.member).filter(id__in=wanted).values_list("id", flat=True)) if wanted else set()
    return [_of_activity(here, each, sees_deal=each.deal_id in seen) for each in found_rows]


def _of_activity(here: Here, each: Any, *, sees_deal: bool) -> Row:
    href, about = "", ""
    if sees_deal:
        href, about = f"/deals/{each.deal_id}/", each.deal.name
    elif crm.sees_customer(here.member, each.customer):
        href = f"/customers/{each.customer_id}/"
    return Row(
        each.id, False, KIND_ICONS[each.kind], each.title, each.customer.name, about, href, each.owner.name,
        each.done_at or each.due_at, each.outcome,
    )  # fmt: skip


def _by_time(rows: Iterable[Row], here: Here) -> Parts:
    parts: dict[str, list[Row]] = {name: [] for name in PARTS}
    for row in rows:
        if row.at is None:
            parts["someday"].append(row)
        elif row.at < here.at:
            parts["overdue"].append(row)
        else:
            parts["today" if timezone.localtime(row.at).date() == here.today else "next"].append(row)
    return [(name, PARTS[name], each) for name, each in parts.items() if each]


@needs(Permission.DEAL_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Plan something with a customer, without a deal: first with whom, then what."""
    here = book(request)
    customer_id = uuid_in(request.GET.get("customer"))
    if customer_id is None:
        text = request.GET.get("q", "").strip()[:100]
        context = {
            "people": crm.find(here.member, text) if text else [],
            "title": _("New activity"), "address": "/activities/new", "above": "/activities/",
            "above_word": _("Activities"),
        }  # fmt: skip
        return htmx.page_or_part(request, "deals/choose.html", "people", context)
    customer, owners = found(crm.customer_for(here.member, customer_id)), owner_choices()
    form = ActivityForm(request.POST, owners=owners, prefix="activity") if request.POST else blank_form(request, owners)
    back = htmx.safe_next(request, f"/customers/{customer.id}/")
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_activity(
                customer=customer, new=NewActivity(**given(form)), actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, back), _("“%(title)s” is planned.") % {"title": made.title})
    shown: dict[str, Any] = {
        "beside": customer,
        "form": form,
        "customer": customer,
        "title": _("New activity"),
        "back": back,
    }
    return render(request, "deals/activity.html", shown, status=422 if form.errors else 200)
