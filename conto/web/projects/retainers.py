"""The retainer of a project: agreed, changed, and what it covers settled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conto.apps.projects import actions, queries
from conto.apps.repeats import queries as repeats
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.project import PeriodRow
from conto.flows import retain_project
from conto.web.access import needs
from conto.web.htmx import redirect, toast
from conto.web.projects.retainer_forms import RetainerForm
from conto.web.projects.words import hours_text
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.projects.models import Project
    from conto.apps.projects.queries import RetainerStanding

_PERIODS_SHOWN = 12


@require_http_methods(["GET", "POST"])
@needs(Permission.PROJECT_BILL)
def edit(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Agree on the retainer of a project, or change it from its next invoice on."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    standing = queries.retainer_of(project, here.today)
    choices = _choices(here, project)
    context: dict[str, Any] = {"project": project, "retainer": standing, "choices": choices}
    if request.method == "GET":
        form = RetainerForm(initial=_first(standing), repeats=choices)
        return render(request, "projects/retainer.html", {"form": form, **context})
    form = RetainerForm(request.POST, repeats=choices)
    status = 422
    if form.is_valid():
        repeat = found(repeats.repeat_for(here.member, found(uuid_in(form.cleaned_data["repeat"]))))
        given: dict[str, Any] = {
            "project": project, "repeat": repeat, "new": form.contents(), "actor": actor_of(request), "at": here.at,
        }  # fmt: skip
        try:
            if standing is None:
                retain_project.agree(**given)
            else:
                retain_project.change(**given, expected_version=form.cleaned_data["version"])
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
            status = 409
        else:
            return toast(redirect(request, reverse("project", args=[project.id])), _("Saved."))
    return render(request, "projects/retainer.html", {"form": form, **context}, status=status)


@require_POST
@needs(Permission.PROJECT_BILL)
def act(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Settle what the retainer covers up to the end of its last period, or open what was settled."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    standing = found(queries.retainer_of(project, here.today))
    given: dict[str, Any] = {"project": project, "actor": actor_of(request), "at": here.at}
    back = reverse("project", args=[project.id])
    try:
        match request.POST.get("act", ""):
            case "settle":
                actions.close_covered(until=standing.ended_until or here.today, **given)
                words = _("What is covered is settled.")
            case "open":
                actions.open_closing(closing_id=found(uuid_in(request.POST.get("settled"))), **given)
                words = _("It is worked out anew.")
            case _:
                raise Http404  # no button of the page says that
    except RuleBroken as refusal:
        return toast(redirect(request, back), words_of(refusal), tone="late")
    return toast(redirect(request, back), words)


@dataclass(frozen=True)
class ShownPeriod:
    """A period with its hours in words."""

    of: PeriodRow
    covers: str
    carried: str
    used: str
    lapsed: str
    left: str
    beyond: str
    waiting: str


def retainer_parts(project: "Project", standing: "RetainerStanding") -> dict[str, Any]:
    """Return what the page of a project shows of its retainer, the latest period first."""
    rows = [_shown(row) for row in reversed(standing.rows[-_PERIODS_SHOWN:])]
    return {
        "retainer": standing,
        "retainer_rows": rows,
        "retainer_left": hours_text(standing.current.left_minutes) if standing.current else "",
        "settled": queries.closings_of(project),
    }


def _shown(row: PeriodRow) -> ShownPeriod:
    minutes = (
        row.covered_minutes, row.carried_minutes, row.used_minutes, row.lapsed_minutes, row.left_minutes,
        row.beyond_minutes, row.waiting_minutes,
    )  # fmt: skip
    return ShownPeriod(row, *map(hours_text, minutes))


def _choices(here: Here, project: "Project") -> list[tuple[str, str]]:
    rows = repeats.visible_to(here.member).filter(customer_id=project.customer_id).exclude(state="ended")
    return [(str(row.id), row.title) for row in rows[:100]]


def _first(standing: "RetainerStanding | None") -> dict[str, Any]:
    if standing is None:
        return {"carry": 0}
    terms = standing.terms
    return {
        "version": terms.version,
        "repeat": str(terms.repeat_id),
        "hours": hours_text(terms.minutes),
        "carry": terms.carry_periods,
        "overage_rate": terms.overage_rate,
    }
