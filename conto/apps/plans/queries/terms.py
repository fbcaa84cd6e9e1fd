"""From the rows of a version to what the engine takes."""

from collections.abc import Iterable
from typing import Any

from conto.apps.plans.models import PlanVersion
from conto.domain.entitlement import features_from
from conto.domain.period import Interval
from conto.domain.plan import PlanTerms
from conto.domain.price import price_from
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

    Raises: RuleBroken as `price_from`.
    """
    return tuple(
        Item(
            row.key,
            price_from(row.price, currency),
            row.quantity,
            Timing(row.timing),
            measure_from(row.measure),
            row.is_once,
            ramp_from(list(row.ramp), currency),
        )
        for row in rows
    )
