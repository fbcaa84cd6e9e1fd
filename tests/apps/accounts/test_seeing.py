"""Teams, how far roles see, and whose records a member sees for that."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions, queries
from conto.apps.accounts.models import Member, RoleReach, Team
from conto.apps.audit.models import Fact
from conto.domain.errors import NotAllowed
from conto.domain.facts import SYSTEM, Actor
from conto.domain.ids import new_id
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from tests.domain.refusals import refused

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def member(name: str, role: Role = Role.SALES, team: Team | None = None) -> Member:
    made = actions.add_member(
        email=f"{name}@example.com", name=name, role=role, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    Member.objects.filter(id=made.id).update(team=team)
    return made


def limit(reach: Reach, role: Role = Role.SALES, area: Area = Area.DEALS) -> None:
    actions.set_reaches(wanted={(role, area): reach}, actor=SYSTEM, at=NOW)


def seen(member_id: UUID, area: Area = Area.DEALS) -> set[UUID] | None:
    owners = queries.owners_seen(Member.objects.get(id=member_id), area)
    return None if owners is None else set(owners)


def test_v1_own_team_and_all() -> None:
    north = actions.add_team(name="North", actor=SYSTEM, at=NOW)
    ann, ben, eve = member("Ann", team=north), member("Ben", team=north), member("Eve")
    assert seen(ann.id) is None
    limit(Reach.TEAM)
    assert seen(ann.id) == {ann.id, ben.id}
    assert seen(eve.id) == {eve.id}
    limit(Reach.OWN)
    assert seen(ann.id) == {ann.id}
    assert seen(ann.id, Area.CUSTOMERS) is None
    limit(Reach.ALL)
    assert seen(ann.id) is None
    assert not RoleReach.objects.exists()


def test_v1_people_who_left_stay_seen_by_their_team() -> None:
    north = actions.add_team(name="North", actor=SYSTEM, at=NOW)
    ann, ben = member("Ann", team=north), member("Ben", team=north)
    Member.objects.filter(id=ben.id).update(is_active=False)
    limit(Reach.TEAM)
    assert seen(ann.id) == {ann.id, ben.id}
    actions.remove_team(team=north, actor=SYSTEM, at=NOW)
    assert seen(ann.id) == {ann.id}


def test_v1_the_reach_that_came_with_the_business_is_not_asked_again() -> None:
    actions.set_up_business(
        seller=queries.SellerDetails(name="B", country="DE", currency="EUR", zone="Europe/Berlin"),
        bank_account=None, actor=SYSTEM, at=NOW,
    )  # fmt: skip
    ann = Member.objects.get(id=member("Ann").id)
    limit(Reach.OWN)
    business = queries.business()
    assert business is not None
    ann.reaches = business.reaches
    with CaptureQueriesContext(connection) as asked:
        assert queries.owners_seen(ann, Area.DEALS) == frozenset({ann.id})
        assert queries.owners_seen(ann, Area.CUSTOMERS) is None
    assert len(asked) == 0


def test_v2_a_role_that_keeps_the_books_is_not_limited() -> None:
    with refused("sight.needs_all"):
        limit(Reach.OWN, Role.FINANCE, Area.CUSTOMERS)
    RoleReach.objects.create(id=new_id(), role="owner", area="deals", reach="own")
    assert seen(member("Olga", Role.OWNER).id) is None


def test_teams_and_reaches_are_told_and_only_changed_by_who_may() -> None:
    member("Otto", Role.OWNER)
    olga, sam = member("Olga", Role.ADMIN), member("Sam")
    by = Actor(olga.id, "member", olga.name)
    team = actions.add_team(name="  North  Sea ", actor=by, at=NOW)
    assert team.name == "North Sea"
    with refused("team.name_taken"):
        actions.add_team(name="north sea", actor=by, at=NOW)
    with refused("team.no_name"):
        actions.rename_team(team=team, name=" ", actor=by, at=NOW)
    actions.rename_team(team=team, name="North sea", actor=by, at=NOW)
    actions.change_member(member_id=sam.id, team_id=team.id, actor=by, at=NOW)
    with refused("team.unknown"):
        actions.change_member(member_id=sam.id, team_id=new_id(), actor=by, at=NOW)
    actions.set_reaches(wanted={(Role.SALES, Area.DEALS): Reach.TEAM}, actor=by, at=NOW)
    actions.set_reaches(wanted={(Role.SALES, Area.DEALS): Reach.TEAM}, actor=by, at=NOW)
    actions.remove_team(team=team, actor=by, at=NOW)
    told = Fact.objects.filter(actor_id=olga.id).order_by("id").values_list("kind", "payload__body__changes")
    assert list(told) == [
        ("team_added", None), ("team_changed", {"name": ["North Sea", "North sea"]}),
        ("member_changed", {"team": ["", "North sea"]}), ("reach_changed", {"reach": ["all", "team"]}),
        ("team_removed", None),
    ]  # fmt: skip
    with pytest.raises(NotAllowed):
        actions.add_team(name="South", actor=Actor(sam.id, "member", sam.name), at=NOW)
