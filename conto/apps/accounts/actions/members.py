"""Add members, change them, and let them in."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from conto.apps.accounts import queries
from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.contact import check_email
from conto.domain.errors import Conflict, NotAllowed, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.permissions import Permission, Role, demand

FREE_TRIES = 5
LONGEST_LOCK = timedelta(hours=1)


@transaction.atomic
def add_member(
    *, email: str, name: str, role: Role | str, password: str, actor: Actor, at: datetime, language: str = "en"
) -> Member:
    """Add a person who can sign in.

    Raises: RuleBroken for a bad address, an address in use, a weak password; NotAllowed to make an owner.
    """
    role = _known_role(role)
    _demand_power_over(role, actor)
    address = check_email(email).lower()
    if queries.member_by_email(address) is not None:
        raise Conflict("member.email_taken", "A member with the address %(email)s is here already.", email=address)
    member = Member(
        id=new_id(), email=address, name=_required_name(name), role=role.value, language=language, joined_at=at
    )
    member.password = _checked_hash(password, member)
    member.save(force_insert=True)
    audit.record(
        facts.MemberAdded(subject_id=member.id, name=member.name, email=address, role=role.value), actor=actor, at=at
    )
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
) -> Member:
    """Change a member's name, role or state; what is not given stays.

    Raises: NotAllowed to touch an owner without being one; Conflict for the last owner.
    """
    members = {member.id: member for member in Member.objects.select_for_update().order_by("id")}
    member = members[member_id]
    before = {"name": member.name, "role": member.role, "is_active": member.is_active}
    _demand_power_over(Role(member.role), actor)
    if role is not None:
        _demand_power_over(_known_role(role), actor)
        member.role = _known_role(role).value
    member.name = member.name if name is None else _required_name(name)
    member.is_active = member.is_active if is_active is None else is_active
    if not any(each.is_active and each.role == Role.OWNER for each in members.values()):
        raise Conflict("member.last_owner", "This is the last owner. Make somebody else an owner first.")
    after = {"name": member.name, "role": member.role, "is_active": member.is_active}
    changes = facts.changes_between(before, after)
    if changes:
        member.save(update_fields=["name", "role", "is_active"])
        audit.record(facts.MemberChanged(subject_id=member.id, changes=changes), actor=actor, at=at)
    return member


@transaction.atomic
def change_own_profile(
    *, member_id: UUID, name: str, language: str, zone: str, theme: str, actor: Actor, at: datetime
) -> Member:
    """Change how a member is called and how the pages look to them.

    Raises: RuleBroken for an unknown zone or theme.
    """
    member = Member.objects.select_for_update().get(id=member_id)
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


@transaction.atomic
def set_password(*, member_id: UUID, password: str, actor: Actor, at: datetime) -> Member:
    """Give a member a new password; it ends their sessions and opens a locked door.

    Raises: RuleBroken for a weak password; NotAllowed for an owner's by somebody who is none.
    """
    member = Member.objects.select_for_update().get(id=member_id)
    if actor.member_id != member.id:
        _demand_power_over(Role(member.role), actor)
    member.password = _checked_hash(password, member)
    member.failed_sign_ins, member.locked_until = 0, None
    member.save(update_fields=["password", "failed_sign_ins", "locked_until"])
    audit.record(facts.MemberPasswordChanged(subject_id=member.id), actor=actor, at=at)
    return member


def try_sign_in(*, email: str, password: str, address: str, at: datetime) -> Member | None:
    """Return the member whose password this is, or nothing; failures are counted and lock the door for a while.

    A locked member is refused whatever the password, and the answer is the same as for a wrong one. An address that
    nobody has costs as much time as a wrong password.
    """
    member = queries.member_by_email(email.strip().lower())
    if member is None:
        make_password(password)
        return None
    if is_locked(member, at):
        make_password(password)
        return None
    if not member.check_password(password) or not member.is_active:
        sign_in_failed(member_id=member.id, address=address, at=at)
        return None
    sign_in_succeeded(member_id=member.id, address=address, at=at)
    return member


def is_locked(member: Member, at: datetime) -> bool:
    """Tell whether the member must wait before the next try."""
    return member.locked_until is not None and member.locked_until > at


@transaction.atomic
def sign_in_failed(*, member_id: UUID, address: str, at: datetime) -> None:
    """Count a failed try; from the fifth on the member is locked out, each time for twice as long."""
    member = Member.objects.select_for_update().get(id=member_id)
    member.failed_sign_ins = min(member.failed_sign_ins + 1, 1000)
    if member.failed_sign_ins >= FREE_TRIES:
        doublings = min(member.failed_sign_ins - FREE_TRIES, 10)
        member.locked_until = at + min(timedelta(minutes=1) * 2**doublings, LONGEST_LOCK)
    member.save(update_fields=["failed_sign_ins", "locked_until"])
    reason = "password" if member.is_active else "inactive"
    audit.record(
        facts.MemberSignInFailed(subject_id=member.id, address=address, reason=reason), actor=_as_actor(member), at=at
    )


@transaction.atomic
def sign_in_succeeded(*, member_id: UUID, address: str, at: datetime) -> None:
    """Forget the failed tries and write the sign-in down."""
    member = Member.objects.select_for_update().get(id=member_id)
    member.failed_sign_ins, member.locked_until = 0, None
    member.save(update_fields=["failed_sign_ins", "locked_until"])
    audit.record(facts.MemberSignedIn(subject_id=member.id, address=address), actor=_as_actor(member), at=at)


def note_sign_out(*, member_id: UUID, at: datetime) -> None:
    """Write a sign-out down."""
    member = Member.objects.get(id=member_id)
    audit.record(facts.MemberSignedOut(subject_id=member.id), actor=_as_actor(member), at=at)


def check_zone(zone: str) -> str:
    """Return the name of an IANA zone.

    Raises: RuleBroken `zone.unknown`.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RuleBroken("zone.unknown", "“%(zone)s” is not a time zone.", zone=zone) from error
    return zone


def _as_actor(member: Member) -> Actor:
    return Actor(member.id, "member", member.name)


def _known_role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError as error:
        raise RuleBroken("member.unknown_role", "%(role)s is not a role.", role=str(role)) from error


def _required_name(name: str) -> str:
    if not name.strip():
        raise RuleBroken("member.no_name", "A member needs a name.")
    return name.strip()


def _demand_power_over(role: Role, actor: Actor) -> None:
    """Refuse a member who may not edit members, or who is no owner and would make or change one."""
    if actor.kind != "member":
        return
    doer = Member.objects.get(id=actor.member_id)  # type: ignore[misc]
    demand(doer.role, Permission.MEMBER_EDIT)
    if role == Role.OWNER and doer.role != Role.OWNER:
        raise NotAllowed("member.only_owners", "Only an owner may make or change an owner.")


def _checked_hash(password: str, member: Member) -> str:
    try:
        validate_password(password, member)
    except ValidationError as error:
        raise RuleBroken("member.weak_password", "%(why)s", why=" ".join(error.messages)) from error
    return make_password(password)
