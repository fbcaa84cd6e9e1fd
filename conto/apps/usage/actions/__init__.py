"""Writes of usage."""

from conto.apps.usage.actions.recording import rebuild_days, record_events, unknown

__all__ = ["rebuild_days", "record_events", "unknown"]
