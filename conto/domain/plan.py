"""What a plan agrees for whoever subscribes to it: rhythm, trial, how changes are billed, and how items are named."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from conto.domain.contact import fold
from conto.domain.entitlement import Feature, check_features
from conto.domain.errors import RuleBroken
from conto.domain.money import ZERO
from conto.domain.period import Interval
from conto.domain.subscription import (
    Billed,
    Change,
    ChangeKind,
    Definition,
    Event,
    Invoice,
    Item,
    Proration,
    When,
    bill,
)

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
MOST_ITEMS = 50
MOST_COUNT = 120
MOST_TRIAL_DAYS = 1000
_NOT_OF_KEY = re.compile(r"[^a-z0-9]+")
_DAYS = {
    Interval.DAY: 1,
    Interval.WEEK: 7,
    Interval.MONTH: 31,
    Interval.QUARTER: 92,
    Interval.HALF_YEAR: 184,
    Interval.YEAR: 366,
}
_LATEST = date(2500, 1, 1)
_LARGEST = Decimal(10) ** 11
_PLACES = 12


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """The terms of a plan, as the engine has them."""

    interval: Interval = Interval.MONTH
    count: int = 1
    is_calendar_aligned: bool = False
    trial_days: int = 0
    proration: Proration = Proration.DAY
    downgrade: When = When.PERIOD_END
    keeps_anchor: bool = False
    bills_changes_now: bool = True
    bills_end_day: bool = False
    commitment: Decimal = ZERO
    features: tuple[Feature, ...] = ()  # what it lets use; nothing is billed by them


def agreed(
    terms: PlanTerms, items: Sequence[Item], *, currency: str, zone: str, starts_on: date, **more: Any
) -> Definition:
    """Give the subscription that somebody has who takes a plan.

    Raises: RuleBroken for what the engine refuses.
    Source: PL-3.
    """
    billed = {each.name: getattr(terms, each.name) for each in fields(terms) if each.name != "features"}
    return Definition(currency, zone, starts_on, tuple(items), **{**billed, **more})


def check_plan(terms: PlanTerms, items: Sequence[Item], currency: str) -> None:
    """Refuse a plan that nobody could be billed by.

    Raises: RuleBroken `plan.no_items`, `plan.too_many_items`, `plan.bad_key`, `plan.bad_terms`; as `check_features`
    and the engine.
    Source: PL-3.
    """
    if not items:
        raise RuleBroken("plan.no_items", "A plan has at least one item.")
    if len(items) > MOST_ITEMS:
        raise RuleBroken("plan.too_many_items", "A plan has at most %(most)s items.", most=MOST_ITEMS)
    for item in items:
        if not KEY.fullmatch(item.key):
            raise RuleBroken(
                "plan.bad_key", "“%(key)s” is no key: small letters, digits, - and _, at most 40.", key=item.key[:60]
            )
    if not 1 <= terms.count <= MOST_COUNT or not 0 <= terms.trial_days <= MOST_TRIAL_DAYS:
        raise RuleBroken("plan.bad_terms", "The rhythm or the trial of this plan is too long.")
    check_features(terms.features, {item.key for item in items if item.measure is not None})
    agreed(terms, items, currency=currency, zone="UTC", starts_on=date(2000, 1, 1))


def checked_quantity(value: Decimal) -> Decimal:
    """Give a quantity that can be kept.

    Raises: RuleBroken `subscription.bad_quantity`.
    """
    exponent = value.normalize().as_tuple().exponent if value.is_finite() else None
    if not isinstance(exponent, int) or -exponent > _PLACES or not 0 <= value < _LARGEST:
        raise RuleBroken("subscription.bad_quantity", "This quantity cannot be kept.")
    return value


def key_for(name: str, taken: Collection[str]) -> str:
    """Make a key of a name that no other item has.

    Source: PL-3.
    """
    base = _NOT_OF_KEY.sub("-", fold(name)).strip("-")[:30] or "item"
    key, n = base, 1
    while key in taken:
        n += 1
        key = f"{base}-{n}"
    return key


def next_invoices(
    definition: Definition,
    changes: Sequence[Change] = (),
    usage: Sequence[Event] = (),
    *,
    billed: Billed | None = None,
    most: int = 12,
) -> tuple[Invoice, ...]:
    """Bill on from what is billed, as far as it takes for some invoices.

    Source: PL-6.
    """
    since = date.fromordinal(billed.settled_on) if billed and billed.settled_on else definition.starts_on
    rhythms = [(definition.interval, definition.count)]
    rhythms += [(each.interval, each.count) for each in changes if each.kind is ChangeKind.INTERVAL]
    days = max(_DAYS[interval] * count for interval, count in rhythms)
    found: tuple[Invoice, ...] = ()
    for periods in (most + 1, 3 * most):
        until = min(since + timedelta(days=definition.trial_days + days * periods), _LATEST)
        found = bill(definition, changes, usage, until=until, billed=billed).invoices
        if len(found) >= most:
            break
    return found[:most]
