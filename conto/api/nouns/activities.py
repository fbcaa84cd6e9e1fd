"""Activities: what is to be done with customers, and what was done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import AwareDatetime, Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Entry, Id, Instant, Name, Words
from conto.api.idempotency import repeatable
from conto.api.nouns import deals
from conto.api.operations import Match, noun, reads, writes
from conto.api.reading import found, given, lock
from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.deals import actions, queries
from conto.apps.deals.entry import NewActivity
from conto.domain.ids import new_id
from conto.domain.permissions import Permission

router = noun("Activities")
_VIEW, _EDIT = Permission.DEAL_VIEW, Permission.DEAL_EDIT
Kind = Literal["task", "call", "meeting", "note"]
Due = Annotated[AwareDatetime | None, Field(examples=["2026-11-24T09:00:00Z"])]


@dataclass(frozen=True, slots=True)
class Activity:
    """Something to do with a customer, or done."""

    id: Id
    customer_id: Id
    deal_id: UUID | None
    kind: Annotated[str, Field(examples=["call"])]
    title: str
    text: str
    due_at: datetime | None
    done_at: datetime | None
    owner_id: Id
    outcome: str
    created_at: Instant


class ActivityFields(Entry):
    """What can be said of an activity."""

    kind: Kind = "task"
    text: Words = ""
    due_at: Due = None


class ActivityEntry(ActivityFields):
    """A new activity, of a deal or of a customer."""

    title: Name
    customer_id: Annotated[Id | None, Field(description="Nothing: the deal's.")] = None
    deal_id: Annotated[Id | None, Field(examples=[None])] = None
    owner_id: Annotated[Id | None, Field(description="Nothing: whom the key belongs to.", examples=[None])] = None


class ActivityChange(ActivityFields):
    """What changes of an activity; what is left out stays."""

    title: Name = "-"
    owner_id: Annotated[Id | None, Field(description="Who does it.")] = None


class OutcomeEntry(Entry):
    """What came of it."""

    outcome: Annotated[str, Field(max_length=500, examples=["Will decide on Friday"])] = ""


class ActivityFilters(paging.Paged):
    """Which activities a list shows."""

    customer_id: UUID | None = None
    deal_id: UUID | None = None
    owner_id: UUID | None = None
    who: Annotated[
        Literal["me", "team"] | None, Field(description="Whom the key belongs to, or everybody in their team.")
    ] = None
    kind: Kind | None = None
    due_before: Due = None
    done: Annotated[bool | None, Field(description="Done ones, or those to do; nothing: both.")] = None


@reads(router, "/activities", needs=_VIEW, gives=paging.Page[Activity])
def list_activities(request: HttpRequest, filters: Query[ActivityFilters]) -> Any:
    """List activities, the latest first."""
    rows = queries.activities(caller_of(request).member)
    for name in ("customer_id", "deal_id", "owner_id"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    if filters.who and (member := caller_of(request).member):
        rows = rows.filter(owner_id__in={member.id} if filters.who == "me" else accounts.teammates(member))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.due_before:
        rows = rows.filter(due_at__lt=filters.due_before)
    if filters.done is not None:
        rows = rows.filter(done_at__isnull=not filters.done)
    return paging.keyset(rows, filters, by=("created_at", "id"), kinds=(datetime.fromisoformat, UUID), shape=_shape)


def _shape(row: Any) -> Activity:
    return Activity(
        row.id, row.customer_id, row.deal_id, row.kind, row.title, row.text, row.due_at, row.done_at, row.owner_id,
        row.outcome, row.created_at,
    )  # fmt: skip


@reads(router, "/activities/{uuid:activity_id}", needs=_VIEW, gives=Activity, is_record=True)
def get_activity(request: HttpRequest, activity_id: UUID) -> Any:
    """Get an activity."""
    return shape_of(request, activity_id)


def shape_of(request: HttpRequest, activity_id: UUID) -> Activity:
    """Return an activity as the API gives it."""
    return _shape(record(request, activity_id))


def record(request: HttpRequest, activity_id: UUID) -> Any:
    """Return the activity that an operation is about."""
    return found(queries.activity_for(caller_of(request).member, activity_id))


def _hold(request: HttpRequest, activity_id: UUID) -> None:
    lock(queries.activities(caller_of(request).member).select_related(None), activity_id)


_MATCH = Match(shape_of, _hold)


def _customer(member: Any, activity: ActivityEntry, deal: Any) -> Any:
    """Return whom an activity is with; the customer of a deal that the key sees need not be seen itself."""
    if deal is not None and activity.customer_id in {None, deal.customer_id}:
        return deal.customer
    return found(crm.customer_for(member, activity.customer_id or UUID(int=0)))


@writes(router, "/activities", needs=_EDIT, gives=Activity, status=201)
def add_activity(request: HttpRequest, activity: ActivityEntry) -> Any:
    """Plan something with a customer, or for a deal; a note is done as it is written."""
    caller, named = caller_of(request), repeatable(request)
    deal = deals.record(request, activity.deal_id) if activity.deal_id else None
    made = actions.add_activity(
        customer=_customer(caller.member, activity, deal),
        deal=deal,
        new=NewActivity(**activity.model_dump(exclude={"customer_id", "deal_id"})),
        activity_id=named.id_of("activity") if named else new_id(),
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of(request, made.id)


@writes(router, "/activities/{uuid:activity_id}", method="PATCH", needs=_EDIT, gives=Activity, match=_MATCH)
def change_activity(request: HttpRequest, activity_id: UUID, changes: ActivityChange) -> Any:
    """Change what is to be done, when or by whom; what the body leaves out stays."""
    caller, row = caller_of(request), record(request, activity_id)
    changed = {name: value for name, value in given(changes).items() if name != "owner_id" or value}
    actions.change_activity(activity=row, changes=changed, actor=caller.actor, at=caller.at)
    return shape_of(request, activity_id)


@writes(router, "/activities/{uuid:activity_id}/done", needs=_EDIT, gives=Activity, match=_MATCH)
def finish_activity(request: HttpRequest, activity_id: UUID, came: OutcomeEntry) -> Any:
    """Note that something is done, and what came of it."""
    caller = caller_of(request)
    actions.finish_activity(
        activity=record(request, activity_id), outcome=came.outcome, actor=caller.actor, at=caller.at
    )
    return shape_of(request, activity_id)


@writes(router, "/activities/{uuid:activity_id}/reopen", needs=_EDIT, gives=Activity, match=_MATCH)
def reopen_activity(request: HttpRequest, activity_id: UUID) -> Any:
    """Note that something is to be done after all."""
    caller = caller_of(request)
    actions.reopen_activity(activity=record(request, activity_id), actor=caller.actor, at=caller.at)
    return shape_of(request, activity_id)
