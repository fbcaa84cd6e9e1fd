"""What callers hand to the actions of subscriptions: what is taken, and what changes, as it was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.plans.entries import ItemEntry
from conto.apps.plans.models import PlanVersion
from conto.apps.quotes.models import Quote
from conto.domain.subscription import Coupon

ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """A customer takes a version of a plan; what is left out is the plan's, the customer's or the seller's.

    `quantities` and `prices` are by item key; a price is written as the rules read it. With `item_keys` only those
    items are taken. `ends_on` is the day after the last (the last where the plan bills its end day). What a quote
    promised when it was sent holds: `coupons` instead of codes, and `is_promised` of a plan that is archived since.
    """

    plan_version: PlanVersion
    starts_on: date
    title: str = ""
    quantities: Mapping[str, Decimal] = field(default_factory=dict)
    prices: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    item_keys: Sequence[str] | None = None
    trial_days: int | None = None
    ends_on: date | None = None
    anchor_on: date | None = None
    coupon_codes: Sequence[str] = ()
    is_reviewed: bool = False
    bills_alone: bool = False
    collection: str = "send"  # or charge: what the customer has saved
    owner_id: UUID | None = None
    deal_id: UUID | None = None
    quote: Quote | None = None
    zone: str = ""
    coupons: Sequence[Coupon] | None = None
    is_promised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEntry:
    """Something that is to happen to a subscription, from a local day on (none: now).

    `kind` is one of the rules' changes. `plan_version` swaps the prices and interval to those of another version;
    `added` is an item that comes with the change. Prices are by item key, written as the rules read them.
    """

    kind: str
    on: date | None = None
    item: str = ""
    quantity: Decimal = ONE
    prices: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    added: ItemEntry | None = None
    when: str = ""  # as the subscription has it, unless said
    interval: str = ""
    count: int = 1
    zone: str = ""
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationEntry:
    """Which subscriptions of a plan are to go over to which of its versions, and from when on.

    `counts_from` is the next period of each, or a local day: `on`, nothing for now. Nothing chosen: all of them.
    """

    version: PlanVersion
    from_versions: Sequence[int]
    counts_from: str = "period"  # period | day
    on: date | None = None
    chosen_ids: Sequence[UUID] | None = None
    reason: str = ""


def entry_written(entry: ChangeEntry) -> dict[str, Any]:
    """Write an entry down as plain values, to be read back by `entry_from`."""
    added = entry.added
    return {
        "kind": entry.kind,
        "on": entry.on.isoformat() if entry.on else None,
        "item": entry.item,
        "quantity": str(entry.quantity),
        "prices": {key: dict(price) for key, price in entry.prices.items()},
        "added": None if added is None else {**_item_values(added), "quantity": str(added.quantity)},
        "when": entry.when,
        "interval": entry.interval,
        "count": entry.count,
        "zone": entry.zone,
        "ends_on": entry.ends_on.isoformat() if entry.ends_on else None,
    }


def entry_from(written: Mapping[str, Any]) -> ChangeEntry:
    """Read an entry as `entry_written` wrote it."""
    known, added = dict(written), written["added"]
    known["quantity"] = Decimal(known["quantity"])
    for name in ("on", "ends_on"):
        known[name] = date.fromisoformat(known[name]) if known[name] else None
    if added is not None:
        item_id = UUID(added["item_id"]) if added["item_id"] else None
        known["added"] = ItemEntry(**{**added, "quantity": Decimal(added["quantity"]), "item_id": item_id})
    return ChangeEntry(**known)


def _item_values(entry: ItemEntry) -> dict[str, Any]:
    return {**asdict(entry), "item_id": str(entry.item_id) if entry.item_id else None, "ramp": list(entry.ramp)}
