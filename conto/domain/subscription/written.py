"""Items, changes and coupons as they are kept: plain values, and back. What is read is what the engine takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from conto.domain.money import ONE, ZERO
from conto.domain.period import Interval
from conto.domain.price import price_from, price_written
from conto.domain.price.written import Written, as_mapping, number_in, number_written, unreadable
from conto.domain.subscription.model import Aggregate, Change, ChangeKind, Coupon, Item, Measure, RampStep, Timing, When

_OF_MEASURE = frozenset({"metric", "aggregate", "field", "where"})
_OF_ITEM = frozenset({"key", "price", "quantity", "timing", "measure", "is_once", "ramp"})
_OF_STEP = frozenset({"after_periods", "price"})
_OF_COUPON = frozenset({"key", "percent", "amount_minor", "items", "periods", "starts_on"})
_OF_CHANGE = frozenset({
    "key", "at", "kind", "item", "prices", "quantity", "added", "when", "interval", "count", "zone", "ends_on",
    "known_at",
})  # fmt: skip
MOST_STEPS = 20


def measure_from(written: Any) -> Measure | None:
    """Read what an item measures, or nothing.

    Raises: RuleBroken `price.unreadable`.
    Source: PL-1.
    """
    if written is None:
        return None
    given = as_mapping(written, "measure", _OF_MEASURE)
    metric, field, where = given.get("metric"), given.get("field", ""), given.get("where", {})
    if not isinstance(metric, str) or not metric.strip() or not isinstance(field, str):
        raise unreadable("measure")
    if not isinstance(where, Mapping) or not all(_is_texts(each) for each in where.values()):
        raise unreadable("where")
    aggregate = _choice(given.get("aggregate", "sum"), Aggregate, "aggregate")
    return Measure(
        metric, aggregate, field, tuple((str(name), frozenset(allowed)) for name, allowed in sorted(where.items()))
    )


def measure_written(measure: Measure | None) -> Written | None:
    """Write down what an item measures."""
    if measure is None:
        return None
    written: Written = {"metric": measure.metric, "aggregate": measure.aggregate.value}
    if measure.field:
        written["field"] = measure.field
    if measure.where:
        written["where"] = {name: sorted(allowed) for name, allowed in measure.where}
    return written


def ramp_from(written: Any, currency: str) -> tuple[RampStep, ...]:
    """Read the prices that come after some periods.

    Raises: RuleBroken `price.unreadable`.
    Source: PL-1.
    """
    if not isinstance(written, list) or len(written) > MOST_STEPS:
        raise unreadable("ramp")
    steps = []
    for each in written:
        given = as_mapping(each, "ramp", _OF_STEP)
        steps.append(RampStep(_whole(given, "after_periods", 0), price_from(given.get("price"), currency)))
    return tuple(steps)


def ramp_written(ramp: tuple[RampStep, ...]) -> list[Written]:
    """Write down the prices that come after some periods."""
    return [{"after_periods": each.after_periods, "price": price_written(each.price)} for each in ramp]


def item_from(written: Any, currency: str) -> Item:
    """Read an item.

    Raises: RuleBroken `price.unreadable`; as `price_from`.
    Source: PL-1.
    """
    given = as_mapping(written, "item", _OF_ITEM)
    key = given.get("key")
    if not isinstance(key, str) or not key:
        raise unreadable("key")
    is_once = given.get("is_once", False)
    if not isinstance(is_once, bool):
        raise unreadable("is_once")
    return Item(
        key,
        price_from(given.get("price"), currency),
        number_in(given, "quantity", ONE),
        _choice(given.get("timing", "advance"), Timing, "timing"),
        measure_from(given.get("measure")),
        is_once,
        ramp_from(given.get("ramp", []), currency),
    )


def item_written(item: Item) -> Written:
    """Write down an item."""
    written: Written = {
        "key": item.key,
        "price": price_written(item.price),
        "quantity": number_written(item.quantity),
        "timing": item.timing.value,
    }
    if item.measure is not None:
        written["measure"] = measure_written(item.measure)
    if item.is_once:
        written["is_once"] = True
    if item.ramp:
        written["ramp"] = ramp_written(item.ramp)
    return written


def coupon_from(written: Any) -> Coupon:
    """Read a coupon as it holds for one subscription.

    Raises: RuleBroken `price.unreadable`.
    """
    given = as_mapping(written, "coupon", _OF_COUPON)
    items, periods, starts_on = given.get("items"), given.get("periods", 1), given.get("starts_on")
    return Coupon(
        str(given.get("key", "")),
        number_in(given, "percent", ZERO),
        _whole(given, "amount_minor", 0),
        None if items is None else frozenset(items),
        None if periods is None else _whole(given, "periods", 1),
        None if starts_on is None else date.fromisoformat(starts_on),
    )


def coupon_written(coupon: Coupon) -> Written:
    """Write down a coupon as it holds for one subscription."""
    return {
        "key": coupon.key,
        "percent": number_written(coupon.percent),
        "amount_minor": coupon.amount_minor,
        "items": None if coupon.items is None else sorted(coupon.items),
        "periods": coupon.periods,
        "starts_on": None if coupon.starts_on is None else coupon.starts_on.isoformat(),
    }


def change_from(written: Any, currency: str) -> Change:
    """Read a change.

    Raises: RuleBroken `price.unreadable`.
    Source: PL-1.
    """
    given = as_mapping(written, "change", _OF_CHANGE)
    prices, added, when = given.get("prices", {}), given.get("added"), given.get("when")
    known_at, ends_on = given.get("known_at"), given.get("ends_on")
    return Change(
        given["key"],
        datetime.fromisoformat(given["at"]),
        _choice(given.get("kind"), ChangeKind, "kind"),
        given.get("item", ""),
        tuple((key, price_from(each, currency)) for key, each in prices.items()),
        number_in(given, "quantity", ONE),
        None if added is None else item_from(added, currency),
        None if when is None else _choice(when, When, "when"),
        _choice(given.get("interval", "month"), Interval, "interval"),
        _whole(given, "count", 1),
        given.get("zone", ""),
        None if ends_on is None else date.fromisoformat(ends_on),
        None if known_at is None else datetime.fromisoformat(known_at),
    )


def change_written(change: Change) -> Written:
    """Write down a change: what is as it always is, is left out."""
    written: Written = {"key": change.key, "at": change.at.isoformat(), "kind": change.kind.value}
    if change.item:
        written["item"] = change.item
    if change.prices:
        written["prices"] = {key: price_written(price) for key, price in change.prices}
    if change.quantity != ONE:
        written["quantity"] = number_written(change.quantity)
    if change.added is not None:
        written["added"] = item_written(change.added)
    if change.when is not None:
        written["when"] = change.when.value
    if change.kind is ChangeKind.INTERVAL:
        written |= {"interval": change.interval.value, "count": change.count}
    if change.zone:
        written["zone"] = change.zone
    if change.ends_on is not None:
        written["ends_on"] = change.ends_on.isoformat()
    if change.known_at is not None:
        written["known_at"] = change.known_at.isoformat()
    return written


def _is_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(each, str) for each in values)


def _whole(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise unreadable(name)
    return value


def _choice(value: Any, of: Any, place: str) -> Any:
    try:
        return of(value)
    except ValueError as error:
        raise unreadable(place) from error
