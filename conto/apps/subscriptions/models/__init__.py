"""Tables of subscriptions, of what was billed, and of billing runs."""

from conto.apps.subscriptions.models.billed import BilledCharge, BilledLine, Settlement
from conto.apps.subscriptions.models.features import EFFECTS, FeatureOverride
from conto.apps.subscriptions.models.migrations import COUNTS_FROM, OUTCOMES, MigrationRow, PlanMigration
from conto.apps.subscriptions.models.prepaid import ENDINGS, PrepaidCredit, PrepaidUse
from conto.apps.subscriptions.models.recurring import MOVEMENTS, RecurringMovement
from conto.apps.subscriptions.models.runs import BillingRun, DryRun, SetAside
from conto.apps.subscriptions.models.subscriptions import (
    Subscription,
    SubscriptionChange,
    SubscriptionCounter,
    SubscriptionItem,
)

__all__ = [
    "COUNTS_FROM",
    "EFFECTS",
    "ENDINGS",
    "MOVEMENTS",
    "OUTCOMES",
    "BilledCharge",
    "BilledLine",
    "BillingRun",
    "DryRun",
    "FeatureOverride",
    "MigrationRow",
    "PlanMigration",
    "PrepaidCredit",
    "PrepaidUse",
    "RecurringMovement",
    "SetAside",
    "Settlement",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionCounter",
    "SubscriptionItem",
]
