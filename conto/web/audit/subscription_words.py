"""How facts of subscriptions read in the record of what happened."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _g

OF_SUBSCRIPTIONS: dict[str, str | Promise] = {
    "subscription_started": _g("Subscription begun"),
    "subscription_changed": _g("Subscription changed"),
    "subscription_handled": _g("Subscription looked after otherwise"),
    "feature_overridden": _g("Feature of a subscription granted otherwise"),
    "prepaid_granted": _g("Prepaid credit granted"),
    "prepaid_ended": _g("Prepaid credit ended"),
    "subscription_billed": _g("Subscription billed"),
    "subscription_set_aside": _g("Subscription could not be billed"),
    "subscription_migrated": _g("Subscription goes over to another version of its plan"),
    "plan_migration_started": _g("Subscriptions go over to another version of their plan"),
    "plan_migration_ended": _g("Subscriptions went over to another version of their plan"),
    "billing_run_started": _g("Billing run started"),
    "billing_run_ended": _g("Billing run ended"),
}
