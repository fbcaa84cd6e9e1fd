"""How a subscription stands on a day: whether it runs, what it is worth a month, and what may be done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from conto.domain.errors import Conflict, RuleBroken
from conto.domain.money import round_ratio
from conto.domain.price import Price, PriceKind, annual_value
from conto.domain.subscription.changes import ENDED, LEAVING, PAUSED, PAUSING, Timeline, fold, in_order
from conto.domain.subscription.model import Change, ChangeKind, Definition, Item

_MONTHS = 12


class SubscriptionState(StrEnum):
    """How a subscription stands."""

    SCHEDULED = "scheduled"
    TRIAL = "trial"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDING = "ending"  # cancelled, and paid for until a day
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """An item as it stands on a day."""

    item: Item
    price: Price
    quantity: Decimal
    is_there: bool

    @property
    def is_counted(self) -> bool:
        """Tell whether its quantity makes its price: not of a flat one that stays flat, not of what is measured."""
        prices = (self.price, *(step.price for step in self.item.ramp))
        return self.item.measure is None and any(price.kind is not PriceKind.FLAT for price in prices)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subscription stands on a day. `ends_on` is the day after the last."""

    state: SubscriptionState
    items: tuple[ItemStanding, ...]
    period_starts_on: date
    period_ends_on: date  # the day after the last
    trial_ends_on: date | None
    ends_on: date | None
    monthly_minor: int  # what recurs, a month, before discounts, tax and use


def standing_on(definition: Definition, changes: Sequence[Change], on: date) -> Standing:
    """Tell how a subscription stands on a day, by the changes that are known.

    Rounds: the value of a month once.
    Source: SB-2, SB-7.
    """
    line = fold(definition, in_order(changes))
    here = line.position_of_day(max(on, definition.starts_on))  # before it begins: as it will begin
    end = line.end_of_all()
    ends_on = None if end is None else date.fromordinal(line.day(end))
    activity = line.activity.value_at(here)
    trial_ends_on = date.fromordinal(line.day(line.paid_from)) if definition.trial_days else None
    state = _state(definition, activity, on, ends_on, trial_ends_on)
    items = tuple(
        ItemStanding(
            each.item,
            each.prices.value_at(here),
            Decimal(each.quantities.value_at(here)).scaleb(-12),
            each.present.value_at(here),
        )
        for each in line.items.values()
    )
    rhythm = line.rhythm_at(max(here, line.rhythms[0][0]))
    period = rhythm.period(rhythm.index_of(max(on, definition.starts_on)))
    counts = state not in {SubscriptionState.PAUSED, SubscriptionState.ENDED}
    value = sum((_yearly(each, line, here) for each in items if each.is_there), Fraction(0)) if counts else Fraction(0)
    return Standing(
        state, items, max(period.start, definition.starts_on), period.end, trial_ends_on, ends_on,
        round_ratio(value.numerator, value.denominator * _MONTHS),
    )  # fmt: skip


def _state(
    definition: Definition, activity: str, on: date, ends_on: date | None, trial_ends_on: date | None
) -> SubscriptionState:
    if activity == ENDED:
        return SubscriptionState.ENDED
    if on < definition.starts_on:
        return SubscriptionState.SCHEDULED
    if activity in {PAUSED, PAUSING}:
        return SubscriptionState.PAUSED
    if activity == LEAVING or (ends_on is not None and definition.ends_on is None):
        return SubscriptionState.ENDING
    if trial_ends_on is not None and on < trial_ends_on:
        return SubscriptionState.TRIAL
    return SubscriptionState.ACTIVE


def _yearly(each: ItemStanding, line: Timeline, here: int) -> Fraction:
    if each.item.is_once or each.item.measure is not None:
        return Fraction(0)
    rhythm = line.rhythm_at(here)
    return annual_value(each.price, each.quantity, rhythm.interval, rhythm.count)


def check_change(standing: Standing, change: Change) -> None:
    """Refuse what makes no sense as a subscription stands.

    Raises: Conflict `subscription.ended`, `subscription.paused`, `subscription.not_paused`, `subscription.ending`,
    `subscription.not_ending`; RuleBroken `subscription.no_item`, `subscription.not_counted`, `subscription.item_there`,
    `subscription.same_item`.
    Source: SB-4.
    """
    state, kind = standing.state, change.kind
    if state is SubscriptionState.ENDED and kind is not ChangeKind.RENEW:
        raise Conflict("subscription.ended", "This subscription is over. Renew it first.")
    if kind is ChangeKind.PAUSE and state is SubscriptionState.PAUSED:
        raise Conflict("subscription.paused", "This subscription is paused already.")
    if kind is ChangeKind.RESUME and state is not SubscriptionState.PAUSED:
        raise Conflict("subscription.not_paused", "This subscription is not paused.")
    if kind is ChangeKind.CANCEL and state is SubscriptionState.ENDING:
        raise Conflict("subscription.ending", "This subscription is cancelled already.")
    if kind is ChangeKind.RENEW and standing.ends_on is None:
        raise Conflict("subscription.not_ending", "This subscription goes on anyway.")
    there = {each.item.key: each for each in standing.items if each.is_there}
    if kind in {ChangeKind.QUANTITY, ChangeKind.REMOVE} and change.item not in there:
        raise RuleBroken("subscription.no_item", "This subscription has no item “%(item)s”.", item=change.item)
    if kind is ChangeKind.QUANTITY and not there[change.item].is_counted:
        raise RuleBroken(
            "subscription.not_counted",
            "“%(item)s” costs the same whatever its quantity, or is billed by what is used. Change its price instead.",
            item=change.item,
        )
    if kind is ChangeKind.ADD and change.added is not None and change.added.key in there:
        raise RuleBroken("subscription.item_there", "This subscription has “%(item)s” already.", item=change.added.key)
    if kind is ChangeKind.REMOVE and len(there) == 1:
        raise RuleBroken("subscription.last_item", "The last item stays. Cancel the subscription instead.")
