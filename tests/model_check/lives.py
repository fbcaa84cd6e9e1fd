"""Random subscriptions with what happens to them and what is used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from conto.domain.period import Interval
from conto.domain.price import Price, PriceKind, Tier
from conto.domain.subscription import (
    Aggregate,
    Change,
    ChangeKind,
    Coupon,
    Definition,
    Event,
    Item,
    Measure,
    Timing,
    When,
)

D = Decimal
ZONES = ["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata", "UTC"]
INTERVALS = [Interval.WEEK, Interval.MONTH, Interval.MONTH, Interval.MONTH, Interval.QUARTER, Interval.HALF_YEAR]
FIRST = date(2027, 1, 1)
COUNTED = [Aggregate.SUM, Aggregate.COUNT, Aggregate.UNIQUE, Aggregate.MAX, Aggregate.LAST]


def number(chance: Random, most: int, places: int = 3) -> Decimal:
    return D(chance.randrange(most * 10**places)).scaleb(-places)


def price(chance: Random, version: str, *, is_metered: bool) -> Price:
    kinds = list(PriceKind)
    kind = chance.choice(kinds) if is_metered else chance.choice([each for each in kinds if each != "percentage"])
    more: dict[str, Any] = {}
    if kind in {"graduated", "volume", "stair_step"}:
        bounds = sorted({number(chance, 40, 1) + D("0.1") for _ in range(chance.randrange(4))})
        more["tiers"] = tuple(
            Tier(bound, number(chance, 9), chance.choice([D(0), number(chance, 20)])) for bound in [*bounds, None]
        )
        more["fee_without_use"] = chance.random() < 0.3
    if kind == "package":
        more["package_size"] = D(chance.choice([1, 5, 10])) + number(chance, 2, 1)
    if kind == "percentage":
        more |= {"percent": number(chance, 20), "least_each": chance.choice([None, D("0.3")])}
        more["most_each"] = chance.choice([None, D(2)])
    if kind != "flat" and chance.random() < 0.3:
        more["free_units"] = D(chance.randrange(6))
    if chance.random() < 0.15:
        more["minimum"] = number(chance, 15)
    if chance.random() < 0.15:
        more["cap"] = more.get("minimum", D(0)) + number(chance, 80)
    return Price(version, kind, "EUR", number(chance, 60), **more)


def item(chance: Random, key: str) -> Item:
    is_metered = chance.random() < 0.3
    measure = Measure("calls", chance.choice(COUNTED)) if is_metered else None
    timing = chance.choice([Timing.ADVANCE, Timing.ADVANCE, Timing.ARREARS])
    quantity = D(chance.randrange(12)) if chance.random() < 0.8 else number(chance, 12, 2)
    return Item(key, price(chance, f"{key}-0", is_metered=is_metered), quantity, timing, measure)


def definition(chance: Random) -> Definition:
    start = FIRST + timedelta(days=chance.randrange(90))
    more: dict[str, Any] = {}
    if chance.random() < 0.2:
        more["trial_days"] = chance.randrange(1, 40)
    if chance.random() < 0.2:
        more["ends_on"] = start + timedelta(days=chance.randrange(200))
    if chance.random() < 0.2:
        more["anchor_on"] = start + timedelta(days=chance.randrange(-40, 40))
    if chance.random() < 0.2:
        more["coupons"] = (Coupon("p", D(chance.randrange(1, 100)), periods=None),)
    return Definition(
        "EUR", chance.choice(ZONES), start, tuple(item(chance, f"i{n}") for n in range(chance.randrange(1, 4))),
        chance.choice(INTERVALS), chance.choice([1, 1, 1, 2]), chance.random() < 0.4,
        downgrade=chance.choice(list(When)), keeps_anchor=chance.random() < 0.3, bills_end_day=chance.random() < 0.2,
        **more,
    )  # fmt: skip


def changes(chance: Random, agreed: Definition, *, until: date) -> list[Change]:
    made: list[Change] = []
    keys = [each.key for each in agreed.items]
    metered = {each.key: each.measure is not None for each in agreed.items}
    days = max((until - agreed.starts_on).days, 1)
    moments = [instant(chance, agreed.starts_on, days) for _ in range(chance.randrange(7))]
    for n, moment in enumerate(moments):
        when = chance.choice([None, None, None, *When])
        kind = chance.choice([each for each in ChangeKind if each != "zone"])
        key = chance.choice(keys)
        more: dict[str, Any] = {}
        if kind == "price":
            more["prices"] = ((key, price(chance, f"{key}-{n + 1}", is_metered=metered[key])),)
        elif kind in {"quantity", "remove"}:
            more |= {"item": key, "quantity": D(chance.randrange(9))}
        elif kind == "add":
            added = item(chance, f"x{n}")
            more["added"] = added
        elif kind == "interval":
            more |= {"interval": chance.choice(INTERVALS), "count": chance.choice([1, 1, 2])}
        elif kind == "renew" and chance.random() < 0.5:
            more["ends_on"] = moment.date() + timedelta(days=chance.randrange(1, 90))
        made.append(Change(f"c{chance.randrange(10**9)}", moment, kind, when=when, **more))
    return made


def instant(chance: Random, start: date, days: int) -> datetime:
    second = chance.choice([0, chance.randrange(86400), 8 * 3600])
    return datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(
        days=chance.randrange(-2, days + 1), seconds=second
    )


def events(chance: Random, agreed: Definition, *, until: date) -> list[Event]:
    days = max((until - agreed.starts_on).days, 1)
    made = []
    for n in range(chance.choice([0, 0, 8, 20])):
        at = instant(chance, agreed.starts_on, days)
        known = at + timedelta(days=chance.randrange(1, 60)) if chance.random() < 0.3 else None
        made.append(Event(f"e{n}", "calls", at, number(chance, 9, 2), known_at=known))
        if chance.random() < 0.1:
            value = None if chance.random() < 0.3 else number(chance, 9, 2)
            later = at + timedelta(days=chance.randrange(1, 60))
            made.append(Event(f"e{n}", "calls", at, value, known_at=later, revision=1))
    chance.shuffle(made)
    return made
