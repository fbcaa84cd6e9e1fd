"""Opening and changing projects, and saying what an hour costs."""

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewProject
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.projects.forms import ProjectForm, RateForm, project_initial
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.projects.models import Project


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def new(request: HttpRequest) -> HttpResponseBase:
    """Open a project of a customer, maybe of a deal; without one, ask for whom."""
    here = book(request)
    asked = request.POST if request.method == "POST" else request.GET
    deal_id, customer_id = uuid_in(asked.get("deal")), uuid_in(asked.get("customer"))
    deal = found(deals.deal_for(here.member, deal_id)) if deal_id else None
    if deal is not None:
        customer_id = deal.customer_id
    if customer_id is None:
        return _whom(request, here)
    customer = found(crm.customer_for(here.member, customer_id))
    currency = (deal.currency if deal else customer.currency) or here.business.currency
    around = {"customer": customer, "deal": deal}
    if request.method == "GET":
        first = {
            "name": deal.name if deal else "", "currency": currency, "owner": str(here.member.id), "step_minutes": "1",
        }  # fmt: skip
        return render(request, "projects/form.html", {"form": _form(here, currency, initial=first), **around})
    currency = (request.POST.get("currency", "").strip().upper() or currency)[:3]
    try:
        form = _form(here, currency, request.POST)
        if form.is_valid():
            made = _open(request, here, form, customer, deal)
            return toast(redirect(request, reverse("project", args=[made.id])), _("Saved."))
    except RuleBroken as refusal:
        form = _form(here, here.business.currency, request.POST)
        form.is_valid()
        form.add_error(None, words_of(refusal))
    return render(request, "projects/form.html", {"form": form, **around}, status=422)


def _open(request: HttpRequest, here: Here, form: ProjectForm, customer: Any, deal: Any) -> "Project":
    currency = form.cleaned_data["currency"].upper()
    wanted = NewProject(
        **form.contents(), currency=currency, deal_id=deal.id if deal else None, rate=form.cleaned_data["rate"]
    )
    return actions.open_project(customer=customer, new=wanted, actor=actor_of(request), at=here.at)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def edit(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Change what is said of a project."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    around = {"project": project, "customer": project.customer}
    if request.method == "GET":
        form = _form(here, project.currency, initial=project_initial(project), of=project)
        return render(request, "projects/form.html", {"form": form, **around})
    form = _form(here, project.currency, request.POST, of=project)
    status = 422
    if form.is_valid():
        try:
            actions.change_project(
                project=project, changes=form.contents(), expected_version=form.cleaned_data["version"],
                actor=actor_of(request), at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
            status = 409
        else:
            return toast(redirect(request, reverse("project", args=[project.id])), _("Saved."))
    return render(request, "projects/form.html", {"form": form, **around}, status=status)


@require_POST
@needs(Permission.PROJECT_EDIT)
def act(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Close a project, or open it again."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    given: dict[str, Any] = {"project": project, "actor": actor_of(request), "at": here.at}
    try:
        match request.POST.get("act", ""):
            case "close":
                actions.close_project(**given)
                words = _("The project is closed.")
            case "reopen":
                actions.reopen_project(**given)
                words = _("The project is open again.")
            case _:
                raise Http404  # no button of the page says that
    except RuleBroken as refusal:
        return toast(redirect(request, reverse("project", args=[project.id])), words_of(refusal), tone="late")
    return toast(redirect(request, reverse("project", args=[project.id])), words)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_EDIT)
def rates(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Show what an hour costs in a project, and say what it costs from a day on."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    people = [(str(each.id), each.name) for each in accounts.members() if each.is_active]
    context: dict[str, Any] = {"project": project, "rates": queries.rates_of(here.member, project)}
    if request.method == "GET":
        form = RateForm(people=people, initial={"starts_on": here.today})
        return render(request, "projects/rates.html", {"form": form, **context})
    form = RateForm(request.POST, people=people)
    if form.is_valid():
        known = form.cleaned_data
        try:
            actions.set_rate(
                project=None if known["everywhere"] else project, currency=project.currency,
                member=_member(known["member"]) if known["member"] else None,
                amount=known["amount"], starts_on=known["starts_on"], actor=actor_of(request), at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return toast(redirect(request, reverse("project", args=[project.id])), _("Saved."))
    return render(request, "projects/rates.html", {"form": form, **context}, status=422)


def _form(
    here: Here, currency: str, data: Any = None, *, initial: dict[str, Any] | None = None, of: "Project | None" = None
) -> ProjectForm:
    owners = [
        (str(each.id), each.name)
        for each in accounts.members()
        if (each.is_active and may(each, Permission.PROJECT_VIEW)) or (of and each.id == of.owner_id)
    ]
    offers = catalog.find_items(here.member, "", currency=currency, on=here.today, limit=200)
    items = [(str(each.id), each.name) for each in offers]
    if of is not None and of.item is not None and str(of.item_id) not in dict(items):
        items.append((str(of.item_id), of.item.name))
    return ProjectForm(data, initial=initial, owners=owners, items=items, currency=currency, of=of)


def _whom(request: HttpRequest, here: Here) -> HttpResponseBase:
    search = request.GET.get("q", "").strip()[:100]
    people: Any = crm.find(here.member, search, limit=12)
    if not search:
        people = crm.customer_page(here.member, crm.CustomerFilters(order="newest"), size=12).rows
    return page_or_part(request, "projects/choose.html", "people", {"people": people, "search": search})


def _member(chosen: str) -> Any:
    member_id = uuid_in(chosen)
    return found(accounts.member(member_id)) if member_id else None
