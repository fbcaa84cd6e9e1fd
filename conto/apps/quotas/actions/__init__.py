"""Writes of targets."""

from conto.apps.quotas.actions.targets import change_target, remove_target, set_target

__all__ = ["change_target", "remove_target", "set_target"]
