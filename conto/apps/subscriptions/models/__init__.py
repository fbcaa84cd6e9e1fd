"""Tables of subscriptions, of what was billed, and of billing runs."""

from conto.apps.subscriptions.models.billed import BilledCharge, BilledLine, Settlement
from conto.apps.subscriptions.models.features import EFFECTS, FeatureOverride
from conto.apps.subscriptions.models.recurring import MOVEMENTS, RecurringMovement
from conto.apps.subscriptions.models.runs import BillingRun, SetAside
from conto.apps.subscriptions.models.subscriptions import (
    Subscription,
    SubscriptionChange,
    SubscriptionCounter,
    SubscriptionItem,
)

__all__ = [
    "EFFECTS",
    "MOVEMENTS",
    "BilledCharge",
    "BilledLine",
    "BillingRun",
    "FeatureOverride",
    "RecurringMovement",
    "SetAside",
    "Settlement",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionCounter",
    "SubscriptionItem",
]
