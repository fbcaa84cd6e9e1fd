"""Decide who sees whose records: teams, and how far each role sees."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from conto.apps.accounts import queries
from conto.apps.accounts.actions.business import BOOK
from conto.apps.accounts.actions.powers import doer_of
from conto.apps.accounts.models import RoleReach, Team
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role, demand
from conto.domain.sight import Area, Reach, check_limit


@transaction.atomic
def add_team(*, name: str, actor: Actor, at: datetime) -> Team:
    """Add a team without members.

    Raises: RuleBroken without a name; Conflict for a name that a team has; NotAllowed for who may not decide this.
    """
    _demand_power(actor)
    team = Team(id=new_id(), name=_free_name(name))
    team.save(force_insert=True)
    audit.record(facts.TeamAdded(subject_id=team.id, name=team.name), actor=actor, at=at)
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, actor: Actor, at: datetime) -> Team:
    """Give a team another name.

    Raises: RuleBroken without a name; Conflict for a name that a team has; NotAllowed for who may not decide this.
    """
    _demand_power(actor)
    row = Team.objects.select_for_update().get(id=team.id)
    before, row.name = row.name, _free_name(name, but=row)
    if row.name != before:
        row.save(update_fields=["name"])
        fact = facts.TeamChanged(subject_id=row.id, changes={"name": [before, row.name]})
        audit.record(fact, actor=actor, at=at)
    return row


@transaction.atomic
def remove_team(*, team: Team, actor: Actor, at: datetime) -> None:
    """Remove a team; its members are in none then, and see only their own where the team's was theirs to see.

    Raises: NotAllowed for who may not decide this.
    """
    _demand_power(actor)
    row = Team.objects.select_for_update().get(id=team.id)
    fact = facts.TeamRemoved(subject_id=row.id, name=row.name)
    row.delete()
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def set_reaches(*, wanted: Mapping[tuple[Role, Area], Reach], actor: Actor, at: datetime) -> None:
    """Set how far roles see; what is not given stays.

    Raises: RuleBroken for a role that has to see all (V-2); NotAllowed for who may not decide this.
    """
    _demand_power(actor)
    for (role, _area), reach in wanted.items():
        check_limit(role, reach)
    list(RoleReach.objects.select_for_update().order_by("id"))
    known = queries.reaches()
    for (role, area), reach in wanted.items():
        before = known.get((role, area), Reach.ALL)
        if before is reach:
            continue
        RoleReach.objects.filter(role=role, area=area).delete()
        if reach is not Reach.ALL:
            RoleReach.objects.create(id=new_id(), role=role.value, area=area.value, reach=reach.value)
        changes = {"reach": [before.value, reach.value]}
        fact = facts.ReachChanged(subject_id=BOOK, role=role.value, area=area.value, changes=changes)
        audit.record(fact, actor=actor, at=at)


def _demand_power(actor: Actor) -> None:
    doer = doer_of(actor)
    if doer is not None:
        demand(doer.role, Permission.MEMBER_EDIT)


def _free_name(name: str, but: Team | None = None) -> str:
    name = " ".join(name.split())[:100]
    if not name:
        raise RuleBroken("team.no_name", "A team needs a name.")
    others = Team.objects.filter(name__iexact=name)
    if (others.exclude(id=but.id) if but else others).exists():
        raise Conflict("team.name_taken", "There is a team “%(name)s” already.", name=name)
    return name
