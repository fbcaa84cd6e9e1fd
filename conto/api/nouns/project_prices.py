"""The price of a project: agreed, changed by orders, told how much of it is done, accepted, billed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Above0, Currency, Day, Entry, Id, Instant, Line, Minor, Number
from conto.api.nouns.projects import Billed
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.invoicing import queries as documents
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewChangeOrder, NewMilestone, NewPrice
from conto.domain.permissions import Permission
from conto.domain.project import PriceMethod, age_days
from conto.flows import bill_project

router = noun("Projects")
_VIEW, _EDIT, _BILL = Permission.PROJECT_VIEW, Permission.PROJECT_EDIT, Permission.PROJECT_BILL
Said = Annotated[str, Field(min_length=1, max_length=200, examples=["Eva Sommer"])]
MethodWord = Literal["milestones", "percent"]


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """What raised or lowered the price; it never changes."""

    id: Id
    title: Annotated[str, Field(examples=["A cellar"])]
    amount_minor: Minor
    agreed_by: str
    agreed_on: Day


@dataclass(frozen=True, slots=True)
class Milestone:
    """A part of the price, what it comes to now, and the draft or document that bills it."""

    id: Id
    name: Annotated[str, Field(examples=["Shell"])]
    state: Annotated[str, Field(examples=["reached"], json_schema_extra={"enum": ["planned", "reached", "billed"]})]
    amount_minor: Minor
    percent: Annotated[Decimal | None, Field(description="Of the price; nothing where it is an amount.")]
    due_on: date | None
    reached_on: date | None
    document_id: UUID | None


@dataclass(frozen=True, slots=True)
class ProjectPrice:
    """The price of a project, before tax, and how it stands."""

    currency: Currency
    agreed_minor: Minor
    agreed_by: str
    agreed_on: Day
    method: Annotated[str, Field(json_schema_extra={"enum": ["milestones", "percent"]}, examples=["milestones"])]
    retention_percent: Decimal
    price_minor: Annotated[int, Field(description="With all change orders.", examples=[1050000])]
    done_minor: Minor
    billed_minor: Minor
    held_minor: Annotated[int, Field(description="Held back of what is billed.", examples=[52500])]
    ready_minor: Annotated[int, Field(description="Done and not billed.", examples=[300000])]
    ahead_minor: Annotated[int, Field(description="Billed and not done.", examples=[0])]
    left_minor: Annotated[int, Field(description="Of the price, not billed yet.", examples=[750000])]
    percent: Annotated[Decimal | None, Field(description="How much is complete, where a percentage tells it.")]
    accepted_by: str
    accepted_on: date | None
    accepted_at: Instant | None
    change_orders: list[ChangeOrder]
    milestones: list[Milestone]


class ProjectPriceEntry(Entry):
    """A price as it was agreed; it never changes, change orders stand beside it."""

    amount_minor: Above0
    method: MethodWord = "milestones"
    retention_percent: Annotated[Number, Field(examples=["5"])] = Decimal(0)
    agreed_by: Said
    agreed_on: Day


class ChangeOrderEntry(Entry):
    """By how much a change order raises the price, or, below 0, lowers it."""

    title: Line
    amount_minor: Minor
    agreed_by: Said
    agreed_on: Day


class MilestoneEntry(Entry):
    """A part of the price: an amount, or a percentage of it."""

    name: Line
    amount_minor: Above0 | None = None
    percent: Annotated[Number | None, Field(examples=["30"])] = None
    due_on: Day | None = None


class MilestoneReach(Entry):
    """Since when a milestone is reached."""

    on: Day


class ProgressEntry(Entry):
    """How much is complete."""

    percent: Annotated[Number, Field(examples=["70"])]
    on: Day


class AcceptanceEntry(Entry):
    """Who accepted the work, and when."""

    accepted_by: Said
    on: Day


class PriceBillWish(Entry):
    """Which paid deposits the bill deducts."""

    deposit_ids: Annotated[list[Id], Field(max_length=20)] = []


@reads(router, "/projects/{uuid:project_id}/price", needs=_VIEW, gives=ProjectPrice)
def get_project_price(request: HttpRequest, project_id: UUID) -> Any:
    """Get the price of a project and how it stands; not there where a project is billed by rates."""
    return _shape(found(queries.project_for(caller_of(request).member, project_id)))


@writes(router, "/projects/{uuid:project_id}/price", needs=_EDIT, gives=ProjectPrice, status=201)
def agree_price(request: HttpRequest, project_id: UUID, price: ProjectPriceEntry) -> Any:
    """Give a project a price: its hours are part of it from then on and are not billed by rates."""
    known = {**price.model_dump(), "method": PriceMethod(price.method)}
    return _done(request, project_id, lambda **how: actions.agree_price(new=NewPrice(**known), **how))


@writes(router, "/projects/{uuid:project_id}/change-orders", needs=_EDIT, gives=ProjectPrice, status=201)
def order_change(request: HttpRequest, project_id: UUID, order: ChangeOrderEntry) -> Any:
    """Raise or lower the price of a project by a change order."""
    new = NewChangeOrder(**order.model_dump())
    return _done(request, project_id, lambda **how: actions.order_change(new=new, **how))


@writes(router, "/projects/{uuid:project_id}/milestones", needs=_EDIT, gives=ProjectPrice, status=201)
def add_milestone(request: HttpRequest, project_id: UUID, milestone: MilestoneEntry) -> Any:
    """Add a milestone to the price of a project."""
    new = NewMilestone(**milestone.model_dump())
    return _done(request, project_id, lambda **how: actions.add_milestone(new=new, **how))


@writes(router, "/projects/{uuid:project_id}/milestones/{uuid:milestone_id}", method="DELETE", needs=_EDIT)
def remove_milestone(request: HttpRequest, project_id: UUID, milestone_id: UUID) -> None:
    """Take away a milestone that is not reached and that no bill ever named."""
    _done(request, project_id, lambda **how: actions.remove_milestone(milestone_id=milestone_id, **how))


@writes(router, "/projects/{uuid:project_id}/milestones/{uuid:milestone_id}/reach", needs=_EDIT, gives=ProjectPrice)
def reach_milestone(request: HttpRequest, project_id: UUID, milestone_id: UUID, reach: MilestoneReach) -> Any:
    """Say that a milestone is reached: its part of the price can be billed."""
    return _done(
        request, project_id, lambda **how: actions.reach_milestone(milestone_id=milestone_id, on=reach.on, **how)
    )


@writes(router, "/projects/{uuid:project_id}/milestones/{uuid:milestone_id}/reopen", needs=_EDIT, gives=ProjectPrice)
def reopen_milestone(request: HttpRequest, project_id: UUID, milestone_id: UUID) -> Any:
    """Say that a milestone is not reached after all; what is billed of it stays billed."""
    return _done(request, project_id, lambda **how: actions.reopen_milestone(milestone_id=milestone_id, **how))


@writes(router, "/projects/{uuid:project_id}/progress", needs=_EDIT, gives=ProjectPrice, status=201)
def tell_progress(request: HttpRequest, project_id: UUID, progress: ProgressEntry) -> Any:
    """Say how much of a project is complete; the latest counts."""
    return _done(request, project_id, lambda **how: actions.tell_progress(**progress.model_dump(), **how))


@writes(router, "/projects/{uuid:project_id}/accept", needs=_EDIT, gives=ProjectPrice)
def accept_project(request: HttpRequest, project_id: UUID, acceptance: AcceptanceEntry) -> Any:
    """Note that the customer accepted the work: what is held back can be released."""
    return _done(request, project_id, lambda **how: actions.accept_project(**acceptance.model_dump(), **how))


@writes(router, "/projects/{uuid:project_id}/price/bill", needs=_BILL, gives=Billed, status=201)
def bill_price(request: HttpRequest, project_id: UUID, wish: PriceBillWish) -> Any:
    """Put what is done of a price and not billed on a draft, less what is held back; paid deposits are deducted."""
    caller = caller_of(request)
    draft = bill_project.bill_price(
        project=found(queries.acted_on(caller.member, project_id, _BILL)),
        deposits=[found(documents.document_for(caller.member, each)) for each in wish.deposit_ids],
        actor=caller.actor,
        at=caller.at,
    )
    return Billed(draft.id, draft.shown_total_minor, draft.currency)


def _done(request: HttpRequest, project_id: UUID, act: Any) -> ProjectPrice:
    caller = caller_of(request)
    project = found(queries.acted_on(caller.member, project_id, _EDIT))
    act(project=project, actor=caller.actor, at=caller.at)
    return _shape(project)


def _shape(project: Any) -> ProjectPrice:
    price = found(queries.price_of(project))
    terms = price.terms
    return ProjectPrice(
        project.currency, terms.amount_minor, terms.agreed_by, terms.agreed_on, terms.method, terms.retention_percent,
        price.price_minor, price.done_minor, price.billed_minor, price.held_minor, price.ready_minor,
        price.ahead_minor, price.left_minor, price.percent, terms.accepted_by, terms.accepted_on, terms.accepted_at,
        [ChangeOrder(row.id, row.title, row.amount_minor, row.agreed_by, row.agreed_on) for row in price.orders],
        [_milestone(row) for row in price.milestones],
    )  # fmt: skip


def _milestone(row: queries.MilestoneRow) -> Milestone:
    return Milestone(
        row.id, row.name, row.state, row.amount_minor, row.percent, row.due_on, row.reached_on, row.bill_id
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DoneNotBilled:
    """What of a project, or by an accepted quote, is done or agreed and on no invoice; before tax."""

    kind: Annotated[str, Field(examples=["work"], json_schema_extra={"enum": ["work", "price", "retention", "quote"]})]
    customer_id: Id
    project_id: UUID | None
    draft_id: Annotated[UUID | None, Field(description="Of an accepted quote, not issued yet.")]
    number: Annotated[str, Field(description="Of the project or the quote.", examples=["P-2026-00001"])]
    currency: Currency
    amount_minor: Annotated[int, Field(description="Can be billed now.", examples=[120000])]
    waiting_minor: Annotated[int, Field(description="Waits to be approved.", examples=[0])]
    since: date | None
    days: Annotated[int, Field(description="For how many days.", examples=[12])]


@dataclass(frozen=True, slots=True)
class BilledNotDone:
    """Of which project more is billed than is done, before tax."""

    customer_id: Id
    project_id: Id
    number: Annotated[str, Field(examples=["P-2026-00001"])]
    currency: Currency
    done_minor: Minor
    billed_minor: Minor


@reads(router, "/done-not-billed", needs=_VIEW, gives=list[DoneNotBilled])
def list_done_not_billed(request: HttpRequest) -> Any:
    """List what is done and not billed, by customer and project; accepted quotes if the key may read invoices."""
    caller = caller_of(request)
    rows = [
        DoneNotBilled(
            row.kind, row.project.customer_id, row.project.id, None, row.project.number, row.project.currency,
            row.amount_minor, row.waiting_minor, row.since, age_days(row.since, caller.today),
        )
        for row in queries.done_rows(caller.member)
    ]  # fmt: skip
    quoted = [
        DoneNotBilled(
            "quote", each.customer_id, None, each.draft_id, each.quote_number, each.currency, each.net_minor, 0,
            each.accepted_on, age_days(each.accepted_on, caller.today),
        )
        for each in documents.accepted_not_issued(caller.member, caller.today)
    ]  # fmt: skip
    return [*rows, *quoted]


@reads(router, "/billed-not-done", needs=_VIEW, gives=list[BilledNotDone])
def list_billed_not_done(request: HttpRequest) -> Any:
    """List of which projects more is billed than is done."""
    return [
        BilledNotDone(
            row.project.customer_id, row.project.id, row.project.number, row.project.currency, row.done_minor,
            row.billed_minor,
        )
        for row in queries.ahead_rows(caller_of(request).member)
    ]  # fmt: skip
