"""Taking a running subscription to another version of its plan: what that changes, or why it stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from conto.domain.subscription.changes import Timeline, counts_from, fold, in_order
from conto.domain.subscription.model import Change, ChangeKind, Definition, Item, When
from conto.domain.subscription.recurring import recurring_steps
from conto.domain.subscription.standing import SubscriptionState, standing_on

_TERMS = (
    "is_calendar_aligned", "proration", "downgrade", "keeps_anchor", "bills_changes_now", "bills_end_day", "commitment",
)  # fmt: skip

_OF_PRICES = {ChangeKind.PRICE, ChangeKind.INTERVAL}


class Stays(StrEnum):
    """Why a subscription stays with the version that it has."""

    ENDED = "ended"
    NOT_BEGUN = "not_begun"
    ENDING = "ending"  # over before the other version would count
    OWN_PRICE = "own_price"  # a price or an item that was agreed with this customer alone
    OWN_RHYTHM = "own_rhythm"
    OTHER_TERMS = "other_terms"  # the other version is billed by other rules
    ITEM_MISSING = "item_missing"
    ITEM_DIFFERS = "item_differs"  # measured, or billed in advance, otherwise
    LATER_CHANGE = "later_change"  # its prices change by themselves after the day from which this would count
    TOO_MANY_CHANGES = "too_many_changes"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Move:
    """What taking a subscription to another version does.

    `change` is nothing where the prices are the same; amounts are what recurs a month on the day from which it counts.
    """

    stays: Stays | None
    item: str = ""  # the one for which it stays
    change: Change | None = None
    counts_on: date | None = None
    before_minor: int = 0
    after_minor: int = 0


def move_to_version(
    definition: Definition,
    changes: Sequence[Change],
    versions: tuple[Definition, Definition],
    *,
    key: str,
    at: datetime,
    known_at: datetime,
    when: When | None,
    on: date,
) -> Move:
    """Work out what takes a subscription from one version of its plan to another; `on` is its local day of `at`.

    Quantities, coupons, the trial and the anchor stay; items that are billed once were, and are not looked at.

    Source: SB-13.
    """
    old, new = versions
    standing = standing_on(definition, changes, on)
    if standing.state is SubscriptionState.ENDED:
        return Move(Stays.ENDED)
    line = fold(definition, in_order(changes))
    stays, item, change = _change(line, old, new, Change(key, at, ChangeKind.PRICE, when=when, known_at=known_at))
    if standing.state is SubscriptionState.SCHEDULED:
        stays, item = Stays.NOT_BEGUN, ""
    elif stays is None and any(each.at > at and each.kind in _OF_PRICES for each in changes):
        stays = Stays.LATER_CHANGE
    recurs = recurring_steps(definition, changes)
    if stays is not None:
        here = _amount_on(recurs, on)
        return Move(stays, item, before_minor=here, after_minor=here)
    counts_on = counts_from(definition, changes, change)
    before = _amount_on(recurs, counts_on)
    if standing.ends_on is not None and standing.ends_on <= counts_on:
        here = _amount_on(recurs, on)
        return Move(Stays.ENDING, before_minor=here, after_minor=here)
    if not change.prices and change.kind is ChangeKind.PRICE:
        return Move(None, "", None, counts_on, before, before)
    after = _amount_on(recurring_steps(definition, (*changes, change)), counts_on)
    return Move(None, "", change, counts_on, before, after)


def _change(line: Timeline, old: Definition, new: Definition, change: Change) -> tuple[Stays | None, str, Change]:
    """Give the change that makes the difference of two versions, or why there is none with the item in the way."""
    agreed, rhythm = line.definition, line.rhythms[-1][1]
    if any(getattr(agreed, name) != getattr(new, name) for name in _TERMS):
        return Stays.OTHER_TERMS, "", change
    if (rhythm.interval, rhythm.count) != (old.interval, old.count):
        return Stays.OWN_RHYTHM, "", change
    of_old, of_new = ({item.key: item for item in each.items} for each in (old, new))
    prices = []
    for key, found in line.items.items():
        if not found.present.values[-1] or found.item.is_once:
            continue
        price, was = found.prices.values[-1], of_old.get(key)
        if was is None or price.version != was.price.version or found.item.ramp != was.ramp:
            return Stays.OWN_PRICE, key, change
        item = of_new.get(key)
        if item is None:
            return Stays.ITEM_MISSING, key, change
        if not _is_billed_alike(found.item, item):
            return Stays.ITEM_DIFFERS, key, change
        if item.price.version != price.version:
            prices.append((key, item.price))
    is_rhythm = (new.interval, new.count) != (old.interval, old.count)
    kind = ChangeKind.INTERVAL if is_rhythm else ChangeKind.PRICE
    made = Change(
        change.key, change.at, kind, prices=tuple(sorted(prices, key=lambda each: each[0])), when=change.when,
        interval=new.interval, count=new.count, known_at=change.known_at,
    )  # fmt: skip
    return None, "", made


def _is_billed_alike(one: Item, other: Item) -> bool:
    """Tell whether two items differ by price and quantity alone; a step of a ramp cannot be moved into."""
    is_ramp_same = one.ramp == other.ramp and (not one.ramp or one.price.version == other.price.version)
    return is_ramp_same and (one.timing, one.measure, one.is_once) == (other.timing, other.measure, other.is_once)


def _amount_on(steps: Sequence[tuple[date, int]], day: date) -> int:
    """Give what recurs on a day."""
    return next((amount_minor for since, amount_minor in reversed(steps) if since <= day), 0)
