"""What callers hand to the actions of plans: terms, items and coupons as they were typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.domain.plan import PlanTerms

ONE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEntry:
    """An item of a plan. Price, measure and ramp are written as the rules read them; without a key it gets one."""

    name: str
    price: dict[str, Any]
    key: str = ""
    item_id: UUID | None = None
    quantity: Decimal = ONE
    timing: str = "advance"
    measure: dict[str, Any] | None = None
    is_once: bool = False
    ramp: Sequence[dict[str, Any]] = ()
    unit_code: str = "C62"
    supply: str = "services"
    rate_class: str = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A plan with its first version. Currency and price mode stay."""

    code: str
    name: str
    currency: str
    description: str = ""
    price_mode: str = "net"
    terms: PlanTerms = field(default_factory=PlanTerms)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCoupon:
    """A coupon: a percentage, or an amount for each period."""

    code: str
    name: str = ""
    percent: Decimal = ZERO
    amount_minor: int = 0
    currency: str = ""
    item_keys: Sequence[str] | None = None
    periods: int | None = 1
    given_until: date | None = None
