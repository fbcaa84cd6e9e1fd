"""Recovery codes: for the day when the phone is gone."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import transaction

from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.factors.adapter import secrets_of
from conto.apps.factors.queries import CODES, SECOND_STEPS, codes_left
from conto.domain import facts
from conto.domain.errors import Conflict
from conto.domain.facts import Actor

LONGEST_CODE = 40


@transaction.atomic
def make_codes(*, member_id: UUID, actor: Actor, at: datetime) -> list[str]:
    """Make new recovery codes and return them; they are shown this once, and the old ones work no longer.

    Raises: Conflict for a member who has no second step that they could stand in for.
    """
    member = Member.objects.select_for_update(no_key=True).get(id=member_id)
    rows = Authenticator.objects.filter(user_id=member.id)
    if not rows.filter(type__in=SECOND_STEPS).exists():
        raise Conflict("factor.codes_alone", "Add an app or a passkey first: recovery codes only stand in for one.")
    rows.filter(type=CODES).delete()
    with secrets_of(member.id, CODES):
        made = RecoveryCodes.activate(member)
        codes = list(made.generate_codes())
    made.instance.created_at = at
    made.instance.save(update_fields=["created_at"])
    audit.record(facts.RecoveryCodesMade(subject_id=member.id, count=len(codes)), actor=actor, at=at)
    return codes


@transaction.atomic
def use_recovery_code(*, member_id: UUID, code: str, actor: Actor, at: datetime) -> bool:
    """Tell whether this is one of the member's recovery codes; it works once."""
    row = Authenticator.objects.select_for_update().filter(user_id=member_id, type=CODES).first()
    if row is None or len(code) > LONGEST_CODE:
        return False
    with secrets_of(member_id, CODES):
        codes = RecoveryCodes(row)
        if not codes.validate_code(code):
            return False
    row = codes.instance
    row.last_used_at = at
    row.save(update_fields=["last_used_at"])
    audit.record(facts.RecoveryCodeUsed(subject_id=member_id, left=codes_left(row)), actor=actor, at=at)
    return True


def drop_stray_codes(member_id: UUID) -> None:
    """Drop recovery codes that stand in for nothing any more."""
    rows = Authenticator.objects.filter(user_id=member_id)
    if not rows.filter(type__in=SECOND_STEPS).exists():
        rows.filter(type=CODES).delete()
