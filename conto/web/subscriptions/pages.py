"""Subscriptions: the list, and one with its standing, its invoices to come and what was billed."""

from typing import TYPE_CHECKING, Any, get_args

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.invoicing import queries as invoices_of
from conto.apps.payments import queries as payments
from conto.apps.plans import queries as plans
from conto.apps.plans.words import rhythm_words
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.queries import StateFilter
from conto.domain.permissions import Permission
from conto.domain.subscription import standing_on
from conto.flows import billing_run
from conto.web.access import may, needs
from conto.web.htmx import page_or_part, redirect, safe_next, toast
from conto.web.invoices.story import story_of
from conto.web.payments.collecting import REASON_WORDS
from conto.web.plans.words import DOWNGRADES, PRORATIONS
from conto.web.reading import book, found, uuid_in
from conto.web.subscriptions.prepaid import EndForm, shown_prepaid
from conto.web.subscriptions.showing import coming, names_of, shown_changes, shown_settlements, shown_standing
from conto.web.subscriptions.words import VIEWS, aside_words, offered_changes

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.subscriptions.models import Subscription

_FACTS_SHOWN = 50
_ASIDE_SHOWN = 5
_INVOICES_OPEN = 3


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def subscription_list(request: HttpRequest) -> HttpResponse:
    """Show subscriptions by view, customer, plan and search word, the latest made first."""
    here = book(request)
    wanted = request.GET.get("state", "all")
    state: StateFilter = wanted if wanted in get_args(StateFilter) else "all"  # type: ignore[assignment]
    customer_id, plan_id = uuid_in(request.GET.get("customer")), uuid_in(request.GET.get("plan"))
    search = request.GET.get("q", "").strip()[:100]
    page = queries.subscription_page(
        here.member,
        today=here.today,
        state=state,
        customer_id=customer_id,
        plan_id=plan_id,
        search=search,
        cursor=request.GET.get("after", ""),
    )
    waiting = [(row, aside_words(row)) for row in queries.set_aside_open(here.member, limit=_ASIDE_SHOWN + 1)]
    context = {
        "views": VIEWS,
        "state": state,
        "search": search,
        "customer_id": customer_id,
        "plan": plans.plan_for(here.member, plan_id) if plan_id else None,
        "page": page,
        "waiting": waiting[:_ASIDE_SHOWN],
        "more_waiting": len(waiting) > _ASIDE_SHOWN,
        "may_bill": may(here.member, Permission.SUBSCRIPTION_BILL),
    }
    return page_or_part(request, "subscriptions/list.html", "rows", context)


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def show(request: HttpRequest, subscription_id: "UUID") -> HttpResponseBase:
    """Show a subscription: how it stands, what comes, what was billed and what happened."""
    here = book(request)
    row = found(queries.subscription_for(here.member, subscription_id))
    return render(request, "subscriptions/subscription.html", shown_subscription(request, row))


def shown_subscription(
    request: HttpRequest, row: "Subscription", *, ended: "tuple[UUID, EndForm] | None" = None
) -> dict[str, Any]:
    """Return all that the page of a subscription shows; `ended` is what was typed to end a credit."""
    here = book(request)
    loaded = queries.load(row)
    standing = standing_on(loaded.definition, loaded.changes, here.today)
    names = names_of(loaded.items)
    is_measured = any(item.measure for item in loaded.items.values())
    shown = shown_standing(standing, loaded.items, row.currency)
    invoices, stopped = coming(loaded, names)
    aside = queries.open_aside_of(row)
    is_charged = row.collection == "charge" and may(here.member, Permission.PAYMENT_VIEW)
    may_edit = may(here.member, Permission.SUBSCRIPTION_EDIT)
    paid_ahead = shown_prepaid(request, row, is_measured=is_measured, ended=ended)
    drawn = [each.row for each in paid_ahead.get("credits", ())]
    return {
        "row": row,
        **paid_ahead,
        "carried": invoices_of.carried_drafts(here.member, row.customer_id).filter(legal_entity=row.legal_entity_id),
        "shown": shown,
        "saved_card": payments.methods_for(here.member, row.customer_id).filter(state="saved").first()
        if is_charged
        else None,
        "rhythm": rhythm_words(row.interval, row.count),
        "proration": dict(PRORATIONS)[row.proration],
        "downgrade": dict(DOWNGRADES)[row.downgrade],
        "coupons": [each.key for each in loaded.definition.coupons],
        "invoices": invoices[:_INVOICES_OPEN],
        "later": invoices[_INVOICES_OPEN:],
        "stopped": stopped,
        "currency": row.currency,
        "settled": shown_settlements(here.member, row, names, drawn),
        "changes": shown_changes(row, names, here.today),
        "aside": aside,
        "aside_words": aside_words(aside) if aside else "",
        "offered": offered_changes(
            standing.state,
            ends=standing.ends_on is not None,
            items=len(shown.items),
            is_counted=any(each.is_there and each.is_counted for each in standing.items),
        ),
        "may_edit": may_edit,
        "may_bill": may(here.member, Permission.SUBSCRIPTION_BILL),
        "held": queries.held_versions([row], {row.id: here.today}).get(row.id)
        if may(here.member, Permission.PLAN_VIEW)
        else None,
        "sees_deal": deals.sees_deal(here.member, row.deal_id),
        "renewals": deals.renewals_of(here.member, row.id) if row.ends_on or row.version > 1 else (),
        "sees_quote": row.quote_id and may(here.member, Permission.QUOTE_VIEW),
        "story": story_of(audit.facts_of_subject(row.id)[:_FACTS_SHOWN], here),
    }


@require_POST
@needs(Permission.SUBSCRIPTION_BILL)
def try_again(request: HttpRequest, subscription_id: "UUID") -> HttpResponseBase:
    """Bill a subscription that was set aside; what still cannot be billed stays aside with its reason of now."""
    here = book(request)
    row = found(queries.subscription_for(here.member, subscription_id))
    done = billing_run.try_again(row=row, at=here.at)
    back = redirect(request, safe_next(request, reverse("subscription", args=[row.id])))
    if done.aside:
        return toast(back, _("%(number)s still cannot be billed.") % {"number": row.number}, tone="late")
    return toast(back, _("%(number)s is billed.") % {"number": row.number})


@require_GET
@needs(Permission.SUBSCRIPTION_VIEW)
def card(request: HttpRequest, customer_id: "UUID") -> HttpResponse:
    """Show the card of a customer's subscriptions, which the customer's page asks for when it is there."""
    here = book(request)
    customer = found(crm.customer_for(here.member, customer_id))
    rows = queries.of_customer(here.member, customer.id, here.today)
    context = {"customer": customer, "rows": rows, "carried": invoices_of.carried_drafts(here.member, customer.id)}
    if any(row.collection == "charge" for row in rows):
        context |= {
            "saved_cards": [each for each in payments.methods_for(here.member, customer.id) if each.state == "saved"],
            "troubled": [
                (each, REASON_WORDS.get(each.reason, each.reason))
                for each in payments.in_trouble(here.member, customer.id)
            ],
        }
    return render(request, "subscriptions/card.html", context)
