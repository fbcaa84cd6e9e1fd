"""Writes of usage."""

from conto.apps.usage.actions.recording import record_events, unknown

__all__ = ["record_events", "unknown"]
