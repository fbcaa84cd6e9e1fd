"""Passkeys: added, named, used and removed. What browser and server say to each other is in `ceremony`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction

from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.factors import ceremony
from conto.apps.factors.actions.codes import drop_stray_codes
from conto.apps.factors.queries import PASSKEY
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor

LONGEST_NAME = 60
MOST_PASSKEYS = 20


@transaction.atomic
def add_passkey(*, member_id: UUID, name: str, answer: Any, actor: Actor, at: datetime) -> None:
    """Let a member sign in with a passkey that their browser has just made.

    Raises: RuleBroken `factor.wrong_passkey` when the answer is none to what the browser was asked.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    name = _checked_name(name)
    if Authenticator.objects.filter(user_id=member.id, type=PASSKEY).count() >= MOST_PASSKEYS:
        raise Conflict("factor.many_passkeys", "There are %(most)d passkeys already.", most=MOST_PASSKEYS)
    ceremony.check_new(answer)
    row = WebAuthn.add(member, name, answer).instance
    row.created_at = at
    row.save(update_fields=["created_at"])
    audit.record(facts.PasskeyAdded(subject_id=member.id, name=name), actor=actor, at=at)


@transaction.atomic
def rename_passkey(*, member_id: UUID, passkey_id: int, name: str, actor: Actor, at: datetime) -> None:
    """Call a passkey otherwise.

    Raises: RuleBroken for an empty name; Conflict for a passkey that is gone.
    """
    row = _locked(member_id, passkey_id)
    before, after = row.data["name"], _checked_name(name)
    if before != after:
        row.data["name"] = after
        row.save(update_fields=["data"])
        audit.record(facts.PasskeyChanged(subject_id=member_id, changes={"name": [before, after]}), actor=actor, at=at)


@transaction.atomic
def remove_passkey(*, member_id: UUID, passkey_id: int, actor: Actor, at: datetime) -> str:
    """Take a passkey away and return its name; the recovery codes go with the last second step."""
    row = _locked(member_id, passkey_id)
    name = str(row.data["name"])
    row.delete()
    drop_stray_codes(member_id)
    audit.record(facts.PasskeyRemoved(subject_id=member_id, name=name), actor=actor, at=at)
    return name


@transaction.atomic
def use_passkey(*, member_id: UUID, answer: Any, actor: Actor, at: datetime) -> bool:
    """Tell whether an answer comes from one of the member's passkeys, asked just now.

    A passkey that counts its uses must count upwards: the same number twice means that there is a copy.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    known = ceremony.passkey_that_answered(member, answer)
    if known is None:
        return False
    row = Authenticator.objects.select_for_update().get(id=known.id)
    count, last = ceremony.count_in(answer), int(row.data.get("count", 0))
    if (count or last) and count <= last:
        audit.record(facts.PasskeyDistrusted(subject_id=member.id, name=row.data["name"]), actor=actor, at=at)
        return False
    row.data["count"], row.last_used_at = count, at
    row.save(update_fields=["data", "last_used_at"])
    return True


def _locked(member_id: UUID, passkey_id: int) -> Authenticator:
    row = Authenticator.objects.select_for_update().filter(user_id=member_id, type=PASSKEY, id=passkey_id).first()
    if row is None:
        raise Conflict("factor.no_passkey", "This passkey is gone already.")
    return row


def _checked_name(name: str) -> str:
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise RuleBroken("factor.no_name", "Give the passkey a name, so that you know it again.")
    return name
