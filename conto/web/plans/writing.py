"""Writing plans and coupons: the editor, which shows as one types what it would bill."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.plans import actions, queries
from conto.apps.plans.entries import NewPlan
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import needs
from conto.web.htmx import is_part, redirect, toast
from conto.web.plans.forms import CouponForm, Items, PlanForm, changed_rows, empty_row, stored_rows, typed_rows
from conto.web.plans.pages import listed
from conto.web.plans.showing import sample_invoices, shown_items
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.plans.models import Plan

_TERMS = (
    "interval", "count", "trial_days", "is_calendar_aligned", "proration", "downgrade", "bills_changes_now",
    "keeps_anchor", "bills_end_day",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Permission.PLAN_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a plan."""
    here = book(request)
    if request.method == "GET":
        first = {
            "currency": here.business.currency, "price_mode": "net", "interval": "month", "count": 1,
            "proration": "day", "downgrade": "period_end", "bills_changes_now": True,
        }  # fmt: skip
        return _page(request, PlanForm(initial=first, is_new=True), Items([empty_row()]))
    return _posted(request, None, request.POST.get("currency", "")[:3])


@require_http_methods(["GET", "POST"])
@needs(Permission.PLAN_EDIT)
def edit(request: HttpRequest, plan_id: "UUID") -> HttpResponseBase:
    """Change a plan: its terms and items become a new version, which new subscriptions take."""
    plan = found(queries.plan_for(book(request).member, plan_id))
    if request.method == "POST":
        return _posted(request, plan, plan.currency)
    version = found(queries.version_for(plan))
    first = {name: getattr(version, name) for name in _TERMS}
    first |= {"name": plan.name, "description": plan.description, "version": plan.version}
    first["commitment"] = version.commitment.normalize() if version.commitment else None
    form = PlanForm(initial=first, is_new=False)
    return _page(request, form, Items(stored_rows(queries.items_of(version))), plan)


def _posted(request: HttpRequest, plan: "Plan | None", currency: str) -> HttpResponseBase:
    """Do what a button of the editor says: draw it anew, preview it, or save."""
    wanted, typed = request.POST.get("act", ""), request.POST
    rows = typed_rows(typed)
    if wanted and wanted != "preview":
        items = Items(changed_rows(rows, wanted))
        if is_part(request):
            return render(request, "plans/editor.html#items", {"items": items, "plan": plan})
        return _page(request, PlanForm(initial=typed.dict(), is_new=plan is None), items, plan)
    form, items = PlanForm(typed, is_new=plan is None), Items(rows, typed)
    if wanted == "preview":
        return render(request, "plans/_preview.html", _preview(request, form, items, currency))
    if form.is_valid() and items.is_valid():
        try:
            saved = _saved(request, form, items, plan)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return toast(redirect(request, reverse("plan", args=[saved.id])), _("Saved."))
    items.is_valid()
    return _page(request, form, items, plan, status=422)


def _saved(request: HttpRequest, form: PlanForm, items: Items, plan: "Plan | None") -> "Plan":
    here, actor, known = book(request), actor_of(request), form.cleaned_data
    if plan is None:
        names = ("code", "name", "currency", "description", "price_mode")
        plan_wanted = NewPlan(**{name: known[name] for name in names}, terms=form.terms())
        return actions.add_plan(new=plan_wanted, items=items.entries(), actor=actor, at=here.at)
    version = queries.version_for(plan)
    features = queries.terms_of(version).features if version else ()  # they have a page of their own
    return actions.change_plan(
        plan=plan, changes={"name": known["name"], "description": known["description"]},
        terms=replace(form.terms(), features=features),
        items=items.entries(), reason=known["reason"], expected_version=known["version"], actor=actor, at=here.at,
    )  # fmt: skip


def _preview(request: HttpRequest, form: PlanForm, items: Items, currency: str) -> dict[str, Any]:
    """Return what the typed plan would bill, or why it cannot."""
    here = book(request)
    form.fields.pop("name", None)  # what it is called changes nothing in what it bills
    form.fields.pop("code", None)
    if not form.is_valid() or not items.is_valid():
        return {"missing": _("Prices are shown here once the form is complete.")}
    try:
        entries = actions.checked_items(items.entries(), form.terms(), currency)
        return {
            "items": shown_items(entries, currency),
            "invoices": sample_invoices(entries, form.terms(), currency, zone=here.business.zone, starts_on=here.today),
            "currency": currency,
        }
    except RuleBroken as refusal:
        return {"refusal": words_of(refusal)}


def _page(
    request: HttpRequest, form: PlanForm, items: Items, plan: "Plan | None" = None, *, status: int = 200
) -> HttpResponse:
    back = reverse("plan", args=[plan.id]) if plan else reverse("plans")
    context = {"form": form, "items": items, "plan": plan, "back": back}
    return render(request, "plans/editor.html", context, status=status)


@require_POST
@needs(Permission.PLAN_EDIT)
def new_coupon(request: HttpRequest) -> HttpResponseBase:
    """Add a coupon."""
    form = CouponForm(request.POST)
    if form.is_valid():
        try:
            made = actions.add_coupon(new=form.entry(), actor=actor_of(request), at=book(request).at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            said = _("%(code)s can be given out.") % {"code": made.code}
            return toast(redirect(request, reverse("plans") + "?view=coupons"), said)
    return listed(request, form, status=422)
