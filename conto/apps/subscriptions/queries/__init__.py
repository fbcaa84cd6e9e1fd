"""Reads of subscriptions, of what was billed, and of billing runs."""

from conto.apps.subscriptions.queries.billed import LinePlace, SettledRow, billed_among, places_of, settled_rows
from conto.apps.subscriptions.queries.features import features_of, latest_overrides, overrides_of
from conto.apps.subscriptions.queries.finding import find_offers
from conto.apps.subscriptions.queries.lists import (
    StateFilter,
    SubscriptionPage,
    SubscriptionRow,
    changes_of,
    of_customer,
    subscription_for,
    subscription_page,
    visible_to,
)
from conto.apps.subscriptions.queries.recurring import (
    MovementPage,
    RecurringMonth,
    RecurringNow,
    movement_page,
    movements,
    recurring_customers,
    recurring_months,
    recurring_now,
    recurring_to_come,
)
from conto.apps.subscriptions.queries.runs import (
    due_count,
    is_anything_due,
    open_aside_of,
    run_for,
    run_page,
    set_aside_of,
    set_aside_open,
)
from conto.apps.subscriptions.queries.terms import Loaded, change_of, definition_of, load, load_many

__all__ = [
    "LinePlace",
    "Loaded",
    "MovementPage",
    "RecurringMonth",
    "RecurringNow",
    "SettledRow",
    "StateFilter",
    "SubscriptionPage",
    "SubscriptionRow",
    "billed_among",
    "change_of",
    "changes_of",
    "definition_of",
    "due_count",
    "features_of",
    "find_offers",
    "is_anything_due",
    "latest_overrides",
    "load",
    "load_many",
    "movement_page",
    "movements",
    "of_customer",
    "open_aside_of",
    "overrides_of",
    "places_of",
    "recurring_customers",
    "recurring_months",
    "recurring_now",
    "recurring_to_come",
    "run_for",
    "run_page",
    "set_aside_of",
    "set_aside_open",
    "settled_rows",
    "subscription_for",
    "subscription_page",
    "visible_to",
]
