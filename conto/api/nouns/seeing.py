"""Teams, and how far each role sees."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Entry, Id
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.accounts import actions, queries
from conto.domain.permissions import Permission, Role
from conto.domain.sight import LIMITABLE, Area, Reach

router = noun("Teams")
_VIEW, _EDIT = Permission.MEMBER_VIEW, Permission.MEMBER_EDIT
TeamName = Annotated[str, Field(min_length=1, max_length=100, examples=["North"])]
RoleLimited = Annotated[Literal["sales", "support", "marketing"], Field(examples=["sales"])]
AreaWord = Annotated[Literal["leads", "deals", "customers"], Field(examples=["customers"])]
ReachWord = Annotated[Literal["own", "team", "all"], Field(examples=["own"])]


@dataclass(frozen=True, slots=True)
class Team:
    """Members who see each other's records where their role sees its team's."""

    id: Id
    name: TeamName
    member_ids: list[Id]


@dataclass(frozen=True, slots=True)
class RoleReach:
    """Whose records a role sees in an area; the roles that keep the books see everybody's and are not here."""

    role: RoleLimited
    area: AreaWord
    reach: ReachWord


class TeamEntry(Entry):
    """A team."""

    name: TeamName


class ReachEntry(Entry):
    """Whose records a role sees in an area."""

    role: RoleLimited
    area: AreaWord
    reach: ReachWord


class ReachesEntry(Entry):
    """How far roles see; what is not given stays."""

    reaches: Annotated[list[ReachEntry], Field(min_length=1, max_length=50)]


@reads(router, "/teams", needs=_VIEW, gives=list[Team])
def list_teams(request: HttpRequest) -> Any:
    """List the teams by name, each with its members."""
    del request
    return [_team(row) for row in queries.teams().prefetch_related("members")]


def _team(row: Any) -> Team:
    return Team(row.id, row.name, sorted(each.id for each in row.members.all()))


@writes(router, "/teams", needs=_EDIT, gives=Team, status=201)
def add_team(request: HttpRequest, team: TeamEntry) -> Any:
    """Add a team; members get into it one by one, where they are changed."""
    caller = caller_of(request)
    return _team(actions.add_team(name=team.name, actor=caller.actor, at=caller.at))


@writes(router, "/teams/{uuid:team_id}", method="PATCH", needs=_EDIT, gives=Team)
def rename_team(request: HttpRequest, team_id: UUID, team: TeamEntry) -> Any:
    """Give a team another name."""
    caller, known = caller_of(request), found(queries.team(team_id))
    return _team(actions.rename_team(team=known, name=team.name, actor=caller.actor, at=caller.at))


@writes(router, "/teams/{uuid:team_id}", method="DELETE", needs=_EDIT)
def remove_team(request: HttpRequest, team_id: UUID) -> Any:
    """Remove a team; its members stay, in none."""
    caller, known = caller_of(request), found(queries.team(team_id))
    actions.remove_team(team=known, actor=caller.actor, at=caller.at)


@reads(router, "/reaches", needs=_VIEW, gives=list[RoleReach])
def list_reaches(request: HttpRequest) -> Any:
    """List how far each role sees that can be limited, in every area."""
    del request
    chosen = queries.reaches()
    return [
        RoleReach(role.value, area.value, chosen.get((role, area), Reach.ALL).value)  # type: ignore[arg-type]
        for role in LIMITABLE
        for area in Area
    ]


@writes(router, "/reaches", method="PATCH", needs=_EDIT, gives=list[RoleReach])
def set_reaches(request: HttpRequest, wanted: ReachesEntry) -> Any:
    """Set how far roles see. It counts from the next request of their members on."""
    caller = caller_of(request)
    chosen = {(Role(each.role), Area(each.area)): Reach(each.reach) for each in wanted.reaches}
    actions.set_reaches(wanted=chosen, actor=caller.actor, at=caller.at)
    return list_reaches(request)
