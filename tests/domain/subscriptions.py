"""Short words for subscriptions, what happens to them, and what they bill."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from conto.domain.price import Price, PriceKind
from conto.domain.subscription import (
    Bill,
    Change,
    ChangeKind,
    Definition,
    Event,
    Item,
    Measure,
    Timing,
    When,
)

D = Decimal
APRIL = date(2027, 4, 1)


def price(amount: str = "0", kind: str = "flat", version: str = "", **more: Any) -> Price:
    return Price(version or f"{kind}-{amount}", PriceKind(kind), more.pop("currency", "EUR"), D(amount), **more)


def item(amount: str = "30", kind: str = "flat", **more: Any) -> Item:
    return Item(more.pop("key", "base"), more.pop("price", None) or price(amount, kind), **more)


def metered(of: Price, measure: Measure | None = None) -> Item:
    return Item("calls", of, timing=Timing.ARREARS, measure=measure or Measure("calls"))


def agreed(*items: Item, **more: Any) -> Definition:
    start = more.pop("starts_on", APRIL)
    return Definition(
        more.pop("currency", "EUR"), more.pop("zone", "Europe/Berlin"), start, items or (item(),), **more
    )  # fmt: skip


def at(month: int, day: int, hour: int = 12, minute: int = 0, *, year: int = 2027) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def to(amount: str, moment: datetime, key: str = "c1", /, **more: Any) -> Change:
    name = more.pop("item", "base")
    return Change(key, moment, ChangeKind.PRICE, prices=((name, price(amount, more.pop("kind", "flat"))),), **more)


def seats(number: str, moment: datetime, key: str = "q1", /, **more: Any) -> Change:
    return Change(key, moment, ChangeKind.QUANTITY, item="base", quantity=D(number), **more)


def change(kind: str, moment: datetime, key: str = "c1", /, **more: Any) -> Change:
    return Change(key, moment, ChangeKind(kind), **more)


def used(value: str | None, when: datetime, key: str = "", **more: Any) -> Event:
    return Event(key or when.isoformat(), "calls", when, None if value is None else D(value), **more)


NOW = When.NOW


def told(bill: Bill) -> list[tuple[str, list[int]]]:
    """The days of the invoices and the net of their lines, in minor units."""
    return [(f"{each.on:%d %b}", [line.net_minor for line in each.lines]) for each in bill.invoices]


def total(bill: Bill) -> int:
    return sum(each.net_minor for each in bill.invoices)
