"""Targets set, changed and removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from conto.apps.accounts.models import Member, Team
from conto.apps.audit import actions as audit
from conto.apps.quotas.models import Quota
from conto.domain import facts
from conto.domain import quota as rules
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.quota import Measure


@transaction.atomic
def set_target(
    *,
    period: str,
    measure: str,
    amount_minor: int,
    currency: str,
    actor: Actor,
    at: datetime,
    member: Member | None = None,
    team: Team | None = None,
) -> Quota:
    """Set a target of a person, a team or (neither) everybody, for a period such as 2026-11, 2026-Q4 or 2026.

    Raises: RuleBroken for one that cannot be; Conflict `target.exists` when there is one already.
    Source: Z-1.
    """
    if member is not None and team is not None:
        raise RuleBroken("target.of_one", "A target is a person's, a team's or everybody's.")
    if measure not in set(Measure):
        raise RuleBroken("target.unknown", "There is no such measure.")
    span, starts_on = rules.read_period(period)
    rules.check_target(amount_minor=amount_minor, currency=currency, starts_on=starts_on)
    row = Quota(
        id=new_id(),
        member=member,
        team=team,
        span=span.value,
        starts_on=starts_on,
        measure=measure,
        amount_minor=amount_minor,
        currency=currency,
        changed_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("target.exists", "There is such a target already. Change that one.") from error
    audit.record(facts.TargetSet(subject_id=row.id, **_said(row)), actor=actor, at=at)
    return row


@transaction.atomic
def change_target(*, target: Quota, amount_minor: int, actor: Actor, at: datetime) -> Quota:
    """Raise or lower a target; the same amount changes nothing.

    Raises: RuleBroken `target.bad_amount`; Conflict `target.gone`.
    Source: Z-1.
    """
    row = _locked(target.id)
    rules.check_target(amount_minor=amount_minor, currency=row.currency, starts_on=row.starts_on)
    if row.amount_minor == amount_minor:
        return row
    changes = {"amount_minor": [row.amount_minor, amount_minor]}
    row.amount_minor, row.changed_at = amount_minor, at
    row.save(update_fields=["amount_minor", "changed_at"])
    audit.record(facts.TargetChanged(subject_id=row.id, whose=row.whose, changes=changes), actor=actor, at=at)
    return row


@transaction.atomic
def remove_target(*, target: Quota, actor: Actor, at: datetime) -> None:
    """Remove a target.

    Raises: Conflict `target.gone`.
    """
    row = _locked(target.id)
    fact = facts.TargetRemoved(subject_id=row.id, **_said(row))
    row.delete()
    audit.record(fact, actor=actor, at=at)


def _locked(target_id: UUID) -> Quota:
    list(Quota.objects.select_for_update().filter(id=target_id).values_list("id"))
    row = Quota.objects.select_related("member", "team").filter(id=target_id).first()
    if row is None:
        raise Conflict("target.gone", "This target was removed.")
    return row


def _said(row: Quota) -> dict[str, Any]:
    return {
        "whose": row.whose,
        "period": row.period,
        "measure": row.measure,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
    }
