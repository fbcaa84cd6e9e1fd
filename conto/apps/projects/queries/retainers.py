"""How retainers stand: what each period brought, what of it is used, has lapsed or is left, and what went beyond."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from conto.apps.accounts.models import Member
from conto.apps.projects.models import (
    BilledWork,
    CoveredWork,
    Project,
    Retainer,
    RetainerClosing,
    RetainerPeriod,
    WorkEntry,
)
from conto.apps.projects.queries.covering import grants_of, shared, unbilled
from conto.apps.projects.queries.lists import visible_to
from conto.apps.projects.queries.worth import rated
from conto.domain.project import PeriodRow, Share, current_row, period_rows

_CLOSINGS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class RetainerStanding:
    """How a retainer stands on a day: its periods, the first one first, and the one that runs."""

    terms: Retainer
    rows: tuple[PeriodRow, ...]
    current: PeriodRow | None
    open_minutes: int = 0  # covered, and worked out anew with every look

    @property
    def is_warned(self) -> bool:
        """Whether so much of the period that runs is used that somebody should know."""
        return self.current is not None and self.current.is_warned

    @property
    def ended_until(self) -> date | None:
        """The last day of the latest period that is over."""
        over = [row.grant.ends_on for row in self.rows if row is not self.current]
        return max(over) - timedelta(days=1) if over else None


def retainer_standings(projects: Collection[Project], today: date) -> dict[UUID, RetainerStanding]:
    """Tell how the retainers of some projects stand, with one query where there are none and a few else.

    Source: WP-15.
    """
    terms = {row.project_id: row for row in Retainer.objects.filter(project__in=projects)}
    if not terms:
        return {}
    grants = grants_of(terms)
    open_rows = list(unbilled(WorkEntry.objects.filter(project__in=list(terms), kind="time")).select_related("member"))
    works = rated(open_rows, [project for project in projects if project.id in terms])
    known = shared(open_rows, works)
    of_period = {grant.id: key for key, some in grants.items() for grant in some}
    shares: dict[UUID, list[Share]] = defaultdict(list)
    beyond: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    waiting: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    open_minutes: dict[UUID, int] = defaultdict(int)
    for share in known.shares:
        open_minutes[of_period[share.grant_id]] += share.minutes
        shares[of_period[share.grant_id]].append(share)
    for row in open_rows:
        if row.approved_at is None:
            waiting[row.project_id].append((row.day, works[row.id].minutes or 0))
        else:
            beyond[row.project_id].append((row.day, known.works[row.id].minutes or 0))
    closed = CoveredWork.objects.filter(project_id__in=list(terms), is_live=True).order_by()
    for project_id, day, period_id, minutes in closed.values_list("project_id", "entry__day", "period_id").annotate(
        total=Sum("minutes")
    ):
        shares[project_id].append(Share(period_id, day, period_id, minutes))
    billed = BilledWork.objects.filter(project_id__in=list(terms), is_live=True, minutes__isnull=False).order_by()
    for project_id, day, minutes in billed.values_list("project_id", "entry__day").annotate(total=Sum("minutes")):
        beyond[project_id].append((day, minutes))
    found = {}
    for key, agreed in terms.items():
        rows = period_rows(
            grants.get(key, []), shares=shares[key], beyond=beyond[key], waiting=waiting[key], today=today
        )
        found[key] = RetainerStanding(agreed, tuple(rows), current_row(rows, today), open_minutes[key])
    return found


def retainer_of(project: Project, today: date) -> RetainerStanding | None:
    """Tell how the retainer of a project stands; nothing where it has none, without a query where that is known."""
    if not getattr(project, "is_retained", True):
        return None
    return retainer_standings([project], today).get(project.id)


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """What was settled by hand up to a day."""

    id: UUID
    until: date
    minutes: int


def closings_of(project: Project) -> Sequence[ClosingRow]:
    """Return what was settled by hand and still is, the latest first."""
    rows = RetainerClosing.objects.filter(project_id=project.id, is_live=True, bill__isnull=True)
    told = rows.annotate(minutes=Sum("works__minutes")).order_by("-closed_at", "-id")[:_CLOSINGS_SHOWN]
    return [ClosingRow(row.id, row.until, row.minutes) for row in told]


def warned_retainers(member: Member | None, today: date) -> list[tuple[Project, PeriodRow]]:
    """Return of which projects that a member looks after a period is nearly used up, with one query where none is.

    Source: WP-18.
    """
    if member is None:
        return []
    running = RetainerPeriod.objects.filter(
        project=OuterRef("pk"), starts_on__lte=today, ends_on__gt=today, is_revoked=False
    )
    projects = list(visible_to(member).filter(Exists(running), owner=member, state="open"))
    stands = retainer_standings(projects, today) if projects else {}
    rows = [(project, stands[project.id].current) for project in projects]
    return [(project, row) for project, row in rows if row is not None and row.is_warned]
