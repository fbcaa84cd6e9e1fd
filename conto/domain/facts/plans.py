"""Facts about plans and coupons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAdded(Fact):
    """A plan can be subscribed to."""

    subject_kind: ClassVar[str] = "plan"
    code: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged(Fact):
    """A plan has another name, or a new version."""

    subject_kind: ClassVar[str] = "plan"
    code: str
    version: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanArchived(Fact):
    """A plan is offered no longer."""

    subject_kind: ClassVar[str] = "plan"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRestored(Fact):
    """An archived plan is offered again."""

    subject_kind: ClassVar[str] = "plan"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponAdded(Fact):
    """A coupon can be given out."""

    subject_kind: ClassVar[str] = "coupon"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponArchived(Fact):
    """A coupon is given out no longer."""

    subject_kind: ClassVar[str] = "coupon"
    code: str
