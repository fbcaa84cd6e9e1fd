"""Retainers of projects: agreed, changed, how their periods stand, and what they cover settled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Day, Entry, Id, Number
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewRetainer
from conto.apps.repeats import queries as repeats
from conto.domain.permissions import Permission
from conto.domain.project import MOST_CARRIED, MOST_GRANTED_MINUTES, PeriodRow
from conto.flows import retain_project

router = noun("Projects")
_VIEW, _BILL = Permission.PROJECT_VIEW, Permission.PROJECT_BILL


@dataclass(frozen=True, slots=True)
class RetainerPeriod:
    """What a period of a retainer covers, and what became of that, in minutes."""

    starts_on: Day
    last_day: Day
    lapses_on: Annotated[date, Field(description="From this day on it covers nothing more.")]
    carried_minutes: Annotated[int, Field(description="Carried into it.", examples=[120])]
    brought_minutes: Annotated[int, Field(description="Brought by its invoice.", examples=[600])]
    used_minutes: Annotated[int, Field(examples=[480])]
    beyond_minutes: Annotated[int, Field(description="Worked in it and not covered.", examples=[0])]
    waiting_minutes: Annotated[int, Field(description="Waits for approval.", examples=[30])]
    lapsed_minutes: Annotated[int, Field(examples=[0])]
    left_minutes: Annotated[int, Field(examples=[240])]
    used_percent: Annotated[int, Field(description="Of what it covers, with what waits.", examples=[70])]
    overage_rate: Annotated[Decimal | None, Field(description="An hour beyond; nothing: the rates as usual.")]
    is_revoked: Annotated[bool, Field(description="Its invoice is gone, so it covers nothing more.")]


@dataclass(frozen=True, slots=True)
class RetainerClosing:
    """Work that was settled by hand, which can be opened again."""

    id: Id
    until: Day
    minutes: Annotated[int, Field(examples=[240])]


@dataclass(frozen=True, slots=True)
class Retainer:
    """What a repeating invoice covers of the work of a project; changes count from its next invoice on."""

    repeat_id: Id
    minutes: Annotated[int, Field(description="Of each period.", examples=[600])]
    carry_periods: Annotated[int, Field(description="For how many more periods unused hours last.", examples=[1])]
    overage_rate: Decimal | None
    version: Annotated[int, Field(examples=[1])]
    is_warned: Annotated[bool, Field(description="80 % of the period that runs are used.")]
    periods: list[RetainerPeriod]
    settled: Annotated[list[RetainerClosing], Field(description="By hand, and not opened since.")]


class RetainerEntry(Entry):
    """What is agreed: which repeating invoice brings how many minutes, and for how long they last."""

    repeat_id: Id
    minutes: Annotated[int, Field(ge=1, le=MOST_GRANTED_MINUTES, examples=[600])]
    carry_periods: Annotated[int, Field(ge=0, le=MOST_CARRIED, examples=[1])] = 0
    overage_rate: Annotated[Number | None, Field(examples=["130"])] = None


class RetainerChange(RetainerEntry):
    """What is agreed from the next invoice on; what is left out of carrying and rate is none."""

    version: Annotated[int, Field(description="That was read; another was changed meanwhile.", examples=[1])]


class CoverWish(Entry):
    """Up to which day what is covered is settled."""

    until: Day


@reads(router, "/projects/{uuid:project_id}/retainer", needs=_VIEW, gives=Retainer)
def get_retainer(request: HttpRequest, project_id: UUID) -> Any:
    """Get the retainer of a project and how its periods stand; not there where a project has none."""
    return _shape(request, found(queries.project_for(caller_of(request).member, project_id)))


@writes(router, "/projects/{uuid:project_id}/retainer", needs=_BILL, gives=Retainer, status=201)
def agree_retainer(request: HttpRequest, project_id: UUID, retainer: RetainerEntry) -> Any:
    """Let a repeating invoice of the customer cover work of a project in each of its periods."""
    repeat = found(repeats.repeat_for(caller_of(request).member, retainer.repeat_id))
    new = _new(retainer)
    return _done(request, project_id, lambda **how: retain_project.agree(repeat=repeat, new=new, **how))


@writes(router, "/projects/{uuid:project_id}/retainer", method="PATCH", needs=_BILL, gives=Retainer)
def change_retainer(request: HttpRequest, project_id: UUID, change: RetainerChange) -> Any:
    """Change what a retainer covers from its next invoice on, or which repeating invoice bills it."""
    repeat = found(repeats.repeat_for(caller_of(request).member, change.repeat_id))
    new, version = _new(change), change.version
    return _done(
        request,
        project_id,
        lambda **how: retain_project.change(repeat=repeat, new=new, expected_version=version, **how),
    )


@writes(router, "/projects/{uuid:project_id}/retainer/settle", needs=_BILL, gives=Retainer)
def settle_covered(request: HttpRequest, project_id: UUID, wish: CoverWish) -> Any:
    """Settle what the retainer covers of approved work up to a day; what goes beyond in part stays open."""
    return _done(request, project_id, lambda **how: actions.close_covered(until=wish.until, **how))


@writes(
    router, "/projects/{uuid:project_id}/retainer/settled/{uuid:covering_id}/open", needs=_BILL, gives=Retainer
)  # fmt: skip
def open_covered(request: HttpRequest, project_id: UUID, covering_id: UUID) -> Any:
    """Work out anew what covers work that was settled by hand."""
    return _done(request, project_id, lambda **how: actions.open_closing(closing_id=covering_id, **how))


def _new(entry: RetainerEntry) -> NewRetainer:
    return NewRetainer(
        minutes=entry.minutes, carry_periods=entry.carry_periods, overage_rate=entry.overage_rate
    )  # fmt: skip


def _done(request: HttpRequest, project_id: UUID, act: Callable[..., Any]) -> Retainer:
    caller = caller_of(request)
    project = found(queries.acted_on(caller.member, project_id, _BILL))
    act(project=project, actor=caller.actor, at=caller.at)
    return _shape(request, project)


def _shape(request: HttpRequest, project: Any) -> Retainer:
    known = found(queries.retainer_of(project, caller_of(request).today))
    terms = known.terms
    return Retainer(
        terms.repeat_id, terms.minutes, terms.carry_periods, terms.overage_rate, terms.version, known.is_warned,
        [_period(row) for row in known.rows],
        [RetainerClosing(row.id, row.until, row.minutes) for row in queries.closings_of(project)],
    )  # fmt: skip


def _period(row: PeriodRow) -> RetainerPeriod:
    grant = row.grant
    return RetainerPeriod(
        grant.starts_on, grant.last_day, grant.lapses_on, row.carried_minutes, grant.brought_minutes,
        row.used_minutes, row.beyond_minutes, row.waiting_minutes, row.lapsed_minutes, row.left_minutes,
        row.used_percent, grant.overage_rate, grant.is_revoked,
    )  # fmt: skip
