"""The tables of the area."""

from conto.apps.integrations.models.keys import ApiKey

__all__ = ["ApiKey"]
