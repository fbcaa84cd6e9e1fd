"""Projects for the people who look after them: the list, one with its work, and billing it."""

from typing import TYPE_CHECKING, Any, get_args

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from conto.apps.audit import queries as audit
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.projects import queries
from conto.apps.projects.queries import StateFilter, WorkFilter
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.project import Grouping
from conto.flows import bill_project
from conto.web.access import may, needs
from conto.web.htmx import page_or_part, redirect, toast
from conto.web.invoices.story import story_of
from conto.web.projects.forms import BillForm
from conto.web.projects.retainers import retainer_parts
from conto.web.projects.words import hours_text, step_words
from conto.web.reading import actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.projects.models import Project

VIEWS = [
    ("open", gettext_lazy("Open")),
    ("unbilled", gettext_lazy("Not billed yet")),
    ("closed", gettext_lazy("Closed")),
    ("all", gettext_lazy("All")),
]
WORK_VIEWS = [
    ("all", gettext_lazy("All")),
    ("waiting", gettext_lazy("To approve")),
    ("approved", gettext_lazy("To bill")),
    ("billed", gettext_lazy("Billed")),
]
_FACTS_SHOWN = 50


@require_GET
@needs(Permission.PROJECT_VIEW)
def project_list(request: HttpRequest) -> HttpResponse:
    """Show projects by view, customer and search word, each with what is not billed yet."""
    here = book(request)
    wanted = request.GET.get("state", "open")
    state: StateFilter = wanted if wanted in get_args(StateFilter) else "open"  # type: ignore[assignment]
    customer_id = uuid_in(request.GET.get("customer"))
    search = request.GET.get("q", "").strip()[:100]
    page = queries.project_page(
        here.member, state=state, customer_id=customer_id, search=search, cursor=request.GET.get("after", "")
    )
    context = {"views": VIEWS, "state": state, "search": search, "customer_id": customer_id, "page": page}
    return page_or_part(request, "projects/list.html", "rows", context)


@require_GET
@needs(Permission.PROJECT_VIEW)
def of_customer(request: HttpRequest, customer_id: "UUID") -> HttpResponseBase:
    """Show the card of a customer's open projects, which the customer's page asks for when it is there."""
    here = book(request)
    customer = found(crm.customer_for(here.member, customer_id))
    context = {"customer": customer, "rows": queries.open_projects_of(here.member, customer_id)}
    return render(request, "projects/_of_customer.html", context)


@require_GET
@needs(Permission.PROJECT_VIEW)
def show(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Show a project: what is billed and what is not, its work, its rates, its story."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    wanted = request.GET.get("work", "all")
    state: WorkFilter = wanted if wanted in get_args(WorkFilter) else "all"  # type: ignore[assignment]
    standing = queries.standings([project])[project.id]
    price = queries.price_of(project)
    retainer = queries.retainer_of(project, here.today)
    may_edit = may(here.member, Permission.PROJECT_EDIT) and project.state == "open"
    used = standing.billed_minor + standing.unbilled_minor
    context = {
        "project": project,
        "standing": standing,
        "price": price,
        **(retainer_parts(project, retainer) if retainer else {}),
        "may_edit_price": may_edit and price is not None and not price.is_accepted,
        "may_accept_price": may(here.member, Permission.PROJECT_EDIT)
        and price is not None
        and price.done_minor == price.price_minor,
        "hours": hours_text(standing.minutes),
        "used_percent": min(100, used * 100 // project.budget_minor) if project.budget_minor else 0,
        "used_minor": used,
        "step_words": dict(step_words())[str(project.step_minutes)],
        "views": WORK_VIEWS,
        "state": state,
        "works": [
            (row, hours_text(row.entry.minutes or 0), hours_text(row.covered_minutes) if row.covered_minutes else "")
            for row in queries.work_rows(project, state=state)
        ],
        "rates": queries.rates_of(here.member, project),
        "sees_deal": deals.sees_deal(here.member, project.deal_id),
        "sees_quote": project.quote_id and may(here.member, Permission.QUOTE_VIEW),
        "sees_bills": may(here.member, Permission.INVOICE_VIEW),
        "story": story_of(audit.facts_of_subject(project.id)[:_FACTS_SHOWN], here),
    }
    return render(request, "projects/project.html", context)


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_BILL)
def bill(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Show what would be billed up to a day; on POST put it on a draft."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    if request.method == "GET":
        form = BillForm({"until": here.today, "grouping": Grouping.PERSON, **request.GET.dict()})
        return render(request, "projects/bill.html", _proposed(project, form))
    form = BillForm(request.POST)
    if not form.is_valid():
        return render(request, "projects/bill.html", {"project": project, "form": form}, status=422)
    known = form.cleaned_data
    try:
        draft = bill_project.bill(
            project=project, until=known["until"], grouping=Grouping(known["grouping"]), actor=actor_of(request),
            at=here.at,
        )  # fmt: skip
    except RuleBroken as refusal:
        form.add_error(None, words_of(refusal))
        return render(request, "projects/bill.html", {"project": project, "form": form}, status=409)
    return toast(redirect(request, reverse("invoice", args=[draft.id])), _("The work is on a draft."))


def _proposed(project: "Project", form: BillForm) -> dict[str, Any]:
    context: dict[str, Any] = {"project": project, "form": form}
    if not form.is_valid():
        return context
    known = form.cleaned_data
    try:
        proposal = bill_project.propose(project=project, until=known["until"], grouping=Grouping(known["grouping"]))
    except RuleBroken as refusal:
        return {**context, "why_not": words_of(refusal)}
    covered = hours_text(proposal.covered_minutes) if proposal.covered_minutes else ""
    return {**context, "proposal": proposal, "covered": covered}
