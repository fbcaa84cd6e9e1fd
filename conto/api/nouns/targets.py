"""Targets of people, teams and everybody, and how far each is."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Id, Minor
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.accounts import queries as accounts
from conto.apps.quotas import actions, queries
from conto.domain.permissions import Permission
from conto.domain.quota import LARGEST_MINOR

router = noun("Targets")
_VIEW, _EDIT = Permission.TARGET_VIEW, Permission.TARGET_EDIT
Measure = Literal["won", "invoiced", "collected"]
PeriodName = Annotated[
    str, Field(description="A month, quarter or year.", pattern=r"^\d{4}(-Q[1-4]|-\d{2})?$", examples=["2026-Q4"])
]
Amount = Annotated[int, Field(ge=1, le=LARGEST_MINOR, examples=[5000000])]


@dataclass(frozen=True, slots=True)
class Target:
    """A target and how far it is today."""

    id: Id
    member_id: Annotated[UUID | None, Field(description="Whose it is; with no team either it is everybody's.")]
    team_id: UUID | None
    period: PeriodName
    starts_on: Day
    last_day: Day
    measure: Measure
    currency: Currency
    amount_minor: Minor
    reached_minor: Minor
    open_minor: Annotated[int, Field(description="What is still missing; 0 when it is reached.", examples=[120000])]
    percent: int
    days: int
    days_gone: int
    expected_minor: Annotated[int, Field(description="Its part by the days that are gone.", examples=[2500000])]
    pace: Annotated[
        str, Field(examples=["ahead"], json_schema_extra={"enum": ["to_come", "reached", "ahead", "behind", "missed"]})
    ]


@dataclass(frozen=True, slots=True)
class TargetPart:
    """A deal, document or payment that a figure is made of."""

    kind: Annotated[str, Field(examples=["document"], json_schema_extra={"enum": ["deal", "document", "payment"]})]
    subject_id: Id
    customer_id: Id
    label: str
    on: date
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class TargetParts:
    """What the figure of a target is made of; rows and what is hidden add up to it."""

    rows: list[TargetPart]
    hidden_minor: Annotated[int, Field(description="Of what this key may not see.", examples=[0])]
    hidden_count: int


class TargetEntry(Entry):
    """A new target: a person's, a team's, or with neither everybody's."""

    member_id: Id | None = None
    team_id: Id | None = None
    period: PeriodName
    measure: Measure
    currency: Currency
    amount_minor: Amount


class TargetChange(Entry):
    """How much a target is from now on."""

    amount_minor: Amount


class TargetFilters(BaseModel):
    """Which targets a list shows."""

    when: queries.When = "now"


@reads(router, "/targets", needs=_VIEW, gives=list[Target])
def list_targets(request: HttpRequest, filters: Query[TargetFilters]) -> Any:
    """List targets that run today, are over or are to come, with how far each is."""
    caller = caller_of(request)
    rows = queries.target_rows(caller.member, today=caller.today, zone=_zone(request), when=filters.when)
    return [_shape(row) for row in rows]


@reads(router, "/targets/{uuid:target_id}", needs=_VIEW, gives=Target, is_record=True)
def get_target(request: HttpRequest, target_id: UUID) -> Any:
    """Get a target and how far it is."""
    return _told(request, _record(request, target_id))


@reads(router, "/targets/{uuid:target_id}/parts", needs=_VIEW, gives=TargetParts)
def list_target_parts(request: HttpRequest, target_id: UUID) -> Any:
    """List the deals, documents and payments that the figure of a target is made of."""
    behind = queries.counted(caller_of(request).member, _record(request, target_id), zone=_zone(request))
    rows = [
        TargetPart(row.kind, row.subject_id, row.customer_id, row.label, row.on, row.amount_minor)
        for row in behind.rows
    ]
    return TargetParts(rows, behind.hidden_minor, behind.hidden_count)


@writes(router, "/targets", needs=_EDIT, gives=Target, status=201)
def add_target(request: HttpRequest, target: TargetEntry) -> Any:
    """Set a target."""
    caller = caller_of(request)
    made = actions.set_target(
        member=found(accounts.members().filter(id=target.member_id).first()) if target.member_id else None,
        team=found(accounts.teams().filter(id=target.team_id).first()) if target.team_id else None,
        period=target.period,
        measure=target.measure,
        amount_minor=target.amount_minor,
        currency=target.currency,
        actor=caller.actor,
        at=caller.at,
    )
    return _told(request, made)


@writes(router, "/targets/{uuid:target_id}", method="PATCH", needs=_EDIT, gives=Target)
def change_target(request: HttpRequest, target_id: UUID, change: TargetChange) -> Any:
    """Raise or lower a target."""
    caller, row = caller_of(request), _record(request, target_id)
    made = actions.change_target(target=row, amount_minor=change.amount_minor, actor=caller.actor, at=caller.at)
    return _told(request, made)


@writes(router, "/targets/{uuid:target_id}", method="DELETE", needs=_EDIT)
def remove_target(request: HttpRequest, target_id: UUID) -> None:
    """Remove a target."""
    caller = caller_of(request)
    actions.remove_target(target=_record(request, target_id), actor=caller.actor, at=caller.at)


def _record(request: HttpRequest, target_id: UUID) -> Any:
    return found(queries.target_for(caller_of(request).member, target_id))


def _told(request: HttpRequest, target: Any) -> Target:
    return _shape(queries.target_row(target, today=caller_of(request).today, zone=_zone(request)))


def _shape(row: queries.TargetRow) -> Target:
    at = row.standing
    return Target(
        row.id, row.member_id, row.team_id, row.period, row.starts_on, row.last_day,
        row.measure, row.currency, row.amount_minor,  # type: ignore[arg-type]
        at.reached_minor, at.open_minor, at.percent, at.days, at.days_gone, at.expected_minor, at.pace.value,
    )  # fmt: skip


def _zone(request: HttpRequest) -> str:
    return str(request.business.zone)  # type: ignore[attr-defined]
