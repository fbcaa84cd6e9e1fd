"""The price of a project: agreed, changed, what is done of it, and billing that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.invoicing import queries as documents
from conto.apps.projects import actions, queries
from conto.apps.projects.words import part_details, part_name
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import bill_project
from conto.web.access import needs
from conto.web.formats import money_text
from conto.web.htmx import redirect, toast
from conto.web.projects.price_forms import (
    AcceptanceForm,
    ChangeOrderForm,
    MilestoneForm,
    PriceBillForm,
    PriceForm,
    ProgressForm,
)
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.projects.models import Project


@dataclass(frozen=True)
class _Step:
    """A page with one form: its title, what it says, what it begins with, and what it does."""

    title: str | Promise
    lead: str | Promise
    form: Callable[..., forms.Form]
    first: Callable[[Here, "Project"], dict[str, Any]]
    act: Callable[[Any, dict[str, Any]], Any]


_AGREE = _Step(
    gettext_lazy("Agree on a price"),
    gettext_lazy(
        "From then on hours of the project are part of its price and are not billed by rates. A price never changes; a "
        "change order raises or lowers it."
    ),
    PriceForm,
    lambda here, project: {"agreed_on": here.today, "agreed_by": project.customer.name, "method": "milestones"},
    lambda form, how: actions.agree_price(new=form.contents(), **how),
)
_ORDER = _Step(
    gettext_lazy("Change order"),
    gettext_lazy("It raises or lowers the price and stays as it is noted."),
    ChangeOrderForm,
    lambda here, project: {"agreed_on": here.today, "agreed_by": project.customer.name},
    lambda form, how: actions.order_change(new=form.contents(), **how),
)
_MILESTONE = _Step(
    gettext_lazy("New milestone"),
    gettext_lazy("A part of the price that can be billed when it is reached."),
    MilestoneForm,
    lambda _here, _project: {},
    lambda form, how: actions.add_milestone(new=form.contents(), **how),
)
_PROGRESS = _Step(
    gettext_lazy("Say how much is complete"),
    gettext_lazy("The latest word counts. What is complete and not billed can be billed."),
    ProgressForm,
    lambda here, project: {"on": here.today, "percent": _percent_now(project)},
    lambda form, how: actions.tell_progress(**form.cleaned_data, **how),
)
_ACCEPT = _Step(
    gettext_lazy("The customer accepted the work"),
    gettext_lazy("What is held back can be released then, and the price does not change any more."),
    AcceptanceForm,
    lambda here, project: {"on": here.today, "accepted_by": project.customer.name},
    lambda form, how: actions.accept_project(**form.cleaned_data, **how),
)


def _percent_now(project: "Project") -> Any:
    standing = queries.price_of(project)
    return standing.percent if standing else None


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def agree(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Give a project a price."""
    return _stepped(request, project_id, _AGREE)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def order(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Note a change order."""
    return _stepped(request, project_id, _ORDER)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def milestone(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Add a milestone."""
    return _stepped(request, project_id, _MILESTONE)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def progress(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Say how much is complete."""
    return _stepped(request, project_id, _PROGRESS)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def accept(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Note that the customer accepted the work."""
    return _stepped(request, project_id, _ACCEPT)


def _stepped(request: HttpRequest, project_id: "UUID", step: _Step) -> HttpResponseBase:
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    context: dict[str, Any] = {"project": project, "step": step}
    if request.method == "GET":
        form = step.form(initial=step.first(here, project), currency=project.currency)
        return render(request, "projects/price_step.html", {"form": form, **context})
    form = step.form(request.POST, currency=project.currency)
    status = 422
    if form.is_valid():
        try:
            step.act(form, {"project": project, "actor": actor_of(request), "at": here.at})
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
            status = 409
        else:
            return toast(redirect(request, reverse("project", args=[project.id])), _("Saved."))
    return render(request, "projects/price_step.html", {"form": form, **context}, status=status)


@require_POST
@needs(Permission.PROJECT_EDIT)
def act(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Say that a milestone is reached, or not after all; or take it away."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    back = reverse("project", args=[project.id])
    milestone_id = found(uuid_in(request.POST.get("milestone")))
    given: dict[str, Any] = {
        "project": project, "milestone_id": milestone_id, "actor": actor_of(request), "at": here.at,
    }  # fmt: skip
    try:
        match request.POST.get("act", ""):
            case "reach":
                actions.reach_milestone(**given, on=here.today)
                words = _("The milestone is reached.")
            case "reopen":
                actions.reopen_milestone(**given)
                words = _("The milestone is not reached after all.")
            case "remove":
                actions.remove_milestone(**given)
                words = _("Taken away.")
            case _:
                raise Http404  # no button of the page says that
    except RuleBroken as refusal:
        return toast(redirect(request, back), words_of(refusal), tone="late")
    return toast(redirect(request, back), words)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_BILL)
def bill(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Show what would be billed of a price; on POST put it on a draft."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    deposits = _deposits(here, project)
    choices = [(str(row.id), f"{row.number} · {money_text(paid, row.currency)}") for row, paid in deposits]
    if request.method == "GET":
        form = PriceBillForm(deposits=choices, initial={"deposits": [key for key, _word in choices]})
        return render(request, "projects/price_bill.html", {"form": form, **_proposed(project)})
    form = PriceBillForm(request.POST, deposits=choices)
    if not form.is_valid():
        return render(request, "projects/price_bill.html", {"form": form, **_proposed(project)}, status=422)
    chosen = [row for row, _paid in deposits if row.id in form.chosen()]
    try:
        draft = bill_project.bill_price(project=project, deposits=chosen, actor=actor_of(request), at=here.at)
    except RuleBroken as refusal:
        context = {"form": form, "project": project, "why_not": words_of(refusal)}
        return render(request, "projects/price_bill.html", context, status=409)
    return toast(redirect(request, reverse("invoice", args=[draft.id])), _("It is on a draft."))


def _deposits(here: Here, project: "Project") -> list[tuple[Any, int]]:
    return documents.deductible_deposits(
        here.member, project.customer_id, legal_entity_id=project.legal_entity_id, currency=project.currency
    )


def _proposed(project: "Project") -> dict[str, Any]:
    try:
        taken = bill_project.propose_price(project=project)
    except RuleBroken as refusal:
        return {"project": project, "why_not": words_of(refusal)}
    language = bill_project.language_of(project)
    lines = [
        (part_name(part, taken, language), part_details(part, taken, language), part.amount_minor)
        for part in taken.parts
    ]
    return {"project": project, "lines": lines, "total_minor": taken.bill.payable_minor}
