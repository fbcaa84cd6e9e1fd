"""Add members and change them."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from conto.apps.accounts import queries
from conto.apps.accounts.actions.addresses import end_address_links
from conto.apps.accounts.actions.passwords import checked_hash, end_password_links
from conto.apps.accounts.actions.powers import demand_care_for, demand_power_to_give, doer_of, known_role, known_team
from conto.apps.accounts.actions.sessions import end_sessions
from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.contact import check_email
from conto.domain.errors import Conflict, NotAllowed, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role, demand

KEEP_TEAM = UUID(int=0)  # what a change of a member gives when it says nothing of the team


@transaction.atomic
def add_member(
    *, email: str, name: str, role: Role | str, password: str, actor: Actor, at: datetime, language: str = "en"
) -> Member:
    """Add a person who can sign in.

    Raises: RuleBroken for a bad address, an address in use, a weak password; NotAllowed to give a role with more rights
    than the actor has.
    """
    role = known_role(role)
    demand_power_to_give(role, actor)
    member = Member(id=new_id(), email=email, name=name, role=role.value, language=language, joined_at=at)
    return keep_new_member(member, password=password, actor=actor, at=at)


@transaction.atomic
def keep_new_member(member: Member, *, password: str, actor: Actor, at: datetime) -> Member:
    """Keep a member who was described, once everything about them is right.

    Raises: RuleBroken for a bad address, zone or name, an address in use, a weak password.
    """
    member.email, member.name = check_email(member.email).lower(), _required_name(member.name)
    if member.zone:
        check_zone(member.zone)
    if queries.member_by_email(member.email) is not None:
        raise Conflict("member.email_taken", "A member with the address %(email)s is here already.", email=member.email)
    member.password = checked_hash(password, member)
    member.save(force_insert=True)
    fact = facts.MemberAdded(subject_id=member.id, name=member.name, email=member.email, role=member.role)
    audit.record(fact, actor=actor, at=at)
    return member


@transaction.atomic
def add_first_owner(*, email: str, name: str, password: str, at: datetime, language: str = "en") -> Member:
    """Add the first owner of a book that has no member.

    Raises: NotAllowed as soon as there is a member.
    """
    if Member.objects.select_for_update().exists():
        raise NotAllowed("member.already_owned", "This book has an owner already. Sign in instead.")
    return add_member(
        email=email, name=name, role=Role.OWNER, password=password, actor=facts.SYSTEM, at=at, language=language
    )


@transaction.atomic
def change_member(
    *,
    member_id: UUID,
    actor: Actor,
    at: datetime,
    name: str | None = None,
    role: Role | str | None = None,
    is_active: bool | None = None,
    team_id: UUID | None = KEEP_TEAM,
) -> Member:
    """Change a member's name, role, team or state; what is not given stays. Whoever is deactivated is out at once.

    Raises: RuleBroken for an unknown team; NotAllowed to touch an owner without being one, or to give a role with more
    rights than one's own; Conflict for the last owner.
    """
    # All rows are locked, in one order: of two owners who demote each other at once, the second sees the first's deed.
    members = {member.id: member for member in Member.objects.select_for_update(no_key=True).order_by("id")}
    member = members[member_id]
    before = _told(member)
    demand_care_for(member, actor)
    if (doer := doer_of(actor)) is not None:
        demand(doer.role, Permission.MEMBER_EDIT)
    if role is not None and known_role(role) != member.role:
        demand_power_to_give(known_role(role), actor)
        member.role = known_role(role).value
    if is_active and not member.is_active:
        demand_power_to_give(Role(member.role), actor)
    member.name = member.name if name is None else _required_name(name)
    member.is_active = member.is_active if is_active is None else is_active
    if team_id != KEEP_TEAM:
        member.team = known_team(team_id) if team_id else None
    if not any(each.is_active and each.role == Role.OWNER for each in members.values()):
        raise Conflict("member.last_owner", "This is the last owner. Make somebody else an owner first.")
    changes = facts.changes_between(before, _told(member))
    if changes:
        member.save(update_fields=["name", "role", "is_active", "team"])
        audit.record(facts.MemberChanged(subject_id=member.id, changes=changes), actor=actor, at=at)
    if "is_active" in changes and not member.is_active:
        _shut_out(member, actor=actor, at=at)
    return member


def _told(member: Member) -> dict[str, Any]:
    team = member.team.name if member.team else ""
    return {"name": member.name, "role": member.role, "is_active": member.is_active, "team": team}


@transaction.atomic
def change_own_profile(
    *, member_id: UUID, name: str, language: str, zone: str, theme: str, actor: Actor, at: datetime
) -> Member:
    """Change how a member is called and how the pages look to them.

    Raises: RuleBroken for an unknown zone or theme.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    if zone:
        check_zone(zone)
    if theme not in {"system", "light", "dark"}:
        raise RuleBroken("member.unknown_theme", "%(theme)s is no theme.", theme=theme)
    before = {"name": member.name, "language": member.language, "zone": member.zone}
    member.name, member.language, member.zone, member.theme = _required_name(name), language, zone, theme
    member.save(update_fields=["name", "language", "zone", "theme"])
    changes = facts.changes_between(before, {"name": member.name, "language": language, "zone": zone})
    if changes:
        audit.record(facts.MemberChanged(subject_id=member.id, changes=changes), actor=actor, at=at)
    return member


def check_zone(zone: str) -> str:
    """Return the name of an IANA zone.

    Raises: RuleBroken `zone.unknown`.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RuleBroken("zone.unknown", "“%(zone)s” is not a time zone.", zone=zone) from error
    return zone


def _shut_out(member: Member, *, actor: Actor, at: datetime) -> None:
    """End everything by which a member who was deactivated, or a guest of theirs, could come in."""
    end_sessions(member_id=member.id, actor=actor, at=at, reason="deactivated")
    end_password_links(member_id=member.id, at=at)
    end_address_links(member_id=member.id, at=at)
    for invitation in queries.open_invitations().filter(invited_by=member):
        invitation.cancelled_at = at
        invitation.save(update_fields=["cancelled_at"])
        fact = facts.InvitationCancelled(subject_id=invitation.id, email=invitation.email, reason="inviter_deactivated")
        audit.record(fact, actor=actor, at=at)


def _required_name(name: str) -> str:
    if not name.strip():
        raise RuleBroken("member.no_name", "A member needs a name.")
    return name.strip()
