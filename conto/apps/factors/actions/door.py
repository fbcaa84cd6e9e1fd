"""Let members in by two steps, or by a passkey in one; wrong tries lock the door as wrong passwords do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import is_locked
from conto.apps.factors import ceremony, queries
from conto.apps.factors.actions.app import use_app_code
from conto.apps.factors.actions.codes import use_recovery_code
from conto.apps.factors.actions.passkeys import use_passkey
from conto.domain.facts import Actor, Origin


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Whose password it was, and whether that lets them in already."""

    member: Member
    is_in: bool


def try_password(
    *, email: str, password: str, address: str, at: datetime, origin: Origin | None = None
) -> FirstStep | None:
    """Return whose password this is, or nothing; with a second step it lets nobody in yet.

    Wrong tries are forgotten only when somebody is in, so that a known password gives no fresh tries at the codes.
    """
    member = accounts.try_password(email=email, password=password, address=address, at=at, origin=origin)
    if member is None:
        return None
    is_in = not queries.has_second_step(member.id)
    if is_in:
        accounts.sign_in_succeeded(member_id=member.id, address=address, at=at, origin=origin)
    return FirstStep(member, is_in=is_in)


@transaction.atomic
def try_code(*, member_id: UUID, code: str, address: str, at: datetime, is_inside: bool = False) -> bool:
    """Tell whether a code of the app, or a recovery code, shows that this is the member.

    `is_inside` says that they are signed in and only show it again. A locked member is refused whatever the code.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    if not _may_try(member, at):
        return False
    fits = use_app_code(member_id=member_id, code=code, at=at) or use_recovery_code(
        member_id=member_id, code=code, actor=_as_actor(member), at=at
    )
    return _noted(member, "code", fits=fits, address=address, at=at, is_inside=is_inside)


@transaction.atomic
def try_passkey(*, member_id: UUID, answer: Any, address: str, at: datetime, is_inside: bool = False) -> bool:
    """Tell whether a passkey shows that this is the member, after the password or when they are signed in."""
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    if not _may_try(member, at):
        return False
    fits = use_passkey(member_id=member_id, answer=answer, actor=_as_actor(member), at=at)
    return _noted(member, "passkey", fits=fits, address=address, at=at, is_inside=is_inside)


@transaction.atomic
def enter_by_passkey(*, answer: Any, address: str, at: datetime) -> Member | None:
    """Return the member whose passkey has answered, without a password; it is both steps in one.

    A wrong answer locks nobody out: it names whomever it likes, and a signature cannot be guessed.
    """
    named = ceremony.member_in(answer)
    if named is None or not _may_try(named, at):
        return None
    if not use_passkey(member_id=named.id, answer=answer, actor=_as_actor(named), at=at):
        return None
    accounts.sign_in_succeeded(member_id=named.id, address=address, at=at)
    return named


def _may_try(member: Member, at: datetime) -> bool:
    return member.is_active and not is_locked(member, at)


def _noted(member: Member, way: str, *, fits: bool, address: str, at: datetime, is_inside: bool) -> bool:
    if not fits:
        accounts.sign_in_failed(member_id=member.id, address=address, at=at, reason=way)
    elif is_inside:
        accounts.forget_failures(member_id=member.id)
    else:
        accounts.sign_in_succeeded(member_id=member.id, address=address, at=at)
    return fits


def _as_actor(member: Member) -> Actor:
    return Actor(member.id, "member", member.name)
