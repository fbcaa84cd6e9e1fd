"""From rows to what the engine takes: what was agreed, what changed, and what was billed so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from conto.apps.plans.queries import engine_items
from conto.apps.subscriptions.models import (
    BilledCharge,
    PrepaidCredit,
    Subscription,
    SubscriptionChange,
    SubscriptionItem,
)
from conto.domain.period import Interval
from conto.domain.price import Drawn, price_from
from conto.domain.price import PrepaidCredit as Credit
from conto.domain.subscription import Account, Billed, Change, Charge, Definition, Proration, When
from conto.domain.subscription.written import change_from, coupon_from


@dataclass(frozen=True, slots=True)
class Loaded:
    """A subscription with all that billing it needs. `billed` is the caller's own: bills may be made on it."""

    row: Subscription
    items: dict[str, SubscriptionItem]
    definition: Definition
    changes: tuple[Change, ...]
    billed: Billed
    charge_ids: dict[Charge, UUID]
    prepaid: dict[UUID, PrepaidCredit] = field(default_factory=dict)


def definition_of(
    row: Subscription, items: Iterable[SubscriptionItem], prepaid: Iterable[PrepaidCredit] = ()
) -> Definition:
    """Return what was agreed, as the engine takes it; items that a change added come with that change.

    Prepaid credit is needed by who bills alone.

    Raises: RuleBroken as `price_from`.
    """
    agreed = [each for each in items if each.change_ordinal == 0]
    return Definition(
        row.currency,
        row.zone,
        row.starts_on,
        engine_items(agreed, row.currency),
        Interval(row.interval),
        row.count,
        row.is_calendar_aligned,
        row.anchor_on,
        row.trial_days,
        row.ends_on,
        Proration(row.proration),
        When(row.downgrade),
        row.keeps_anchor,
        row.bills_changes_now,
        row.bills_end_day,
        tuple(coupon_from(each) for each in row.coupons),
        row.commitment,
        tuple(_credit(each) for each in prepaid),
    )


def _credit(row: PrepaidCredit) -> Credit:
    """Return a credit as the engine takes it: one that has ended holds until then, and only what it was used for."""
    days = [day for day in (row.lapses_on, row.ended_on) if day is not None]
    return Credit(str(row.id), row.granted_on, row.amount_minor - (row.ended_minor or 0), min(days, default=None))


def change_of(row: SubscriptionChange, currency: str) -> Change:
    """Return a change as the engine takes it."""
    return change_from(row.body, currency)


def load(row: Subscription) -> Loaded:
    """Return a subscription with all that billing it needs, with three queries, or four with prepaid credit."""
    return load_many([row])[row.id]


def load_many(rows: Sequence[Subscription]) -> dict[UUID, Loaded]:
    """Return subscriptions with all that billing them needs, by three queries, four with prepaid credit.

    Raises: RuleBroken where what is stored cannot be read; who bills many reads one by one then.
    """
    ids = [row.id for row in rows]
    items: dict[UUID, list[SubscriptionItem]] = {key: [] for key in ids}
    for item in SubscriptionItem.objects.filter(subscription_id__in=ids).order_by("subscription_id", "position"):
        items[item.subscription_id].append(item)
    changes: dict[UUID, list[SubscriptionChange]] = {key: [] for key in ids}
    for change in SubscriptionChange.objects.filter(subscription_id__in=ids).order_by("subscription_id", "ordinal"):
        changes[change.subscription_id].append(change)
    charges: dict[UUID, list[BilledCharge]] = {key: [] for key in ids}
    for charge in BilledCharge.objects.filter(subscription_id__in=ids).order_by("subscription_id", "first_day", "id"):
        charges[charge.subscription_id].append(charge)
    prepaid: dict[UUID, list[PrepaidCredit]] = {row.id: [] for row in rows if row.has_prepaid}
    for credit in PrepaidCredit.objects.filter(subscription_id__in=prepaid).order_by("ordinal") if prepaid else ():
        prepaid[credit.subscription_id].append(credit)
    return {
        row.id: _loaded(row, items[row.id], changes[row.id], charges[row.id], prepaid.get(row.id, ())) for row in rows
    }


def _loaded(
    row: Subscription,
    items: Sequence[SubscriptionItem],
    changes: Sequence[SubscriptionChange],
    charges: Sequence[BilledCharge],
    prepaid: Sequence[PrepaidCredit],
) -> Loaded:
    accounts = {_charge(each): _account(each, row.currency) for each in charges}
    drawn = [Drawn(key, amount_minor) for key, amount_minor in row.drawn]
    return Loaded(
        row,
        {each.key: each for each in items},
        definition_of(row, items, prepaid),
        tuple(change_of(each, row.currency) for each in changes),
        Billed(row.settled_on.toordinal() if row.settled_on else 0, accounts, drawn),
        {_charge(each): each.id for each in charges},
        {each.id: each for each in prepaid},
    )


def _charge(row: BilledCharge) -> Charge:
    return Charge(row.item_key, row.first_day.toordinal(), row.price_version, int(row.quantity_pico))


def _account(row: BilledCharge, currency: str) -> Account:
    price: Any = price_from(row.price, currency)
    return Account(
        price, row.gross_minor, row.discount_minor, dict(row.fixed_minor), row.starts_at, row.ends_at,
        row.period_ends_at, row.kind, list(row.left_minor),
    )  # fmt: skip
