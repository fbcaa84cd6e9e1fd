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
    items_of_versions,
    plan_for,
    plan_page,
    plans,
    version_for,
    versions_of,
    versions_on_offer,
)
from conto.apps.plans.queries.taking import TakenItem, given_coupons, taken_items, version_by_id
from conto.apps.plans.queries.terms import engine_items, terms_of

__all__ = [
    "CouponPage",
    "PlanPage",
    "PlanRow",
    "TakenItem",
    "coupon_by_code",
    "coupon_for",
    "coupon_page",
    "coupons",
    "engine_items",
    "given_coupons",
    "items_of",
    "items_of_versions",
    "plan_for",
    "plan_page",
    "plans",
    "taken_items",
    "terms_of",
    "version_by_id",
    "version_for",
    "versions_of",
    "versions_on_offer",
]
