"""Renewals: when an agreement that ends is worked on, by what its offer is known, and when there is more to sell.

Source: G-7.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from conto.domain.entitlement import Entitlement, Feature
from conto.domain.errors import RuleBroken

USUAL_DAYS = 60
MOST_DAYS = 365
_NEARLY = Decimal("0.8")
_WHOLE_YEAR = 12
P = TypeVar("P")


def check_days(days: int) -> None:
    """Refuse days before the end that cannot be; none at all turn it off.

    Raises: RuleBroken.
    """
    if not 0 <= days <= MOST_DAYS:
        raise RuleBroken("renewal.bad_days", "Renewals are worked on 0 to %(most)s days ahead.", most=MOST_DAYS)


def until(on: date, days: int) -> date:
    """Give the latest last day of what is worked on today."""
    return on + timedelta(days=days)


def key_of(kind: str, of: UUID, last_day: date) -> bytes:
    """Give by what the deal of a renewal is known: what ends, and on which day. So each end has one deal."""
    return hashlib.sha256(f"renewal\n{kind}\n{of}\n{last_day.isoformat()}".encode()).digest()


def months_to_offer(starts_on: date, last_day: date) -> int:
    """Give for how many months a term is offered again: as long as it was, a year at most, a month at least."""
    after = last_day + timedelta(days=1)
    months = (after.year - starts_on.year) * 12 + after.month - starts_on.month
    return min(max(months, 1), _WHOLE_YEAR)


@dataclass(frozen=True, slots=True)
class NearlyUsed:
    """A feature of which little is left."""

    key: str
    name: str
    used: Decimal
    limit: Decimal


def nearly_used(entitlements: Iterable[Entitlement]) -> list[NearlyUsed]:
    """List what is used by four fifths and more of its limit, as a reason to offer more."""
    return [
        NearlyUsed(each.key, each.name, each.used, each.limit)
        for each in entitlements
        if each.is_granted and each.limit and each.used is not None and each.used >= each.limit * _NEARLY
    ]


def next_plan(plans: Iterable[tuple[P, Sequence[Feature]]], key: str, limit: Decimal) -> P | None:
    """Give the plan that grants a little more of a feature: the least limit above, one without a limit last."""
    more: list[tuple[bool, Decimal, int, P]] = [
        (feature.limit is None, feature.limit or Decimal(0), place, plan)
        for place, (plan, features) in enumerate(plans)
        for feature in features
        if feature.key == key and (feature.limit is None or feature.limit > limit)
    ]
    return min(more, key=lambda each: each[:3])[3] if more else None
