"""Projects and work: opened, recorded, approved, billed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Above0, Currency, Day, Entry, Flag, Id, Instant, Minor, Number, Short
from conto.api.operations import noun, reads, writes
from conto.api.reading import found, given
from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewProject, NewWork
from conto.apps.projects.queries import StateFilter, WorkFilter
from conto.domain.permissions import Permission
from conto.domain.project import LONGEST_DAY_MINUTES, Grouping
from conto.flows import bill_project

router = noun("Projects")
_VIEW, _EDIT, _BILL = Permission.PROJECT_VIEW, Permission.PROJECT_EDIT, Permission.PROJECT_BILL
_RECORD, _APPROVE = Permission.WORK_RECORD, Permission.WORK_APPROVE
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["New website"])]
Step = Annotated[Literal[1, 5, 6, 10, 15, 30, 60], Field(description="Time is billed in whole steps of minutes.")]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_DAY_MINUTES, examples=[90])]
Note = Annotated[str, Field(max_length=1000, examples=["Sketches of the first page"])]
RateClassWord = Literal["standard", "reduced", "reduced2", "super_reduced", "zero", "exempt"]


@dataclass(frozen=True, slots=True)
class ProjectStanding:
    """How a project stands: what is billed, what is approved and not billed, and what waits for approval."""

    billed_minor: Minor
    approved_minor: Minor
    waiting_minor: Minor
    minutes: Annotated[int, Field(description="Not billed yet, as they were worked.", examples=[450])]
    unrated_count: Annotated[int, Field(description="Entries of time that have no rate.", examples=[0])]
    since: Annotated[date | None, Field(description="The first day that is not billed.")]


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a customer."""

    id: Id
    number: Annotated[str, Field(examples=["P-2026-00001"])]
    name: str
    state: Annotated[str, Field(examples=["open"], json_schema_extra={"enum": ["open", "closed"]})]
    customer_id: Id
    deal_id: UUID | None
    quote_id: UUID | None
    owner_id: UUID | None
    item_id: Annotated[UUID | None, Field(description="Its price counts where there is no rate.")]
    currency: Currency
    budget_minor: int | None
    step_minutes: int
    standing: ProjectStanding
    version: Annotated[int, Field(examples=[1])]
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class Work:
    """Time or an expense of a person on a day."""

    id: Id
    project_id: Id
    member_id: Id
    kind: Annotated[str, Field(examples=["time"], json_schema_extra={"enum": ["time", "expense"]})]
    day: Day
    minutes: int | None
    amount_minor: Annotated[int | None, Field(description="Of an expense, before tax.")]
    markup_percent: Decimal
    rate_class: str
    note: str
    is_billable: bool
    approved_at: Instant | None


@dataclass(frozen=True, slots=True)
class ListedWork:
    """Work as it stands: its state, what an hour costs, its worth, and the draft or document that bills it."""

    work: Work
    state: Annotated[
        str,
        Field(examples=["approved"], json_schema_extra={"enum": ["waiting", "approved", "billed", "unbillable"]}),
    ]
    rate: Decimal | None
    worth_minor: Annotated[int | None, Field(description="Nothing where an hour has no rate.")]
    document_id: UUID | None


@dataclass(frozen=True, slots=True)
class HourlyRate:
    """What an hour costs from a day on."""

    project_id: UUID | None
    member_id: UUID | None
    currency: Currency
    amount: Decimal
    starts_on: Day


@dataclass(frozen=True, slots=True)
class Approved:
    """How much work was approved, or is not any more."""

    count: Annotated[int, Field(examples=[12])]


@dataclass(frozen=True, slots=True)
class Billed:
    """The draft that bills the work."""

    draft_id: Id
    total_minor: Annotated[int, Field(description="With tax.", examples=[119000])]
    currency: Currency


class ProjectFields(Entry):
    """What can be said of a project."""

    owner_id: Id | None = None
    item_id: Id | None = None
    deal_id: Id | None = None
    quote_id: Id | None = None
    budget_minor: Above0 | None = None
    step_minutes: Step = 1


class ProjectEntry(ProjectFields):
    """A new project of a customer."""

    customer_id: Id
    name: Name
    currency: Currency | None = None
    rate: Annotated[Number | None, Field(description="What an hour costs, in major units.", examples=["120"])] = None


class ProjectChange(ProjectFields):
    """What changes; what is left out stays."""

    name: Name | None = None


class RateEntry(Entry):
    """What an hour costs from a day on: of the project, or of a person in it; or of a person in all projects."""

    member_id: Id | None = None
    everywhere: Annotated[Flag, Field(description="The person's own rate, where no project says another.")] = False
    amount: Annotated[Number, Field(examples=["120"])]
    starts_on: Day


class WorkFields(Entry):
    """What can be said of time or an expense; time has minutes, an expense an amount."""

    minutes: Minutes | None = None
    amount_minor: Above0 | None = None
    markup_percent: Annotated[Number, Field(examples=["10"])] = Decimal(0)
    rate_class: RateClassWord = "standard"
    note: Note = ""
    is_billable: Flag = True


class WorkGiven(WorkFields):
    """Your own time or expense; who approves work may record that of others."""

    member_id: Annotated[Id | None, Field(description="Nothing: yourself.")] = None
    day: Day


class WorkChange(WorkFields):
    """What is corrected; what is left out stays."""

    day: Day | None = None


class WorkPicked(Entry):
    """Which work is approved: what is named, or all that waits up to a day."""

    work_ids: Annotated[list[Id] | None, Field(max_length=1000)] = None
    until: Day | None = None


class ApprovalsUndone(Entry):
    """Of which work the approval is taken back."""

    work_ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class BillWish(Entry):
    """Up to which day a project is billed, and what stands on one line."""

    until: Day
    grouping: Literal["entry", "person", "day", "all"] = "person"


class ProjectFilters(paging.Paged):
    """Which projects a list shows."""

    state: StateFilter = "open"
    customer_id: UUID | None = None
    q: Annotated[Short, Field(max_length=100, description="Number, name or customer.")] = ""


class WorkFilters(Entry):
    """Which work of a project a list shows."""

    state: WorkFilter = "all"
    until: date | None = None


@reads(router, "/projects", needs=_VIEW, gives=paging.Page[Project])
def list_projects(request: HttpRequest, filters: Query[ProjectFilters]) -> Any:
    """List projects with what is billed and what is not; `unbilled` are those with work that waits to be billed."""
    page = queries.project_page(
        caller_of(request).member,
        state=filters.state,
        customer_id=filters.customer_id,
        search=filters.q.strip(),
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    seen = _deals_seen(request, [row.project for row in page.rows])
    rows = [_shape_of(row.project, row.standing, seen) for row in page.rows]
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/projects/{uuid:project_id}", needs=_VIEW, gives=Project, is_record=True)
def get_project(request: HttpRequest, project_id: UUID) -> Any:
    """Get a project and how it stands."""
    return _shape(request, project_id)


@reads(router, "/projects/{uuid:project_id}/work", needs=_VIEW, gives=list[ListedWork])
def list_work(request: HttpRequest, project_id: UUID, filters: Query[WorkFilters]) -> Any:
    """List the work of a project, the latest day first, at most 1000."""
    rows = queries.work_rows(_record(request, project_id), state=filters.state, until=filters.until, limit=1000)
    return [
        ListedWork(_work_shape(row.entry), row.state, row.rate, row.worth_minor, row.bill_id) for row in rows
    ]  # fmt: skip


@reads(router, "/projects/{uuid:project_id}/rates", needs=_VIEW, gives=list[HourlyRate])
def list_rates(request: HttpRequest, project_id: UUID) -> Any:
    """List what an hour costs in a project, the latest first."""
    rows = queries.rates_of(caller_of(request).member, _record(request, project_id))
    return [_rate_shape(row) for row in rows]


@writes(router, "/projects", needs=_EDIT, gives=Project, status=201)
def add_project(request: HttpRequest, project: ProjectEntry) -> Any:
    """Open a project of a customer."""
    caller = caller_of(request)
    known = project.model_dump(exclude={"customer_id"})
    _check_deal(request, project.deal_id)
    made = actions.open_project(
        customer=found(crm.customer_for(caller.member, project.customer_id)),
        new=NewProject(**{**known, "currency": project.currency or ""}),
        actor=caller.actor,
        at=caller.at,
    )
    return _made(request, made)


@writes(router, "/projects/{uuid:project_id}", method="PATCH", needs=_EDIT, gives=Project)
def change_project(request: HttpRequest, project_id: UUID, changes: ProjectChange) -> Any:
    """Change what is said of a project."""
    caller = caller_of(request)
    known = given(changes)
    if known.get("name", "") is None:
        del known["name"]
    _check_deal(request, changes.deal_id)
    row = actions.change_project(project=_edited(request, project_id), changes=known, actor=caller.actor, at=caller.at)
    return _made(request, row)


@writes(router, "/projects/{uuid:project_id}/close", needs=_EDIT, gives=Project)
def close_project(request: HttpRequest, project_id: UUID) -> Any:
    """Close a project: no more work is recorded; what is done can still be billed."""
    caller = caller_of(request)
    return _made(request, actions.close_project(project=_edited(request, project_id), actor=caller.actor, at=caller.at))


@writes(router, "/projects/{uuid:project_id}/reopen", needs=_EDIT, gives=Project)
def reopen_project(request: HttpRequest, project_id: UUID) -> Any:
    """Open a closed project again."""
    caller = caller_of(request)
    return _made(
        request, actions.reopen_project(project=_edited(request, project_id), actor=caller.actor, at=caller.at)
    )


@writes(router, "/projects/{uuid:project_id}/rates", needs=_EDIT, gives=HourlyRate, status=201)
def set_rate(request: HttpRequest, project_id: UUID, rate: RateEntry) -> Any:
    """Say what an hour costs from a day on; the same day again corrects it."""
    caller = caller_of(request)
    project = _edited(request, project_id)
    made = actions.set_rate(
        project=None if rate.everywhere else project,
        currency=project.currency,
        member=found(accounts.member(rate.member_id)) if rate.member_id else None,
        amount=rate.amount,
        starts_on=rate.starts_on,
        actor=caller.actor,
        at=caller.at,
    )
    return _rate_shape(made)


@writes(router, "/projects/{uuid:project_id}/work", needs=_RECORD, gives=Work, status=201)
def record_work(request: HttpRequest, project_id: UUID, work: WorkGiven) -> Any:
    """Record time or an expense in an open project: your own, or with the right to approve, anybody's."""
    caller = caller_of(request)
    project = found(queries.recordable(caller.member).filter(id=project_id).first())
    whose = work.member_id or caller.member.id
    if whose != caller.member.id and not caller.member.may(_APPROVE):
        found(None)
    new = NewWork(**{**work.model_dump(), "member_id": whose})
    return _work_shape(actions.record_work(project=project, new=new, actor=caller.actor, at=caller.at))


@writes(router, "/work/{uuid:work_id}", method="PATCH", needs=_RECORD, gives=Work)
def change_work(request: HttpRequest, work_id: UUID, changes: WorkChange) -> Any:
    """Correct work that is not approved: your own, or with the right to approve, anybody's."""
    caller = caller_of(request)
    known = given(changes)
    if known.get("day", "") is None:
        del known["day"]
    row = actions.change_work(work=_work(request, work_id), changes=known, actor=caller.actor, at=caller.at)
    return _work_shape(row)


@writes(router, "/work/{uuid:work_id}", method="DELETE", needs=_RECORD)
def remove_work(request: HttpRequest, work_id: UUID) -> None:
    """Take away work that is not approved, and that no bill ever named."""
    caller = caller_of(request)
    actions.remove_work(work=_work(request, work_id), actor=caller.actor, at=caller.at)


@writes(router, "/projects/{uuid:project_id}/approve", needs=_APPROVE, gives=Approved)
def approve_work(request: HttpRequest, project_id: UUID, picked: WorkPicked) -> Any:
    """Approve work of a project, so that it may be billed: what is named, or all that waits up to a day."""
    caller = caller_of(request)
    count = actions.approve_work(
        project=_approved(request, project_id),
        work_ids=picked.work_ids,
        until=picked.until,
        actor=caller.actor,
        at=caller.at,
    )
    return Approved(count)


@writes(router, "/projects/{uuid:project_id}/undo-approval", needs=_APPROVE, gives=Approved)
def undo_approval(request: HttpRequest, project_id: UUID, picked: ApprovalsUndone) -> Any:
    """Take back the approval of work that is not billed."""
    caller = caller_of(request)
    count = actions.undo_approval(
        project=_approved(request, project_id), work_ids=picked.work_ids, actor=caller.actor, at=caller.at
    )
    return Approved(count)


@writes(router, "/projects/{uuid:project_id}/bill", needs=_BILL, gives=Billed, status=201)
def bill_work(request: HttpRequest, project_id: UUID, wish: BillWish) -> Any:
    """Put the approved work of a project that is not billed, up to a day, on a draft; each piece of it once."""
    caller = caller_of(request)
    draft = bill_project.bill(
        project=_seen(request, project_id, _BILL),
        until=wish.until,
        grouping=Grouping(wish.grouping),
        actor=caller.actor,
        at=caller.at,
    )
    return Billed(draft.id, draft.shown_total_minor, draft.currency)


def _record(request: HttpRequest, project_id: UUID) -> Any:
    return found(queries.project_for(caller_of(request).member, project_id))


def _seen(request: HttpRequest, project_id: UUID, right: Permission) -> Any:
    """Return a project for a key that may act in it, whether or not it may read projects."""
    return found(queries.acted_on(caller_of(request).member, project_id, right))


def _edited(request: HttpRequest, project_id: UUID) -> Any:
    return _seen(request, project_id, _EDIT)


def _approved(request: HttpRequest, project_id: UUID) -> Any:
    return _seen(request, project_id, _APPROVE)


def _work(request: HttpRequest, work_id: UUID) -> Any:
    member = caller_of(request).member
    row = found(queries.work_for(member, work_id))
    queries.check_correctable(member, row)
    return row


def _shape(request: HttpRequest, project_id: UUID) -> Project:
    return _made(request, _record(request, project_id))


def _made(request: HttpRequest, row: Any) -> Project:
    return _shape_of(row, queries.standings([row])[row.id], _deals_seen(request, [row]))


def _deals_seen(request: HttpRequest, rows: list[Any]) -> frozenset[UUID]:
    asked = [row.deal_id for row in rows if row.deal_id]
    if not asked:
        return frozenset()
    seen = deals.visible_to(caller_of(request).member).filter(id__in=asked)
    return frozenset(seen.values_list("id", flat=True))


def _check_deal(request: HttpRequest, deal_id: UUID | None) -> None:
    if deal_id:
        found(deals.deal_for(caller_of(request).member, deal_id))


_SAME = (
    "id", "number", "name", "state", "customer_id", "quote_id", "owner_id", "item_id", "currency",
    "budget_minor", "step_minutes", "version", "changed_at",
)  # fmt: skip


def _shape_of(row: Any, at: queries.Standing, seen: frozenset[UUID]) -> Project:
    standing = ProjectStanding(
        at.billed_minor, at.approved_minor, at.waiting_minor, at.minutes, at.unrated_count, at.since
    )
    known = {name: getattr(row, name) for name in _SAME}
    return Project(**known, deal_id=row.deal_id if row.deal_id in seen else None, standing=standing)


_SAME_OF_WORK = (
    "id", "project_id", "member_id", "kind", "day", "minutes", "amount_minor", "markup_percent", "rate_class", "note",
    "is_billable", "approved_at",
)  # fmt: skip


def _work_shape(row: Any) -> Work:
    return Work(**{name: getattr(row, name) for name in _SAME_OF_WORK})


def _rate_shape(row: Any) -> HourlyRate:
    return HourlyRate(row.project_id, row.member_id, row.currency, row.amount, row.starts_on)
