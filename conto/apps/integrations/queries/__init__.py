"""Reads of the area."""

from conto.apps.integrations.queries.hooks import (
    Health,
    attempts_of,
    counts_by_state,
    deliveries_of,
    delivery,
    endpoint,
    endpoints,
    failed_count,
    health_of,
    last_attempts,
    told,
)
from conto.apps.integrations.queries.keys import key_for, key_of_token, keys_for, rights_of

__all__ = [
    "Health",
    "attempts_of",
    "counts_by_state",
    "deliveries_of",
    "delivery",
    "endpoint",
    "endpoints",
    "failed_count",
    "health_of",
    "key_for",
    "key_of_token",
    "keys_for",
    "last_attempts",
    "rights_of",
    "told",
]
