"""Billing runs: the list, one with its progress and what it set aside, dry runs, and starting one."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoices
from conto.apps.subscriptions import queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import billing_run, dry_run
from conto.web.access import may, needs
from conto.web.formats import time_text
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.invoices.words import held_words
from conto.web.reading import actor_of, book, found, words_of
from conto.web.subscriptions.words import aside_words

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Draft

HELD_SHOWN = 50


@require_GET
@needs(Permission.SUBSCRIPTION_BILL)
def run_list(request: HttpRequest) -> HttpResponse:
    """Show billing runs, the latest first, and what is due now."""
    return page_or_part(request, "subscriptions/runs.html", "rows", _listed(request))


def _listed(request: HttpRequest) -> dict[str, Any]:
    here = book(request)
    page = queries.run_page(here.member, after=request.GET.get("after", "")[:40])
    return {"page": page, "due": queries.due_count(at=here.at), "dry_runs": queries.latest_dry_runs(here.member)}


@require_GET
@needs(Permission.SUBSCRIPTION_BILL)
def run_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show a run: how far it is, what it came to, and what it set aside."""
    here = book(request)
    row = found(queries.run_for(here.member, run_id))
    aside = [(each, aside_words(each)) for each in queries.set_aside_of(here.member, row)]
    context = {"run": row, "aside": aside, "held_count": 0, "held": [], "more_held": 0}
    if may(here.member, Permission.INVOICE_VIEW):
        drafts = invoices.drafts_of_run(here.member, row.id)
        shown = [(draft, _why(draft)) for draft in drafts[:HELD_SHOWN]]
        count = drafts.count()
        context |= {"held_count": count, "held": shown, "more_held": count - len(shown)}
    return render(request, "subscriptions/run.html", context)


def _why(draft: "Draft") -> str:
    """Say why a draft of a run is not issued yet."""
    if draft.issues_at:
        return _("Issued on %(when)s unless stopped") % {"when": time_text(draft.issues_at)}
    if draft.carried_at:
        return _("Carried to the next invoice")
    return held_words(tuple(draft.held_for.split())) or _("To be looked at first, as agreed")


@require_POST
@needs(Permission.SUBSCRIPTION_BILL)
def start(request: HttpRequest) -> HttpResponseBase:
    """Have the worker bill what is due now."""
    member, back = book(request).member, redirect(request, reverse("billing_runs"))
    try:
        with transaction.atomic():
            app.configure_task(billing_run.BILLING_TASK, queueing_lock=billing_run.BILLING_TASK).defer(
                asked_by=str(member.id), name=member.name
            )
    except AlreadyEnqueued:
        return toast(back, _("A billing run is waiting for the worker already."))
    return toast(back, _("The worker bills what is due now."))


@require_POST
@needs(Permission.SUBSCRIPTION_BILL)
def dry(request: HttpRequest) -> HttpResponseBase:
    """Have the worker do what a run would do now and undo it; its page shows how far that is and what it came to."""
    row, is_new = dry_run.begin(actor=actor_of(request), at=book(request).at)
    page = redirect(request, reverse("billing_dry_run", args=[row.id]))
    return page if is_new else toast(page, _("A dry run is under way already."))


@require_GET
@needs(Permission.SUBSCRIPTION_BILL)
def dry_run_page(request: HttpRequest, dry_run_id: UUID) -> HttpResponse:
    """Show a dry run: how far it is, what a run would come to, and what it would set aside."""
    here = book(request)
    row = found(queries.dry_run_for(here.member, dry_run_id))
    seen = queries.aside_in_dry_run(here.member, row)
    aside = [
        (seen[number], words_of(RuleBroken(code, reason, **params)))
        for number, code, reason, params in row.aside
        if number in seen
    ]
    papers = row.papers if may(here.member, Permission.INVOICE_VIEW) else []
    customers = crm.customers(here.member).in_bulk([each["customer"] for each in papers]) if papers else {}
    shown = [(each, customers[UUID(each["customer"])]) for each in papers if UUID(each["customer"]) in customers]
    context = {
        "run": row,
        "totals": sorted(row.totals_minor.items()),
        "aside": aside,
        "more_aside": row.aside_count - len(aside),
        "papers": shown,
        "more_papers": row.document_count - len(shown),
    }
    return page_or_part(request, "subscriptions/dry_run.html", "result", context)
