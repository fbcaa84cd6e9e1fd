"""Writes of plans and coupons."""

from conto.apps.plans.actions.coupons import add_coupon, archive_coupon
from conto.apps.plans.actions.plans import add_plan, archive_plan, change_plan, checked_items, restore_plan
from conto.apps.plans.entries import ItemEntry, NewCoupon, NewPlan

__all__ = [
    "ItemEntry",
    "NewCoupon",
    "NewPlan",
    "add_coupon",
    "add_plan",
    "archive_coupon",
    "archive_plan",
    "change_plan",
    "checked_items",
    "restore_plan",
]
