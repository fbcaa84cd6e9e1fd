"""Reads of usage: for the engine, for charts, and which subscriptions somebody may record usage of."""

from conto.apps.usage.queries.days import days_of, last_known_at
from conto.apps.usage.queries.entitlements import of_customer, of_subscription
from conto.apps.usage.queries.events import events_of, history_of
from conto.apps.usage.queries.named import recordable

__all__ = ["days_of", "events_of", "history_of", "last_known_at", "of_customer", "of_subscription", "recordable"]
