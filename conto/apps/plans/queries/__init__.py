"""Reads of plans and coupons."""

from conto.apps.plans.queries.lists import (
    CouponPage,
    PlanPage,
    PlanRow,
    coupon_by_code,
    coupon_for,
    coupon_page,
    coupons,
    items_of,
    plan_for,
    plan_page,
    plans,
    version_for,
    versions_of,
)
from conto.apps.plans.queries.terms import engine_items, terms_of

__all__ = [
    "CouponPage",
    "PlanPage",
    "PlanRow",
    "coupon_by_code",
    "coupon_for",
    "coupon_page",
    "coupons",
    "engine_items",
    "items_of",
    "plan_for",
    "plan_page",
    "plans",
    "terms_of",
    "version_for",
    "versions_of",
]
