"""Work: one's own, corrected, approved, and as a file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.audit import actions as audit
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewWork
from conto.apps.projects.queries import WorkRow
from conto.domain.errors import NotAllowed, RuleBroken
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.freshness import fresh_file
from conto.web.htmx import redirect, toast
from conto.web.projects.forms import OwnWorkForm, WorkForm, work_initial
from conto.web.projects.words import hours_text
from conto.web.reading import Here, actor_of, book, found, uuid_in, words_of
from conto.web.spreadsheets import amount, csv_file
from conto.web.states import look_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.projects.models import Project, WorkEntry


@require_http_methods(["GET", "POST"])
@needs(Permission.WORK_RECORD)
def own(request: HttpRequest) -> HttpResponseBase:
    """Show one's own time and expenses; on POST record another."""
    here = book(request)
    projects = list(queries.recordable(here.member))
    choices = [(str(each.id), f"{each.customer.name} · {each.name}") for each in projects]
    if request.method == "GET":
        asked = request.GET.get("project", "")
        first = {"project": asked, "day": here.today, "kind": "time", "is_billable": True}
        form = OwnWorkForm(initial=first, projects=choices, currency=_currency(projects, asked, here))
        return _own(request, here, form)
    asked = request.POST.get("project", "")
    form = OwnWorkForm(request.POST, projects=choices, currency=_currency(projects, asked, here))
    if form.is_valid():
        project = next(each for each in projects if str(each.id) == form.cleaned_data["project"])
        try:
            actions.record_work(
                project=project, new=NewWork(member_id=here.member.id, **form.contents()), actor=actor_of(request),
                at=here.at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return toast(redirect(request, f"{reverse('work')}?project={project.id}"), _("Recorded."))
    return _own(request, here, form, status=422)


def _own(request: HttpRequest, here: Here, form: OwnWorkForm, *, status: int = 200) -> HttpResponseBase:
    rows = queries.own_work(here.member)
    context = {
        "form": form,
        "rows": [(row, hours_text(row.entry.minutes or 0)) for row in rows],
        "today": hours_text(sum(row.entry.minutes or 0 for row in rows if row.entry.day == here.today)),
    }
    return render(request, "projects/work.html", context, status=status)


def _currency(projects: "list[Project]", asked: str, here: Here) -> str:
    chosen = next((each for each in projects if str(each.id) == asked), None)
    return chosen.currency if chosen else here.business.currency


@require_http_methods(["GET", "POST"])
@needs(Permission.WORK_RECORD)
def edit(request: HttpRequest, work_id: "UUID") -> HttpResponseBase:
    """Correct one's own work, or, who approves, anybody's; or take it away."""
    here = book(request)
    work = found(queries.work_for(here.member, work_id))
    back = _back(here, work)
    context: dict[str, Any] = {"work": work, "back": back, "hours": hours_text(work.minutes or 0)}
    is_own = work.member_id == here.member.id or may(here.member, Permission.WORK_APPROVE)
    if request.method == "GET":
        form = WorkForm(initial=work_initial(work), currency=work.project.currency)
        may_correct = is_own and work.approved_at is None
        return render(request, "projects/work_edit.html", {"form": form, "may_correct": may_correct, **context})
    form = WorkForm(request.POST, currency=work.project.currency)
    status = 422
    if request.POST.get("act") == "remove" or form.is_valid():
        try:
            queries.check_correctable(here.member, work)
            words = _corrected(request, here, work, form)
        except RuleBroken as refusal:
            form.is_valid()
            form.add_error(None, words_of(refusal))
            status = 403 if isinstance(refusal, NotAllowed) else 409
        else:
            return toast(redirect(request, back), words)
    context |= {"form": form, "may_correct": is_own}
    return render(request, "projects/work_edit.html", context, status=status)


def _corrected(request: HttpRequest, here: Here, work: "WorkEntry", form: WorkForm) -> str:
    given: dict[str, Any] = {"work": work, "actor": actor_of(request), "at": here.at}
    if request.POST.get("act") == "remove":
        actions.remove_work(**given)
        return _("Taken away.")
    actions.change_work(**given, changes=form.contents())
    return _("Saved.")


def _back(here: Here, work: Any) -> str:
    if work.member_id == here.member.id or not may(here.member, Permission.PROJECT_VIEW):
        return reverse("work")
    return reverse("project", args=[work.project_id])


@require_POST
@needs(Permission.WORK_APPROVE)
def approve(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Approve the work that was picked, or all that waits; or take approvals back."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    picked = [each for each in map(uuid_in, request.POST.getlist("pick")) if each]
    given: dict[str, Any] = {"project": project, "actor": actor_of(request), "at": here.at}
    try:
        if request.POST.get("act") == "undo":
            count = actions.undo_approval(**given, work_ids=picked)
            words = ngettext("The approval of %(n)s entry is taken back.",
                             "The approval of %(n)s entries is taken back.", count)  # fmt: skip
        else:
            count = actions.approve_work(**given, work_ids=None if request.POST.get("act") == "all" else picked)
            words = ngettext("%(n)s entry is approved.", "%(n)s entries are approved.", count)
    except RuleBroken as refusal:
        return toast(redirect(request, reverse("project", args=[project.id])), words_of(refusal), tone="late")
    return toast(redirect(request, reverse("project", args=[project.id])), words % {"n": count})


@require_GET
@needs(Permission.WORK_APPROVE)
@fresh_file
def export(request: HttpRequest, project_id: "UUID") -> HttpResponseBase:
    """Give the work of a project as a CSV file for spreadsheets."""
    here = book(request)
    project = found(queries.project_for(here.member, project_id))
    audit.note_records_export(
        what="work", file_format="csv", filters={"project": project.number}, actor=actor_of(request), at=here.at
    )
    heads = [
        _("Day"), _("Person"), _("What"), _("Hours"), _("Amount"), _("Currency"), _("Markup %"), _("State"),
        _("Worth"), _("Note"), "id",
    ]  # fmt: skip
    rows = queries.work_rows(project, limit=None)
    return csv_file(f"work-{project.number}.csv", heads, _lines(project, rows))


def _lines(project: "Project", rows: list[WorkRow]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        entry = row.entry
        yield (
            entry.day.isoformat(), entry.member.name, _("Time") if entry.minutes else _("Expense"),
            hours_text(entry.minutes) if entry.minutes else "",
            "" if entry.amount_minor is None else amount(entry.amount_minor, project.currency), project.currency,
            entry.markup_percent.normalize() if entry.markup_percent else "", look_of(row.state).word,
            "" if row.worth_minor is None else amount(row.worth_minor, project.currency), entry.note, str(entry.id),
        )  # fmt: skip
