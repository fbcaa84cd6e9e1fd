"""Take everything away that a member signs in with besides the password, when phone and codes are lost."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction

from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.factors.queries import APP, PASSKEY
from conto.domain import facts
from conto.domain.errors import Conflict
from conto.domain.facts import Actor
from conto.domain.permissions import Permission, demand


@transaction.atomic
def reset_factors(*, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Take all factors of a member away; the password alone lets them in again.

    Raises: NotAllowed for who may not; Conflict when there is nothing to take away.
    """
    if actor.kind == "member":
        doer = Member.objects.get(id=actor.member_id)  # type: ignore[misc]
        demand(doer.role, Permission.SECURITY_EDIT)
    Member.objects.select_for_update(no_key=True).get(id=member_id)
    rows = Authenticator.objects.filter(user_id=member_id)
    kinds = list(rows.values_list("type", flat=True))
    if not kinds:
        raise Conflict("factor.nothing_to_reset", "There is nothing to take away: the password alone lets them in.")
    rows.delete()
    fact = facts.MfaReset(subject_id=member_id, had_app=APP in kinds, passkeys=kinds.count(PASSKEY))
    audit.record(fact, actor=actor, at=at)
