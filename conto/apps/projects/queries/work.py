"""Work in lists: of a project, and one's own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.projects.models import BilledWork, CoveredWork, Project, ProjectRate, Retainer, WorkEntry
from conto.apps.projects.queries.covering import shared, unbilled
from conto.apps.projects.queries.lists import visible_to
from conto.apps.projects.queries.worth import rated
from conto.domain.errors import NotAllowed
from conto.domain.money import round_fraction
from conto.domain.permissions import Permission
from conto.domain.project import Work, worth_minor

WorkFilter = Literal["all", "waiting", "approved", "billed"]
WorkState = Literal["waiting", "approved", "covered", "billed", "unbillable"]
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A piece of work with its state and worth; `worth_minor` is nothing where an hour has no rate."""

    entry: WorkEntry
    state: WorkState
    rate: Decimal | None
    worth_minor: int | None
    bill_id: UUID | None
    covered_minutes: int = 0  # by a retainer; `worth_minor` is of the rest


def _with_bills(rows: QuerySet[WorkEntry]) -> QuerySet[WorkEntry]:
    live = BilledWork.objects.filter(entry=OuterRef("pk"), is_live=True)
    closed = CoveredWork.objects.filter(entry=OuterRef("pk"), is_live=True).order_by().values("entry")
    covered = Subquery(closed.annotate(total=Sum("minutes")).values("total"))
    return rows.annotate(
        bill_id=Subquery(live.values("bill_id")[:1]), billed_rate=Subquery(live.values("rate")[:1]),
        billed_minutes=Subquery(live.values("minutes")[:1]), closed_minutes=covered,
        is_retained=Exists(Retainer.objects.filter(project=OuterRef("project"))),
    ).select_related("member", "project")  # fmt: skip


def work_rows(
    project: Project, *, state: WorkFilter = "all", until: date | None = None, limit: int | None = MOST_SHOWN
) -> list[WorkRow]:
    """Return the work of a project that is visible, the latest day first; without a limit all of it."""
    rows = WorkEntry.objects.filter(project=project)
    if until is not None:
        rows = rows.filter(day__lte=until)
    if state == "billed":
        billed = BilledWork.objects.filter(project_id=project.id, is_live=True).values("entry")
        closed = CoveredWork.objects.filter(project_id=project.id, is_live=True).values("entry")
        rows = rows.filter(Q(id__in=billed) | Q(id__in=closed))
    elif state != "all":
        rows = unbilled(rows).filter(approved_at__isnull=state == "waiting")
    told = _told(list(_with_bills(rows).order_by("-day", "-id")[:limit]))
    return [row for row in told if row.state != "covered"] if state == "approved" else told


def own_work(member: Member, *, limit: int = MOST_SHOWN) -> list[WorkRow]:
    """Return what a member did, in the projects of customers whom they see, the latest day first.

    Source: WP-7.
    """
    rows = WorkEntry.objects.filter(crm.sight_of(member, "project__customer"), member=member)
    around = _with_bills(rows).select_related("member", "project__customer")
    return _told(list(around.order_by("-day", "-id")[:limit]))


def work_for(member: Member | None, work_id: UUID) -> WorkEntry | None:
    """Return a piece of work that a member may see: their own, or, who sees projects or approves work, any.

    Source: WP-7.
    """
    if member is None:
        return None
    rows = WorkEntry.objects.filter(crm.sight_of(member, "project__customer"), id=work_id)
    if not (member.may(Permission.WORK_APPROVE) or member.may(Permission.PROJECT_VIEW)):
        if not member.may(Permission.WORK_RECORD):
            return None
        rows = rows.filter(member=member)
    return rows.select_related("member", "project__customer", "project__legal_entity").first()


def check_correctable(member: Member, work: WorkEntry) -> None:
    """Refuse who may neither approve work nor did it.

    Raises: NotAllowed `work.of_another`.
    Source: WP-7.
    """
    if work.member_id != member.id and not member.may(Permission.WORK_APPROVE):
        raise NotAllowed(
            "work.of_another",
            "This is the work of %(person)s. Only they, and who approves work, can correct it.",
            person=work.member.name,
        )


def rates_of(member: Member | None, project: Project) -> Sequence[ProjectRate]:
    """Return the rates of a project, the latest first."""
    if not visible_to(member).filter(id=project.id).exists():
        return []
    rows = ProjectRate.objects.filter(project=project).select_related("member")
    return list(rows.order_by("-starts_on", "member__name", "id"))


def _told(rows: list[WorkEntry]) -> list[WorkRow]:
    projects = {row.project_id: row.project for row in rows}
    works = rated(rows, projects.values())
    beyond = _beyond(rows, projects)
    found = []
    for row in rows:
        bill_id: UUID | None = row.bill_id  # type: ignore[attr-defined]
        covered: int = row.closed_minutes or 0  # type: ignore[attr-defined]
        work = works[row.id]
        if bill_id:  # what is billed keeps the minutes and the rate that were billed
            work = replace(work, minutes=row.billed_minutes, rate=row.billed_rate)  # type: ignore[attr-defined]
        elif covered:
            work = replace(work, minutes=0)
        elif row.id in beyond:
            covered = (work.minutes or 0) - (beyond[row.id].minutes or 0)
            work = beyond[row.id]
        is_covered = bool(covered) and work.minutes == 0
        worth = worth_minor(work, row.project.currency) if row.is_billable and not is_covered else None
        minor = None if worth is None else round_fraction(worth)
        found.append(WorkRow(row, _state(row, bill_id, is_covered=is_covered), work.rate, minor, bill_id, covered))
    return found


def _beyond(rows: list[WorkEntry], projects: dict[UUID, Project]) -> dict[UUID, Work]:
    """Return the approved open work of projects with a retainer, with the minutes that go beyond it."""
    retained = {row.project_id for row in rows if row.is_retained and row.approved_at}  # type: ignore[attr-defined]
    if not retained:
        return {}
    time = WorkEntry.objects.filter(project__in=retained, kind="time", approved_at__isnull=False)
    open_rows = list(unbilled(time).select_related("member"))
    return shared(open_rows, rated(open_rows, [projects[each] for each in retained])).works


def _state(row: WorkEntry, bill_id: UUID | None, *, is_covered: bool) -> WorkState:
    if bill_id:
        return "billed"
    if is_covered:
        return "covered"
    if not row.is_billable:
        return "unbillable"
    return "approved" if row.approved_at else "waiting"
