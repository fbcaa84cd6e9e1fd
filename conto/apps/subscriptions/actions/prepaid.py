"""Prepaid credit granted or sold, and ended: by the day on which it lapses, or by somebody with a reason."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.ledger import actions as ledger
from conto.apps.subscriptions.actions.releasing import entry_of
from conto.apps.subscriptions.actions.subscriptions import locked
from conto.apps.subscriptions.models import PrepaidCredit, Subscription
from conto.apps.subscriptions.queries.prepaid import drawn_sums
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.price import Drawn, share_minor

MOST_CREDITS = 500
_LARGEST_MINOR = 10**12
_LATEST = timedelta(days=20 * 366)
Ending = Literal["lapsed", "cancelled", "paid_back"]


@dataclass(frozen=True, slots=True)
class SoldFor:
    """The deposit invoice that a credit was sold with, its net and its tax."""

    document_id: UUID
    net_minor: int
    tax_category: str
    tax_rate: Decimal


def check_credit(row: Subscription, *, amount_minor: int, last_day: date | None, reason: str, at: datetime) -> None:
    """Refuse a credit that cannot be.

    Raises: RuleBroken `prepaid.not_above_zero`, `prepaid.over`, `prepaid.no_reason`, `prepaid.too_many`,
        `prepaid.nothing_measured`.
    Source: SB-14.
    """
    if not 0 < amount_minor <= _LARGEST_MINOR:
        raise RuleBroken("prepaid.not_above_zero", "Prepaid credit is above 0.")
    today = local_day(at, row.zone)
    if last_day is not None and not today <= last_day <= today + _LATEST:
        raise RuleBroken("prepaid.over", "The last day is over already, or too far away.")
    if not reason.strip():
        raise RuleBroken("prepaid.no_reason", "Say what this credit is for.")
    if PrepaidCredit.objects.filter(subscription=row).count() >= MOST_CREDITS:
        raise RuleBroken("prepaid.too_many", "This subscription has too many prepaid credits.")


@transaction.atomic
def grant_credit(
    *,
    row: Subscription,
    amount_minor: int,
    reason: str,
    actor: Actor,
    at: datetime,
    last_day: date | None = None,
    sold: SoldFor | None = None,
) -> PrepaidCredit:
    """Give a subscription credit that pays what is used from today on; with `sold`, what a deposit paid for.

    Raises: as `check_credit`.
    Source: SB-14.
    """
    subscription = locked(row)
    check_credit(subscription, amount_minor=amount_minor, last_day=last_day, reason=reason, at=at)
    made = PrepaidCredit.objects.create(
        id=new_id(),
        subscription=subscription,
        ordinal=PrepaidCredit.objects.filter(subscription=subscription).count() + 1,
        amount_minor=amount_minor,
        granted_on=local_day(at, subscription.zone),
        lapses_on=None if last_day is None else last_day + timedelta(days=1),
        reason=reason.strip()[:500],
        document_id=sold.document_id if sold else None,
        net_minor=sold.net_minor if sold else 0,
        tax_category=sold.tax_category if sold else "",
        tax_rate=sold.tax_rate if sold else None,
        made_by_id=actor.member_id,
        made_at=at,
    )
    _noted(subscription, at)
    granted = facts.PrepaidGranted(
        subject_id=subscription.id,
        customer_id=subscription.customer_id,
        number=subscription.number,
        amount_minor=amount_minor,
        currency=subscription.currency,
        last_day=last_day,
        is_sold=sold is not None,
        reason=made.reason,
    )
    audit.record(granted, actor=actor, at=at)
    return made


@transaction.atomic
def end_credit(
    *,
    credit: PrepaidCredit,
    kind: Ending,
    actor: Actor,
    at: datetime,
    reason: str = "",
    paid_back_minor: int = 0,
) -> PrepaidCredit:
    """End a credit: nothing of it is used any more. What was sold and is not paid back becomes revenue.

    `paid_back_minor` is the net of the credit note that pays it back.

    Raises: RuleBroken `prepaid.no_reason`; Conflict `prepaid.ended`, `prepaid.nothing_left`.
    Source: SB-14, J-17.
    """
    if kind != "lapsed" and not reason.strip():
        raise RuleBroken("prepaid.no_ending_reason", "Say why this credit ends.")
    subscription = locked(credit.subscription)
    found = PrepaidCredit.objects.select_for_update().get(id=credit.id)
    left_minor = left_of(found, subscription)
    used_minor = found.amount_minor - left_minor
    if kind != "lapsed" and not left_minor:
        raise Conflict("prepaid.nothing_left", "Nothing is left of this credit.")
    if found.document_id is not None:
        rest_minor = found.net_minor - share_minor(found.net_minor, found.amount_minor, used_minor) - paid_back_minor
        ledger.post_many(entry_of(found, subscription, rest_minor, subject_id=found.id, at=at))
    found.ended_on = found.lapses_on if kind == "lapsed" else local_day(at, subscription.zone)
    found.ended_kind, found.ended_minor = kind, left_minor
    found.ended_because, found.ended_by_id = reason.strip()[:500], actor.member_id
    found.save(update_fields=["ended_on", "ended_kind", "ended_minor", "ended_because", "ended_by"])
    _noted(subscription, at)
    ended = facts.PrepaidEnded(
        subject_id=subscription.id,
        customer_id=subscription.customer_id,
        number=subscription.number,
        ending=kind,
        left_minor=left_minor,
        currency=subscription.currency,
        reason=found.ended_because,
    )
    audit.record(ended, actor=actor, at=at)
    return found


def left_of(credit: PrepaidCredit, subscription: Subscription) -> int:
    """Return what is left of a credit that has not ended, by what its locked subscription says.

    Raises: Conflict `prepaid.ended`.
    """
    if credit.ended_on is not None:
        raise Conflict("prepaid.ended", "This credit has ended already.")
    drawn = drawn_sums(Drawn(key, amount_minor) for key, amount_minor in subscription.drawn)
    return credit.amount_minor - drawn.get(str(credit.id), 0)


def _noted(subscription: Subscription, at: datetime) -> None:
    """Let previews that were shown before be looked at again."""
    subscription.has_prepaid = True
    subscription.version += 1
    subscription.changed_at = at
    subscription.save(update_fields=["has_prepaid", "version", "changed_at"])
