"""Reads of targets."""

from conto.apps.quotas.queries.figures import Counted, CountedRow, counted, divided, reached
from conto.apps.quotas.queries.lists import TargetRow, When, target_for, target_row, target_rows, visible_to

__all__ = [
    "Counted",
    "CountedRow",
    "TargetRow",
    "When",
    "counted",
    "divided",
    "reached",
    "target_for",
    "target_row",
    "target_rows",
    "visible_to",
]
