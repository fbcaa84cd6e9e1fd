"""Let members in and out: wrong passwords are counted, and from the fifth on they lock the door."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from conto.apps.accounts import queries
from conto.apps.accounts.actions.powers import demand_care_for
from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.facts import Actor, Origin

FREE_TRIES = 5
LONGEST_LOCK = timedelta(hours=1)


def try_sign_in(
    *, email: str, password: str, address: str, at: datetime, origin: Origin | None = None
) -> Member | None:
    """Let in the member whose password this is, where a password is enough, and return them."""
    member = try_password(email=email, password=password, address=address, at=at, origin=origin)
    if member is not None:
        sign_in_succeeded(member_id=member.id, address=address, at=at, origin=origin)
    return member


def try_password(
    *, email: str, password: str, address: str, at: datetime, origin: Origin | None = None
) -> Member | None:
    """Return the member whose password this is, or nothing; failures are counted and lock the door for a while.

    A locked member is refused whatever the password, and the answer is the same as for a wrong one. An address that
    nobody has costs as much time as a wrong password. Tries for one member wait for each other, so that many at once
    are no more than the same number one after the other.
    """
    known = queries.member_by_email(email.strip().lower())
    if known is None:
        make_password(password)
        return None
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(id=known.id)
        if queries.is_locked(member, at):
            make_password(password)
            return None
        if not member.check_password(password) or not member.is_active:
            sign_in_failed(member_id=member.id, address=address, at=at, origin=origin)
            return None
    return member


@transaction.atomic
def sign_in_failed(
    *, member_id: UUID, address: str, at: datetime, reason: str = "password", origin: Origin | None = None
) -> None:
    """Count a failed try; from the fifth on the member is locked out, each time for twice as long."""
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    member.failed_sign_ins = min(member.failed_sign_ins + 1, 1000)
    if member.failed_sign_ins >= FREE_TRIES:
        doublings = min(member.failed_sign_ins - FREE_TRIES, 10)
        member.locked_until = at + min(timedelta(minutes=1) * 2**doublings, LONGEST_LOCK)
    member.save(update_fields=["failed_sign_ins", "locked_until"])
    reason = reason if member.is_active else "inactive"
    failed = facts.MemberSignInFailed(subject_id=member.id, address=address, reason=reason)
    audit.record(failed, actor=_as_actor(member, origin), at=at)
    if member.locked_until is not None and member.failed_sign_ins >= FREE_TRIES:
        locked = facts.MemberLocked(subject_id=member.id, until=member.locked_until, failures=member.failed_sign_ins)
        audit.record(locked, actor=facts.SYSTEM, at=at)


@transaction.atomic
def sign_in_succeeded(*, member_id: UUID, address: str, at: datetime, origin: Origin | None = None) -> None:
    """Forget the failed tries and write the sign-in down."""
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    member.failed_sign_ins, member.locked_until = 0, None
    member.save(update_fields=["failed_sign_ins", "locked_until"])
    audit.record(facts.MemberSignedIn(subject_id=member.id, address=address), actor=_as_actor(member, origin), at=at)


@transaction.atomic
def unlock_member(*, member_id: UUID, actor: Actor, at: datetime) -> Member:
    """Let a locked member try again at once.

    Raises: NotAllowed without the right to look after that member.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    demand_care_for(member, actor)
    if member.locked_until is not None:
        member.failed_sign_ins, member.locked_until = 0, None
        member.save(update_fields=["failed_sign_ins", "locked_until"])
        audit.record(facts.MemberUnlocked(subject_id=member.id), actor=actor, at=at)
    return member


def note_sign_out(*, member_id: UUID, at: datetime, origin: Origin | None = None) -> None:
    """Write a sign-out down."""
    member = Member.objects.get(id=member_id)
    audit.record(facts.MemberSignedOut(subject_id=member.id), actor=_as_actor(member, origin), at=at)


def _as_actor(member: Member, origin: Origin | None) -> Actor:
    return Actor(member.id, "member", member.name, origin)
