"""Deals: listed, added, changed, moved through their stages, won, lost, opened again, handed over, talked about."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, Instant, Minor, Name, Number, Words
from conto.api.idempotency import repeatable
from conto.api.operations import Match, noun, reads, writes
from conto.api.own import Own, OwnAsked, OwnGiven, own_of, own_shapes, own_wanted
from conto.api.reading import found, given, lock
from conto.apps.contracts import queries as contracts
from conto.apps.crm import queries as crm
from conto.apps.deals import actions, queries
from conto.apps.deals.entry import LineEntry, NewDeal
from conto.apps.subscriptions import queries as subscriptions
from conto.domain.fields import Subject
from conto.domain.ids import new_id
from conto.domain.permissions import Permission
from conto.domain.pipeline import weighted_minor

router = noun("Deals")
_VIEW, _EDIT = Permission.DEAL_VIEW, Permission.DEAL_EDIT
State = Annotated[str, Field(examples=["open"])]
Source = Annotated[str, Field(max_length=40, examples=["fair"])]
Value = Annotated[Minor, Field(ge=0, description="What it is worth, before tax.")]


@dataclass(frozen=True, slots=True)
class DealSummary:
    """A deal in a list."""

    id: Id
    name: str
    customer_id: Id
    customer_name: str
    pipeline_id: Id
    stage_id: Id
    stage_name: str
    owner_id: Id
    state: State
    value_minor: Minor
    weighted_minor: Minor
    currency: Currency
    expected_close_on: date | None
    next_step_at: datetime | None
    last_activity_at: Instant
    created_at: Instant
    own: Own


@dataclass(frozen=True, slots=True)
class DealLine:
    """A product of a deal with its amount before tax."""

    item_id: UUID | None
    name: str
    quantity: Number
    unit: Annotated[str, Field(examples=["HUR"])]
    unit_price_minor: Minor
    discount_percent: Number
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class StageStay:
    """A stay of the deal in a stage."""

    stage_id: Id
    stage_name: str
    entered_at: Instant
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal with its products and the true history of its stages."""

    id: Id
    name: str
    customer_id: Id
    contact_id: UUID | None
    pipeline_id: Id
    stage_id: Id
    stage_name: str
    owner_id: Id
    state: State
    value_minor: Minor
    weighted_minor: Minor
    currency: Currency
    expected_close_on: date | None
    source: str
    renews_contract_id: Annotated[UUID | None, Field(description="Of a renewal: the contract that ends.")]
    renews_subscription_id: Annotated[UUID | None, Field(description="Of a renewal: the subscription that ends.")]
    lost_reason_id: UUID | None
    lost_note: str
    won_at: datetime | None
    lost_at: datetime | None
    next_step_at: datetime | None
    entered_stage_at: Instant
    last_activity_at: Instant
    created_at: Instant
    checklist_done: list[str]
    follower_ids: list[UUID]
    lines: list[DealLine]
    stages: list[StageStay]
    own: Own


@dataclass(frozen=True, slots=True)
class Comment:
    """What a member said to the others about a deal."""

    id: Id
    author_id: UUID | None
    text: str
    mentions: list[UUID]
    at: Instant


class DealLineEntry(Entry):
    """A product of a deal."""

    name: Name
    quantity: Number = Decimal(1)
    unit_price_minor: Value = 0
    unit: Annotated[str, Field(pattern="^[A-Z0-9]{2,3}$", examples=["HUR"])] = "C62"
    discount_percent: Number = Decimal(0)
    item_id: Annotated[Id | None, Field(examples=[None])] = None


class DealFields(Entry):
    """What can be said of a deal."""

    contact_id: Annotated[Id | None, Field(examples=[None])] = None
    value_minor: Value = 0
    expected_close_on: Day | None = None
    source: Source = ""
    own: OwnGiven = {}


class DealEntry(DealFields):
    """A new deal. Customer and name are needed; products make the value."""

    customer_id: Id
    name: Name
    stage_id: Annotated[Id | None, Field(description="Nothing: the first stage of the first pipeline.")] = None
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$", description="Empty: the customer's.")] = ""
    owner_id: Annotated[Id | None, Field(description="Nothing: whom the key belongs to.", examples=[None])] = None
    lines: Annotated[list[DealLineEntry], Field(max_length=200)] = []


class DealChange(DealFields):
    """What changes of a deal; what is left out stays."""

    name: Name = "-"
    currency: Currency = "EUR"


class MoveEntry(Entry):
    """Where a deal goes."""

    stage_id: Id
    from_stage_id: Annotated[
        Id | None, Field(description="Where it stands now; refused when it does not.", examples=[None])
    ] = None
    below_id: Annotated[
        Id | None, Field(description="The deal that it goes right below; nothing: on top.", examples=[None])
    ] = None


class LostEntry(Entry):
    """Why a deal is lost."""

    reason_id: Id
    note: Annotated[str, Field(max_length=500, examples=["Too late"])] = ""


class HandOverEntry(Entry):
    """Who looks after a deal from now on."""

    owner_id: Id
    note: Annotated[str, Field(max_length=500, examples=["Knows them"])] = ""


class LinesEntry(Entry):
    """The products of a deal, in order."""

    lines: Annotated[list[DealLineEntry], Field(max_length=200)]


class CommentEntry(Entry):
    """What is said; who stands behind an @ by the full name follows the deal."""

    text: Annotated[Words, Field(min_length=1)]


class TickEntry(Entry):
    """A point of the checklist of the deal's stage."""

    label: Annotated[str, Field(max_length=200, examples=["Budget asked"])]
    is_done: Flag = True


class FollowEntry(Entry):
    """Whether whom the key belongs to hears of a deal."""

    follows: Flag = True


class DealFilters(paging.Paged):
    """Which deals a list shows."""

    q: Annotated[str, Field(max_length=100, description="Part of the deal's or customer's name.")] = ""
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    owner_id: UUID | None = None
    customer_id: UUID | None = None
    state: Literal["", "open", "won", "lost"] = ""
    slips: Literal["", "no_step", "silent", "overdue"] = ""
    own: OwnAsked = []
    sort: Literal["newest", "value", "close", "name", "next"] = "newest"


@reads(router, "/deals", needs=_VIEW, gives=paging.Page[DealSummary])
def list_deals(request: HttpRequest, filters: Query[DealFilters]) -> Any:
    """List deals."""
    caller = caller_of(request)
    names = ("pipeline_id", "stage_id", "owner_id", "customer_id", "state", "slips")
    chosen = queries.DealFilters(
        text=filters.q, order=filters.sort, own=own_wanted(caller, Subject.DEAL, filters.own),
        **{name: getattr(filters, name) for name in names},
    )  # fmt: skip
    after = tuple(paging.read(filters.cursor, str, UUID)) if filters.cursor else None
    page = queries.deal_page(caller.member, chosen, caller.at, after, filters.limit)
    own = own_shapes(caller, Subject.DEAL, {row.id: row.customer_id for row in page.rows})
    rows = [_summary(row, own.get(row.id, {})) for row in page.rows]
    return paging.Page(rows, paging.written(page.after) if page.after else None)


def _summary(row: Any, own: dict[str, Any]) -> DealSummary:
    return DealSummary(
        row.id, row.name, row.customer_id, row.customer.name, row.pipeline_id, row.stage_id, row.stage.name,
        row.owner_id, row.state, row.value_minor, weighted_minor(row.value_minor, row.stage.probability_percent),
        row.currency, row.expected_close_on, row.next_step_at, row.last_activity_at, row.created_at,
        own,
    )  # fmt: skip


@reads(router, "/deals/{uuid:deal_id}", needs=_VIEW, gives=Deal, is_record=True)
def get_deal(request: HttpRequest, deal_id: UUID) -> Any:
    """Get a deal with its products and the history of its stages."""
    return shape_of(request, deal_id)


_SAME = (
    "id", "name", "customer_id", "contact_id", "pipeline_id", "stage_id", "owner_id", "state", "value_minor",
    "currency", "expected_close_on", "source", "lost_reason_id", "lost_note", "won_at", "lost_at", "next_step_at",
    "entered_stage_at", "last_activity_at", "created_at",
)  # fmt: skip
_LINE = ("item_id", "name", "quantity", "unit", "unit_price_minor", "discount_percent")


def shape_of(request: HttpRequest, deal_id: UUID) -> Deal:
    """Return a deal as the API gives it."""
    row = record(request, deal_id)
    return Deal(
        **{name: getattr(row, name) for name in _SAME},
        renews_contract_id=_renewed(request, row, "contract"),
        renews_subscription_id=_renewed(request, row, "subscription"),
        stage_name=row.stage.name,
        weighted_minor=weighted_minor(row.value_minor, row.stage.probability_percent),
        checklist_done=sorted(queries.ticked_labels(row)),
        follower_ids=[each.member_id for each in queries.followers_of(row.id)],
        lines=[
            DealLine(**{name: getattr(each.line, name) for name in _LINE}, amount_minor=each.amount_minor)
            for each in queries.lines_of(row.id)
        ],
        stages=[
            StageStay(each.stage_id, each.stage_name, each.entered_at, each.left_at)
            for each in queries.visits_of(row.id)
        ],
        own=own_shapes(caller_of(request), Subject.DEAL, {row.id: row.customer_id}).get(row.id, {}),
    )


def _renewed(request: HttpRequest, row: Any, kind: str) -> UUID | None:
    """Return what a deal renews, where it is of that kind and the caller sees it."""
    if row.renews_kind != kind:
        return None
    member, key = caller_of(request).member, row.renews_id
    seen: Any = contracts.contract_for if kind == "contract" else subscriptions.subscription_for
    return key if seen(member, key) else None


def record(request: HttpRequest, deal_id: UUID) -> Any:
    """Return the deal that an operation is about."""
    return found(queries.deal_for(caller_of(request).member, deal_id))


def _hold(request: HttpRequest, deal_id: UUID) -> None:
    lock(queries.visible_to(caller_of(request).member), deal_id)


_MATCH = Match(shape_of, _hold)


def _lines(entries: list[DealLineEntry]) -> list[LineEntry]:
    return [LineEntry(**entry.model_dump()) for entry in entries]


@writes(router, "/deals", needs=_EDIT, gives=Deal, status=201)
def add_deal(request: HttpRequest, deal: DealEntry) -> Any:
    """Add a deal of a customer, on top of its stage."""
    caller, named = caller_of(request), repeatable(request)
    made = actions.add_deal(
        customer=found(crm.customer_for(caller.member, deal.customer_id)),
        new=NewDeal(**deal.model_dump(exclude={"customer_id", "lines", "own"}), own=own_of(deal)),
        lines=_lines(deal.lines),
        deal_id=named.id_of("deal") if named else new_id(),
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of(request, made.id)


@writes(router, "/deals/{uuid:deal_id}", method="PATCH", needs=_EDIT, gives=Deal, match=_MATCH)
def change_deal(request: HttpRequest, deal_id: UUID, changes: DealChange) -> Any:
    """Change a deal; what the body leaves out stays."""
    caller = caller_of(request)
    actions.change_deal(
        deal=record(request, deal_id), changes=given(changes, "own"), own=own_of(changes), actor=caller.actor,
        at=caller.at,
    )  # fmt: skip
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/lines", method="PUT", needs=_EDIT, gives=Deal, match=_MATCH)
def set_deal_lines(request: HttpRequest, deal_id: UUID, entry: LinesEntry) -> Any:
    """Set the products of a deal, whose sum becomes its value."""
    caller = caller_of(request)
    actions.set_deal_lines(deal=record(request, deal_id), lines=_lines(entry.lines), actor=caller.actor, at=caller.at)
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/move", needs=_EDIT, gives=Deal, match=_MATCH)
def move_deal(request: HttpRequest, deal_id: UUID, move: MoveEntry) -> Any:
    """Move a deal to a stage, as its rules allow; a refusal names everything that is missing."""
    caller = caller_of(request)
    actions.move_deal(
        deal=record(request, deal_id),
        stage=found(queries.stage_for(caller.member, move.stage_id)),
        from_stage_id=move.from_stage_id,
        below_id=move.below_id,
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/win", needs=_EDIT, gives=Deal, match=_MATCH)
def win_deal(request: HttpRequest, deal_id: UUID) -> Any:
    """Note that the customer buys."""
    caller = caller_of(request)
    actions.win_deal(deal=record(request, deal_id), actor=caller.actor, at=caller.at)
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/lose", needs=_EDIT, gives=Deal, match=_MATCH)
def lose_deal(request: HttpRequest, deal_id: UUID, lost: LostEntry) -> Any:
    """Note that the customer does not buy, and why."""
    caller = caller_of(request)
    actions.lose_deal(
        deal=record(request, deal_id), reason_id=lost.reason_id, note=lost.note, actor=caller.actor, at=caller.at
    )
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/reopen", needs=_EDIT, gives=Deal, match=_MATCH)
def reopen_deal(request: HttpRequest, deal_id: UUID) -> Any:
    """Open a deal again that was won or lost."""
    caller = caller_of(request)
    actions.reopen_deal(deal=record(request, deal_id), actor=caller.actor, at=caller.at)
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/hand-over", needs=_EDIT, gives=Deal, match=_MATCH)
def hand_over_deal(request: HttpRequest, deal_id: UUID, to: HandOverEntry) -> Any:
    """Give a deal to another member, with what is still to be done."""
    caller = caller_of(request)
    actions.hand_over_deal(
        deal=record(request, deal_id), owner_id=to.owner_id, note=to.note, actor=caller.actor, at=caller.at
    )
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/checklist", needs=_EDIT, gives=Deal)
def tick_checklist(request: HttpRequest, deal_id: UUID, point: TickEntry) -> Any:
    """Tick a point of the checklist of the deal's stage, or take the tick back."""
    caller = caller_of(request)
    actions.tick_checklist(
        deal=record(request, deal_id), label=point.label, is_done=point.is_done, actor=caller.actor, at=caller.at
    )
    return shape_of(request, deal_id)


@writes(router, "/deals/{uuid:deal_id}/follow", needs=_VIEW, gives=Deal)
def follow_deal(request: HttpRequest, deal_id: UUID, wish: FollowEntry) -> Any:
    """Let whom the key belongs to follow a deal, or follow it no longer."""
    caller, row = caller_of(request), record(request, deal_id)
    act = actions.follow_deal if wish.follows else actions.unfollow_deal
    act(deal=row, member_id=caller.member.id, actor=caller.actor, at=caller.at)
    return shape_of(request, deal_id)


@reads(router, "/deals/{uuid:deal_id}/comments", needs=_VIEW, gives=paging.Page[Comment])
def list_comments(request: HttpRequest, deal_id: UUID, page: Query[paging.Paged]) -> Any:
    """List what was said about a deal, the latest first."""
    rows = queries.comments_of(record(request, deal_id).id)
    return paging.keyset(rows, page, by=("at", "id"), kinds=(datetime.fromisoformat, UUID), shape=_comment)


def _comment(row: Any) -> Comment:
    return Comment(row.id, row.author_id, row.text, list(row.mentions), row.at)


@writes(router, "/deals/{uuid:deal_id}/comments", needs=_EDIT, gives=Comment, status=201)
def add_comment(request: HttpRequest, deal_id: UUID, comment: CommentEntry) -> Any:
    """Say something to the others about a deal."""
    caller = caller_of(request)
    made = actions.add_comment(deal=record(request, deal_id), text=comment.text, actor=caller.actor, at=caller.at)
    return _comment(made)
