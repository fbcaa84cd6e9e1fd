"""Plans for the people who set prices: the list with coupons, one plan, and what can be done with it."""

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from conto.apps.plans import actions, queries
from conto.apps.plans.words import rhythm_words
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.price import describe, price_from
from conto.web.access import may, needs
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.plans.features import limit_words
from conto.web.plans.forms import CouponForm
from conto.web.plans.showing import commitment_text, sample_invoices, shown_items
from conto.web.plans.words import DOWNGRADES, PRORATIONS, speech_here
from conto.web.reading import actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

VIEWS = [
    ("", gettext_lazy("Offered")),
    ("archived", gettext_lazy("Archived")),
    ("coupons", gettext_lazy("Coupons")),
]
_LONGEST_VERSION = 4


@require_GET
@needs(Permission.PLAN_VIEW)
def plan_list(request: HttpRequest) -> HttpResponse:
    """Show the plans that are offered, those that are archived, or the coupons."""
    return listed(request)


def listed(request: HttpRequest, form: CouponForm | None = None, *, status: int = 200) -> HttpResponse:
    """Show the list, with a coupon that was typed where there is one."""
    here = book(request)
    view = "coupons" if form else request.GET.get("view", "")
    search, after = request.GET.get("q", "").strip()[:100], request.GET.get("after", "")[:40]
    context: dict[str, Any] = {"views": VIEWS, "view": view, "search": search}
    if view == "coupons":
        first = {"currency": here.business.currency, "periods": 1}
        page: Any = queries.coupon_page(here.member, search=search, after=after)
        context |= {"coupons": page.rows, "form": form or CouponForm(initial=first)}
    else:
        state: Any = "archived" if view == "archived" else "offered"
        page = queries.plan_page(here.member, state=state, search=search, after=after)
        context["rows"] = [
            (row, rhythm_words(row.version.interval, row.version.count), _prices(row)) for row in page.rows
        ]
    context["after"] = page.next_cursor
    return page_or_part(request, "plans/list.html", "rows", context, status=status)


def _prices(row: queries.PlanRow) -> list[str]:
    speech = speech_here(row.plan.currency)
    return [f"{item.name}: {describe(price_from(item.price, row.plan.currency), speech)}" for item in row.items]


@require_GET
@needs(Permission.PLAN_VIEW)
def show(request: HttpRequest, plan_id: "UUID") -> HttpResponseBase:
    """Show a plan as it is now, or one of its versions: prices in words, worked, and what a subscriber would pay."""
    here = book(request)
    plan = found(queries.plan_for(here.member, plan_id))
    asked = request.GET.get("version", "")
    wanted = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= _LONGEST_VERSION else None
    version = found(queries.version_for(plan, wanted))
    rows, terms, versions = queries.items_of(version), queries.terms_of(version), queries.versions_of(plan)
    context = {
        "plan": plan,
        "version": version,
        "is_current": version.version == plan.version,
        "rhythm": rhythm_words(version.interval, version.count),
        "proration": dict(PRORATIONS)[version.proration],
        "downgrade": dict(DOWNGRADES)[version.downgrade],
        "commitment": commitment_text(version.commitment, plan.currency) if version.commitment else "",
        "items": shown_items(rows, plan.currency),
        "invoices": sample_invoices(rows, terms, plan.currency, zone=here.business.zone, starts_on=here.today),
        "currency": plan.currency,
        "features": [(each, limit_words(each)) for each in terms.features],
        "versions": versions,
        "may_migrate": len(versions) > 1 and may(here.member, Permission.SUBSCRIPTION_EDIT),
        "may_edit": may(here.member, Permission.PLAN_EDIT),
    }
    return render(request, "plans/plan.html", context)


@require_POST
@needs(Permission.PLAN_EDIT)
def act(request: HttpRequest, plan_id: "UUID") -> HttpResponseBase:
    """Offer a plan no longer, or again."""
    here = book(request)
    plan = found(queries.plan_for(here.member, plan_id))
    given: dict[str, Any] = {"plan": plan, "actor": actor_of(request), "at": here.at}
    back, words = reverse("plan", args=[plan.id]), ""
    try:
        if request.POST.get("act") == "archive":
            actions.archive_plan(**given)
            words = _("%(name)s is archived.") % {"name": plan.name}
        elif request.POST.get("act") == "restore":
            actions.restore_plan(**given)
            words = _("%(name)s is back.") % {"name": plan.name}
        else:
            raise Http404  # no button of the page says that
    except RuleBroken as refusal:
        return toast(redirect(request, back), words_of(refusal), tone="late")
    return toast(redirect(request, back), words)


@require_POST
@needs(Permission.PLAN_EDIT)
def archive_coupon(request: HttpRequest, coupon_id: "UUID") -> HttpResponseBase:
    """Give a coupon out no longer."""
    here = book(request)
    coupon = found(queries.coupon_for(here.member, coupon_id))
    back = reverse("plans") + "?view=coupons"
    try:
        actions.archive_coupon(coupon=coupon, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        return toast(redirect(request, back), words_of(refusal), tone="late")
    return toast(redirect(request, back), _("%(name)s is archived.") % {"name": coupon.code})
