"""What of a plan is taken: which of its items, how many of each, at which prices, with which coupons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.plans.models import Coupon, PlanItem, PlanVersion
from conto.domain.errors import RuleBroken
from conto.domain.plan import checked_quantity
from conto.domain.price import price_from, price_written
from conto.domain.subscription import Coupon as GivenCoupon


@dataclass(frozen=True, slots=True)
class TakenItem:
    """An item of a plan as somebody takes it; with a price of its own it has no ramp."""

    item: PlanItem
    quantity: Decimal
    price: dict[str, Any]
    ramp: list[Any]


def version_by_id(version_id: UUID) -> PlanVersion | None:
    """Return a version with its plan; whoever asks was let in to what refers to it."""
    return PlanVersion.objects.filter(id=version_id).select_related("plan").first()


def taken_items(
    agreed: Sequence[PlanItem],
    currency: str,
    *,
    item_keys: Collection[str] | None = None,
    quantities: Mapping[str, Decimal],
    prices: Mapping[str, Mapping[str, Any]],
) -> tuple[TakenItem, ...]:
    """Return the items that are taken, each with the plan's quantity and price or its own.

    Raises: RuleBroken `subscription.no_item`, `plan.no_items`, `subscription.bad_quantity`; as `price_from`.
    Source: SB-1.
    """
    chosen = [each for each in agreed if item_keys is None or each.key in item_keys]
    keys = {each.key for each in chosen}
    unknown = sorted((set(item_keys or ()) | quantities.keys() | prices.keys()) - keys)
    if unknown:
        raise RuleBroken("subscription.no_item", "This subscription has no item “%(item)s”.", item=unknown[0])
    if not chosen:
        raise RuleBroken("plan.no_items", "A plan has at least one item.")
    return tuple(
        TakenItem(
            each,
            checked_quantity(quantities[each.key]) if each.key in quantities else each.quantity,
            price_written(price_from(dict(prices[each.key]), currency)) if each.key in prices else each.price,
            [] if each.key in prices else each.ramp,
        )
        for each in chosen
    )


def given_coupons(
    codes: Sequence[str], *, currency: str, today: date, starts_on: date | None = None
) -> tuple[GivenCoupon, ...]:
    """Return the coupons of some codes as they hold for whoever gets them today.

    Raises: RuleBroken `coupon.not_given`, `coupon.other_currency`.
    Source: PL-5.
    """
    given = []
    for code in dict.fromkeys(each.strip().upper() for each in codes if each.strip()):
        row = Coupon.objects.filter(code=code).first()
        if row is None or row.archived_at is not None or (row.given_until is not None and row.given_until < today):
            raise RuleBroken("coupon.not_given", "The coupon %(code)s is not given out.", code=code)
        if row.currency and row.currency != currency:
            raise RuleBroken("coupon.other_currency", "The coupon %(code)s is in another currency.", code=code)
        keys = None if row.item_keys is None else frozenset(row.item_keys)
        given.append(GivenCoupon(code, row.percent, row.amount_minor, keys, row.periods, starts_on))
    return tuple(given)
