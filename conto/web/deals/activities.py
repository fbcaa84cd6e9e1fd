"""Plan, change and finish activities."""

from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.crm import queries as crm
from conto.apps.deals import actions, queries
from conto.apps.deals.entry import NewActivity
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import may, needs
from conto.web.deals.forms import ActivityForm, Choices
from conto.web.deals.reads import deal_of, owner_choices
from conto.web.reading import actor_of, book, found

_MORNING = time(9)


def blank_form(request: HttpRequest, owners: Choices) -> ActivityForm:
    """Return the form for the next step of a deal."""
    first = {"kind": "call", "due_on": book(request).today, "owner": str(book(request).member.id)}
    return ActivityForm(owners=owners, initial=first, prefix="activity")


def given(form: ActivityForm) -> dict[str, Any]:
    """Return what was typed of an activity."""
    values = form.cleaned_data
    day = values["due_on"]
    due_at = timezone.make_aware(datetime.combine(day, values["due_time"] or _MORNING)) if day else None
    return {
        "kind": values["kind"], "title": values["title"], "text": values["text"], "due_at": due_at,
        "owner_id": UUID(values["owner"]),
    }  # fmt: skip


@needs(Permission.DEAL_EDIT)
def add(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Plan the next step of a deal."""
    deal = deal_of(request, deal_id)
    owners = owner_choices()
    form = ActivityForm(request.POST, owners=owners, prefix="activity") if request.POST else blank_form(request, owners)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_activity(
                customer=deal.customer, new=NewActivity(**given(form)), deal=deal, actor=actor_of(request),
                at=book(request).at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            answer = htmx.redirect(request, f"/deals/{deal.id}/")
            return htmx.toast(answer, _("“%(title)s” is planned.") % {"title": made.title})
    context = {
        "form": form, "deal": deal, "title": _("New activity"), "back": f"/deals/{deal.id}/",
        "beside": seen_customer(book(request).member, deal.customer),
    }  # fmt: skip
    return render(request, "deals/activity.html", context, status=422 if form.errors else 200)


def _activity(request: HttpRequest, activity_id: UUID) -> Any:
    return found(queries.activity_for(book(request).member, activity_id))


def seen_customer(member: Any, customer: Any) -> Any:
    """Return the customer, for the panel beside a page, when the member sees them (V-4, V-7)."""
    return customer if may(member, Permission.CUSTOMER_VIEW) and crm.sees_customer(member, customer) else None


def _home(activity: Any) -> str:
    return f"/deals/{activity.deal_id}/" if activity.deal_id else f"/customers/{activity.customer_id}/"


@needs(Permission.DEAL_EDIT)
def change(request: HttpRequest, activity_id: UUID) -> HttpResponseBase:
    """Change what is to be done, when or by whom."""
    here, activity = book(request), _activity(request, activity_id)
    due = timezone.localtime(activity.due_at) if activity.due_at else None
    first = {
        "kind": activity.kind, "title": activity.title, "text": activity.text, "owner": str(activity.owner_id),
        "due_on": due and due.date(), "due_time": due and due.time(),
    }  # fmt: skip
    form = ActivityForm(request.POST or None, owners=owner_choices(), initial=first, prefix="activity")
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_activity(activity=activity, changes=given(form), actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, htmx.safe_next(request, _home(activity))), _("Saved."))
    back = htmx.safe_next(request, _home(activity))
    context = {
        "form": form, "deal": activity.deal, "title": activity.title, "back": back,
        "beside": seen_customer(here.member, activity.deal.customer if activity.deal else activity.customer),
    }  # fmt: skip
    return render(request, "deals/activity.html", context, status=422 if form.errors else 200)


@needs(Permission.DEAL_EDIT)
@require_POST
def finish(request: HttpRequest, activity_id: UUID) -> HttpResponseBase:
    """Note that something is done; the toast takes it back."""
    activity = _activity(request, activity_id)
    outcome = request.POST.get("outcome", "")[:500]
    actions.finish_activity(activity=activity, outcome=outcome, actor=actor_of(request), at=book(request).at)
    answer = htmx.redirect(request, htmx.safe_next(request, _home(activity)))
    undo = f"/activities/{activity.id}/undone"
    if "next" in request.POST:  # back to the list from which it was done
        undo += "?" + urlencode({"next": htmx.safe_next(request, _home(activity))})
    return htmx.toast(answer, _("“%(title)s” is done.") % {"title": activity.title}, undo)


@needs(Permission.DEAL_EDIT)
@require_POST
def reopen(request: HttpRequest, activity_id: UUID) -> HttpResponseBase:
    """Note that something is to be done after all."""
    activity = _activity(request, activity_id)
    actions.reopen_activity(activity=activity, actor=actor_of(request), at=book(request).at)
    answer = htmx.redirect(request, htmx.safe_next(request, _home(activity)))
    return htmx.toast(answer, _("“%(title)s” is to be done.") % {"title": activity.title})
