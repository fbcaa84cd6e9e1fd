"""Reads of the area."""

from conto.apps.integrations.queries.hooks import (
    Health,
    attempts_of,
    deliveries_of,
    delivery,
    endpoint,
    endpoints,
    failed_count,
    health_of,
    healths,
    last_attempts,
    readable_content,
    told,
)
from conto.apps.integrations.queries.keys import key_for, key_of_token, keys_for, rights_of, working_keys

__all__ = [
    "Health",
    "attempts_of",
    "deliveries_of",
    "delivery",
    "endpoint",
    "endpoints",
    "failed_count",
    "health_of",
    "healths",
    "key_for",
    "key_of_token",
    "keys_for",
    "last_attempts",
    "readable_content",
    "rights_of",
    "told",
    "working_keys",
]
