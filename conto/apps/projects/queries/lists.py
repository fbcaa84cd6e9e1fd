"""Lists of projects, and one with its surroundings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.projects.models import Project, Retainer, WorkEntry
from conto.apps.projects.queries.covering import unbilled
from conto.apps.projects.queries.prices import PriceStanding, price_standings, prices_to_bill
from conto.apps.projects.queries.worth import Standing, billed_minor, standings
from conto.domain.permissions import Permission

StateFilter = Literal["open", "unbilled", "closed", "all"]
PAGE_SIZE = 50
_CUSTOMERS_SEARCHED = 50


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One row of the list of projects."""

    project: Project
    standing: Standing
    price: PriceStanding | None = None

    @property
    def to_bill_minor(self) -> int:
        """What can be billed now: approved work, and what is done of the price."""
        return self.standing.approved_minor + (self.price.ready_minor if self.price else 0)

    @property
    def unbilled_minor(self) -> int:
        """What is done and not billed, approved or not."""
        return self.standing.waiting_minor + self.to_bill_minor

    @property
    def since(self) -> date | None:
        """The first day of what is not billed."""
        days = [self.standing.since, self.price.ready_since if self.price else None]
        return min((day for day in days if day), default=None)


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[ProjectRow, ...]
    next_cursor: str


def visible_to(member: Member | None) -> QuerySet[Project]:
    """Return the projects that a member may see, the latest changed first.

    Source: V-3.
    """
    if member is None or not member.may(Permission.PROJECT_VIEW):
        return Project.objects.none()
    return Project.objects.filter(crm.sight_of(member)).select_related("customer").order_by("-changed_at", "-id")


def recordable(member: Member | None) -> QuerySet[Project]:
    """Return the open projects in which a member may record work: those of the customers whom they see.

    Source: WP-7.
    """
    if member is None or not member.may(Permission.WORK_RECORD):
        return Project.objects.none()
    seen = Project.objects.filter(crm.sight_of(member), state="open")
    return seen.select_related("customer", "legal_entity").order_by("customer__sort_key", "name", "id")


def project_for(member: Member | None, project_id: UUID) -> Project | None:
    """Return a project with its surroundings, or nothing when it is not visible."""
    around = ("customer", "legal_entity", "deal", "quote", "owner", "item")
    retained = Exists(Retainer.objects.filter(project=OuterRef("pk")))
    return visible_to(member).select_related(*around).annotate(is_retained=retained).filter(id=project_id).first()


def acted_on(member: Member | None, project_id: UUID, right: Permission) -> Project | None:
    """Return a project in which a program may do something, whether or not it may read projects; or nothing."""
    if member is None or not member.may(right):
        return None
    rows = Project.objects.filter(crm.sight_of(member), id=project_id)
    return rows.select_related("customer", "legal_entity", "item").first()


def open_projects_of(member: Member | None, customer_id: UUID, *, limit: int = 5) -> list[ProjectRow]:
    """Return a customer's open projects, and how each stands."""
    rows = visible_to(member).filter(customer_id=customer_id, state="open").annotate(its_billed=billed_minor())
    return _rows(list(rows[:limit]))


def project_page(
    member: Member | None,
    *,
    state: StateFilter = "open",
    customer_id: UUID | None = None,
    search: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> ProjectPage:
    """Return a page of projects, the latest changed first, with a constant number of queries."""
    chosen = visible_to(member).filter(_behind(cursor))
    ready: dict[UUID, PriceStanding] = {}
    if state == "unbilled":
        worked = unbilled(WorkEntry.objects.all()).values("project")
        ready = prices_to_bill()
        chosen = chosen.filter(Q(id__in=worked) | Q(id__in=list(ready)))
    elif state != "all":
        chosen = chosen.filter(state=state)
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    if search:
        named = [customer.id for customer in crm.find(member, search, limit=_CUSTOMERS_SEARCHED)]
        chosen = chosen.filter(
            Q(number__startswith=search.upper()) | Q(name__icontains=search) | Q(customer_id__in=named)
        )
    found = list(chosen.annotate(its_billed=billed_minor())[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    rows = _rows(found[:limit], ready)
    if state == "unbilled":  # without those of which a retainer covers everything
        rows = [row for row in rows if row.price or row.standing.approved_count or row.standing.waiting_count]
    return ProjectPage(tuple(rows), f"{last.changed_at.isoformat()}~{last.id}" if last else "")


def _rows(projects: Sequence[Project], known: Mapping[UUID, PriceStanding] = MappingProxyType({})) -> list[ProjectRow]:
    billed: dict[UUID, int] = {project.id: project.its_billed for project in projects}  # type: ignore[attr-defined]
    stands = standings(projects, billed=billed)
    unknown = [project.id for project in projects if project.id not in known]
    prices = {**known, **(price_standings(unknown) if unknown else {})}
    return [ProjectRow(project, stands[project.id], prices.get(project.id)) for project in projects]


def _behind(cursor: str) -> Q:
    key, _, last_id = cursor.partition("~")
    try:
        behind = UUID(last_id)
        datetime.fromisoformat(key)
    except ValueError:
        return Q()
    return Q(changed_at__lt=key) | Q(changed_at=key, id__lt=behind)
