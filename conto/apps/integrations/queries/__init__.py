"""Reads of the area."""

from conto.apps.integrations.queries.keys import key_for, key_of_token, keys_for, rights_of

__all__ = ["key_for", "key_of_token", "keys_for", "rights_of"]
