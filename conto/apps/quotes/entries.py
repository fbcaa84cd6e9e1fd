"""What callers hand to the actions of quotes: lines and what recurs, as they were typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.domain.price.written import number_written

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A line of a quote as it was typed. Prices are in the quote's price mode."""

    name: str
    quantity: Decimal = ONE
    unit_price: Decimal = ZERO
    item_id: UUID | None = None
    description: str = ""
    unit_code: str = "C62"
    allowance_percent: Decimal = ZERO
    supply: str = "services"
    rate_class: str = "standard"
    section: str = ""
    kind: str = "fixed"
    choice_group: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringEntry:
    """A version of a plan that is offered; what is left out is the plan's.

    `quantities` and `prices` are by item key; a price is written as the rules read it. With `item_keys` only those
    items are offered. Without a day it begins when the quote is accepted; without months it goes on. The items of
    `optional_keys` are for the customer to choose; of them, those of `chosen_keys` are taken beforehand.
    """

    plan_version_id: UUID
    title: str = ""
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    item_keys: Sequence[str] | None = None
    coupon_codes: Sequence[str] = ()
    trial_days: int | None = None
    starts_on: date | None = None
    months: int = 0
    kind: str = "fixed"
    choice_group: str = ""
    is_chosen: bool = False
    optional_keys: Sequence[str] = ()
    chosen_keys: Sequence[str] = ()


def recurring_written(entry: RecurringEntry) -> dict[str, Any]:
    """Write an entry down as plain values, to be read back by `recurring_from`."""
    return {
        "plan_version": str(entry.plan_version_id),
        "title": entry.title.strip(),
        "quantities": {key: number_written(value) for key, value in entry.quantities.items()},
        "prices": {key: dict(price) for key, price in entry.prices.items()},
        "item_keys": None if entry.item_keys is None else list(entry.item_keys),
        "coupon_codes": [code.strip().upper() for code in entry.coupon_codes if code.strip()],
        "trial_days": entry.trial_days,
        "starts_on": entry.starts_on.isoformat() if entry.starts_on else None,
        "months": entry.months,
        "kind": entry.kind,
        "choice_group": entry.choice_group.strip(),
        "is_chosen": entry.is_chosen,
        "optional_keys": sorted(set(entry.optional_keys)),
        "chosen_keys": sorted(set(entry.chosen_keys)),
    }


def recurring_from(written: Mapping[str, Any]) -> RecurringEntry:
    """Read an entry as `recurring_written` wrote it."""
    known = dict(written)
    known["plan_version_id"] = UUID(known.pop("plan_version"))
    known["quantities"] = {key: Decimal(value) for key, value in known["quantities"].items()}
    known["starts_on"] = date.fromisoformat(known["starts_on"]) if known["starts_on"] else None
    return RecurringEntry(**known)
