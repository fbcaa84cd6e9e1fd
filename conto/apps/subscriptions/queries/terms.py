"""From rows to what the engine takes: what was agreed, what changed, and what was billed so far."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import TextField
from django.db.models.functions import Cast

from conto.apps.bulk.composed import Composed, given, prepared_cursor
from conto.apps.plans.queries import engine_items
from conto.apps.subscriptions.models import (
    PrepaidCredit,
    Subscription,
    SubscriptionChange,
    SubscriptionItem,
)
from conto.domain.period import Interval
from conto.domain.price import Drawn, price_from_text
from conto.domain.price import PrepaidCredit as Credit
from conto.domain.subscription import Account, Billed, Change, Charge, Definition, Proration, When, is_all_in_advance
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


_ITEMS = Composed(
    lambda: (
        SubscriptionItem.objects.filter(subscription_id__one_of=given("subscriptions"))
        .annotate(price_text=Cast("price", TextField()))
        .order_by("subscription_id", "position")
    ),
    shares_json=True,
)
_CHANGES = Composed(
    lambda: SubscriptionChange.objects.filter(subscription_id__one_of=given("subscriptions")).order_by(
        "subscription_id", "ordinal"
    )
)


def load_many(rows: Sequence[Subscription], *, is_to_bill: bool = False) -> dict[UUID, Loaded]:
    """Return subscriptions with all that billing them needs, by three queries, four with prepaid credit.

    `is_to_bill` leaves out what was billed of periods that are over where nothing can change it any more: so the tenth
    year is billed as quickly as the first.

    Raises: RuleBroken where what is stored cannot be read; who bills many reads one by one then.
    """
    ids = [row.id for row in rows]
    items: dict[UUID, list[SubscriptionItem]] = {key: [] for key in ids}
    for item in _ITEMS(subscriptions=ids):
        items[item.subscription_id].append(item)
    changes: dict[UUID, list[SubscriptionChange]] = {key: [] for key in ids}
    for change in _CHANGES(subscriptions=ids):
        changes[change.subscription_id].append(change)
    prepaid: dict[UUID, list[PrepaidCredit]] = {row.id: [] for row in rows if row.has_prepaid}
    for credit in PrepaidCredit.objects.filter(subscription_id__in=prepaid).order_by("ordinal") if prepaid else ():
        prepaid[credit.subscription_id].append(credit)
    agreed = {row.id: definition_of(row, items[row.id], prepaid.get(row.id, ())) for row in rows}
    since = [_changeable_since(row, agreed[row.id], changes[row.id]) if is_to_bill else 0 for row in rows]
    charges: dict[UUID, list[_Charged]] = {key: [] for key in ids}
    with prepared_cursor() as cursor:
        cursor.execute(_CHARGES, [ids, since])
        for subscription_id, *charged in cursor.fetchall():
            charges[subscription_id].append(_Charged(*charged))
    return {
        row.id: _loaded(row, items[row.id], agreed[row.id], changes[row.id], charges[row.id], prepaid.get(row.id, ()))
        for row in rows
    }


def _changeable_since(row: Subscription, agreed: Definition, changes: Sequence[SubscriptionChange]) -> int:
    """Tell below which end of a period nothing can change what was billed of it: all was known, nothing was measured.

    What is paid in advance is settled as soon as its period begins, so of who pays all in advance the period that ends
    when the next is due is not needed either.

    Source: CH-9.
    """
    if row.settled_on is None or changes or any(item.measure is not None for item in agreed.items):
        return 0
    if agreed.proration is not Proration.SECOND:
        due = row.next_bill_on if row.next_bill_on and is_all_in_advance(agreed) else row.settled_on
        return max(due, row.settled_on).toordinal() + 1
    midnight = datetime(row.settled_on.year, row.settled_on.month, row.settled_on.day, tzinfo=UTC)
    return int((midnight - timedelta(days=1)).timestamp())  # the day begins earlier to the east


def _loaded(
    row: Subscription,
    items: Sequence[SubscriptionItem],
    agreed: Definition,
    changes: Sequence[SubscriptionChange],
    charges: "Sequence[_Charged]",
    prepaid: Sequence[PrepaidCredit],
) -> Loaded:
    kept = [(each.charge(), each) for each in charges]
    drawn = [Drawn(key, amount_minor) for key, amount_minor in row.drawn]
    return Loaded(
        row,
        {each.key: each for each in items},
        agreed,
        tuple(change_of(each, row.currency) for each in changes),
        Billed(
            row.settled_on.toordinal() if row.settled_on else 0,
            {charge: each.account(row.currency) for charge, each in kept},
            drawn,
        ),
        {charge: each.id for charge, each in kept},
        {each.id: each for each in prepaid},
    )


_CHARGES = """
SELECT c.subscription_id, c.id, c.item_key, c.first_day, c.price_version, c.quantity_pico::text, c.price::text, c.kind,
    c.gross_minor, c.discount_minor, nullif(c.fixed_minor, '{}')::text, c.starts_at, c.ends_at, c.period_ends_at,
    c.left_minor
FROM unnest(%s::uuid[], %s::bigint[]) asked (id, since)
JOIN subscriptions_billedcharge c ON c.subscription_id = asked.id AND c.period_ends_at >= asked.since
ORDER BY c.subscription_id, c.first_day, c.id
"""


class _Charged(NamedTuple):
    """What was billed so far for one charge, as it is stored."""

    id: UUID
    item_key: str
    first_day: date
    price_version: str
    quantity_pico: str
    price: str
    kind: str
    gross_minor: int
    discount_minor: int
    fixed_minor: str | None
    starts_at: int
    ends_at: int
    period_ends_at: int
    left_minor: list[int]

    def charge(self) -> Charge:
        """Tell what the amount is for."""
        return Charge(self.item_key, self.first_day.toordinal(), self.price_version, int(self.quantity_pico))

    def account(self, currency: str) -> Account:
        """Return the state that the next bill goes on from."""
        return Account(
            price_from_text(self.price, currency), self.gross_minor, self.discount_minor,
            json.loads(self.fixed_minor) if self.fixed_minor else {}, self.starts_at, self.ends_at,
            self.period_ends_at, self.kind, self.left_minor,
        )  # fmt: skip
