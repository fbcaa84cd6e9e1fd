"""What a subscription is: its items, its rhythm, what changes in it, and what was used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from conto.domain.errors import RuleBroken
from conto.domain.money import HUNDRED, ONE, ZERO
from conto.domain.period import Interval
from conto.domain.price import PrepaidCredit, Price


class Timing(StrEnum):
    """Whether an item is billed when its period begins or when it has ended."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Proration(StrEnum):
    """How a part of a period is measured; `none`: the price of the first day owns the whole period."""

    DAY = "day"
    SECOND = "second"
    NONE = "none"


class When(StrEnum):
    """From when a change counts."""

    NOW = "now"
    PERIOD_END = "period_end"
    NOW_WITHOUT_CREDIT = "now_without_credit"


class ChangeKind(StrEnum):
    """What happens to a subscription."""

    PRICE = "price"
    QUANTITY = "quantity"
    ADD = "add"
    REMOVE = "remove"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RENEW = "renew"
    INTERVAL = "interval"
    ZONE = "zone"


class Aggregate(StrEnum):
    """What a period's events make together."""

    SUM = "sum"
    COUNT = "count"
    UNIQUE = "unique"
    MAX = "max"
    LAST = "last"
    WEIGHTED = "weighted"  # each value as long as it stood, over the whole period


@dataclass(frozen=True, slots=True)
class Measure:
    """Which events of a metric count, and how; `field` names the property whose different values are counted."""

    metric: str
    aggregate: Aggregate = Aggregate.SUM
    field: str = ""
    where: tuple[tuple[str, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was used. A higher revision of a key corrects it; a revision without a value takes it back."""

    key: str
    metric: str
    at: datetime
    value: Decimal | None = ONE
    properties: tuple[tuple[str, str], ...] = ()
    known_at: datetime | None = None  # none: when it happened
    revision: int = 0


@dataclass(frozen=True, slots=True)
class RampStep:
    """The price after so many periods of the item."""

    after_periods: int
    price: Price


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is billed again and again (or once), by a quantity or by what is measured."""

    key: str
    price: Price
    quantity: Decimal = ONE
    timing: Timing = Timing.ADVANCE
    measure: Measure | None = None
    is_once: bool = False
    ramp: tuple[RampStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount for some periods (none: for ever), on named items or on all; an amount counts once a period.

    Source: D-4.
    """

    key: str
    percent: Decimal = ZERO
    amount_minor: int = 0
    items: frozenset[str] | None = None
    periods: int | None = 1
    starts_on: date | None = None

    def __post_init__(self) -> None:
        if not ZERO <= self.percent <= HUNDRED or self.amount_minor < 0:
            raise RuleBroken("discount.out_of_range", "A discount is 0 to 100 %% or an amount above 0.")
        if bool(self.percent) == bool(self.amount_minor):
            raise RuleBroken("discount.percent_or_amount", "A discount is either a percentage or an amount.")


@dataclass(frozen=True, slots=True)
class Definition:
    """A subscription as it was agreed; what happens to it later are changes."""

    currency: str
    zone: str
    starts_on: date
    items: tuple[Item, ...]
    interval: Interval = Interval.MONTH
    count: int = 1
    is_calendar_aligned: bool = False
    anchor_on: date | None = None  # none: the first day that is paid for
    trial_days: int = 0
    ends_on: date | None = None
    proration: Proration = Proration.DAY
    downgrade: When = When.PERIOD_END
    keeps_anchor: bool = False  # when the interval changes
    bills_changes_now: bool = True  # or with the next period
    bills_end_day: bool = False
    coupons: tuple[Coupon, ...] = ()
    commitment: Decimal = ZERO  # at least so much for each period, discounts not counted
    prepaid: tuple[PrepaidCredit, ...] = ()

    def __post_init__(self) -> None:
        keys = [item.key for item in self.items]
        if len({*keys}) != len(keys):
            raise RuleBroken("subscription.same_item", "Two items of a subscription have the same key.")
        check_items(self.items, self.currency)
        if self.count < 1:
            raise RuleBroken(
                "period.bad_count", "A rhythm needs a count of at least 1, not %(count)s.", count=self.count
            )
        if self.commitment < 0:
            raise RuleBroken("price.below_zero", "A price is never below zero.")
        if self.trial_days < 0 or (self.ends_on is not None and self.ends_on < self.starts_on):
            raise RuleBroken("subscription.ends_before_start", "A subscription does not end before it starts.")


def check_items(items: tuple[Item, ...], currency: str) -> None:
    """Refuse items in another currency, below zero, or measured once.

    Raises: RuleBroken `subscription.other_currency`, `price.negative_quantity`, `subscription.measured_once`.
    Source: CH-1.
    """
    for item in items:
        for price in (item.price, *(step.price for step in item.ramp)):
            if price.currency != currency:
                raise RuleBroken(
                    "subscription.other_currency",
                    "The price of “%(item)s” is in %(one)s, the subscription in %(other)s.",
                    item=item.key,
                    one=price.currency,
                    other=currency,
                )
        if item.quantity < 0:
            raise RuleBroken("price.negative_quantity", "A quantity is never below zero.")
        if item.is_once and item.measure is not None:
            raise RuleBroken("subscription.measured_once", "What is measured is not billed once.")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happens to a subscription. The key tells it from others and orders what happens at one instant.

    `when` none: as the rules say (CH-2). `prices` are the new prices by item.
    """

    key: str
    at: datetime
    kind: ChangeKind
    item: str = ""
    prices: tuple[tuple[str, Price], ...] = ()
    quantity: Decimal = ONE
    added: Item | None = None
    when: When | None = None
    interval: Interval = Interval.MONTH
    count: int = 1
    zone: str = ""
    ends_on: date | None = None
    known_at: datetime | None = None  # none: when it counts from
