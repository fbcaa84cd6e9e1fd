"""Codes from an app on the member's phone (TOTP, RFC 6238)."""

from datetime import datetime
from uuid import UUID

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.db import transaction

from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.factors.actions.codes import drop_stray_codes
from conto.apps.factors.adapter import secrets_of
from conto.apps.factors.queries import APP
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor


def new_secret() -> str:
    """Return a secret for an app, which is nobody's until it is added with its first code."""
    return str(totp.generate_totp_secret())


@transaction.atomic
def add_app(*, member_id: UUID, secret: str, code: str, actor: Actor, at: datetime) -> None:
    """Let a member sign in with the codes of an app that has shown its first one.

    Raises: RuleBroken `factor.wrong_code`; Conflict `factor.has_app` when there is one already.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    if Authenticator.objects.filter(user_id=member.id, type=APP).exists():
        raise Conflict("factor.has_app", "There is an app already. Remove it before you add another.")
    step = _step_of(code, secret, after=-1)
    if step is None:
        raise RuleBroken("factor.wrong_code", "The app shows another code by now. Is the phone’s clock right?")
    with secrets_of(member.id, APP):
        row = totp.TOTP.activate(member, secret).instance
    row.created_at, row.data["last_step"] = at, step
    row.save(update_fields=["created_at", "data"])
    audit.record(facts.MfaAdded(subject_id=member.id), actor=actor, at=at)


@transaction.atomic
def use_app_code(*, member_id: UUID, code: str, at: datetime) -> bool:
    """Tell whether an app shows this code now; each code works once, and none that is older than the last one used."""
    row = Authenticator.objects.select_for_update().filter(user_id=member_id, type=APP).first()
    if row is None:
        return False
    with secrets_of(member_id, APP):
        step = _step_of(code, decrypt(row.data["secret"]), after=row.data["last_step"])
    if step is None:
        return False
    row.data["last_step"], row.last_used_at = step, at
    row.save(update_fields=["data", "last_used_at"])
    return True


@transaction.atomic
def remove_app(*, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Take the codes of the app away; the recovery codes go with the last second step.

    Raises: Conflict when there is no app.
    """
    removed, _by_table = Authenticator.objects.filter(user_id=member_id, type=APP).delete()
    if not removed:
        raise Conflict("factor.no_app", "There is no app to remove.")
    drop_stray_codes(member_id)
    audit.record(facts.MfaRemoved(subject_id=member_id), actor=actor, at=at)


def _step_of(code: str, secret: str, *, after: int) -> int | None:
    """Return the half minute whose code this is, if it is a current one and none up to it was used.

    allauth remembers used codes in the process's cache; there are many processes here, so the row remembers instead.
    """
    for step in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=expected):
            return int(step)
    return None
