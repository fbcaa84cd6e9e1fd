"""From the rows of a version to what the engine takes."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from conto.apps.plans.models import PlanVersion
from conto.domain.entitlement import features_from
from conto.domain.period import Interval
from conto.domain.plan import PlanTerms
from conto.domain.price import price_from, price_from_text
from conto.domain.subscription import Item, Proration, Timing, When
from conto.domain.subscription.written import measure_from, ramp_from


def terms_of(row: PlanVersion) -> PlanTerms:
    """Return the terms of a version."""
    return PlanTerms(
        Interval(row.interval), row.count, row.is_calendar_aligned, row.trial_days, Proration(row.proration),
        When(row.downgrade), row.keeps_anchor, row.bills_changes_now, row.bills_end_day, row.commitment,
        features_from(row.features),
    )  # fmt: skip


def engine_items(rows: Iterable[Any], currency: str) -> tuple[Item, ...]:
    """Return items as the engine takes them, from rows or from what was typed: both have the same names.

    Rows that were read with the text of their price (`price_text`) share what is the same.

    Raises: RuleBroken as `price_from`.
    """
    return tuple([_item(row, currency) for row in rows])


def _item(row: Any, currency: str) -> Item:
    text = getattr(row, "price_text", None)
    if text is not None and row.measure is None and not row.ramp:
        return _plain_item(row.key, text, row.quantity, row.timing, row.is_once, currency)
    return Item(
        row.key,
        price_from(row.price, currency),
        row.quantity,
        Timing(row.timing),
        measure_from(row.measure),
        row.is_once,
        ramp_from(list(row.ramp), currency),
    )


@lru_cache(4096)  # thousands of subscriptions have the items of a few plans
def _plain_item(key: str, price: str, quantity: Decimal, timing: str, is_once: bool, currency: str) -> Item:  # noqa: FBT001 -- the key of a cache
    return Item(key, price_from_text(price, currency), quantity, Timing(timing), is_once=is_once)
