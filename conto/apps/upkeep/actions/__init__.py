"""Writes of the area."""

from conto.apps.upkeep.actions.backups import (
    BACKUP_TASK,
    REHEARSAL_TASK,
    ask_for_backup,
    ask_for_rehearsal,
    begin_backup,
    fail_backup,
    finish_backup,
    note_copy,
    note_download,
    note_failure,
    note_rehearsal,
    note_removed,
    note_restored,
    note_upgraded,
)
from conto.apps.upkeep.actions.plan import note_reached, remove_place, save_place, set_plan
from conto.apps.upkeep.actions.slow import MOST_SHAPES, forget_slow, note_slow, shape_of

__all__ = [
    "BACKUP_TASK",
    "MOST_SHAPES",
    "REHEARSAL_TASK",
    "ask_for_backup",
    "ask_for_rehearsal",
    "begin_backup",
    "fail_backup",
    "finish_backup",
    "forget_slow",
    "note_copy",
    "note_download",
    "note_failure",
    "note_reached",
    "note_rehearsal",
    "note_removed",
    "note_restored",
    "note_slow",
    "note_upgraded",
    "remove_place",
    "save_place",
    "set_plan",
    "shape_of",
]
