"""Writes of projects."""

from conto.apps.projects.actions.billing import free_bills, note_bill, take_work
from conto.apps.projects.actions.projects import change_project, close_project, open_project, reopen_project, set_rate
from conto.apps.projects.actions.work import approve_work, change_work, record_work, remove_work, undo_approval
from conto.apps.projects.entries import NewProject, NewWork, Taken

__all__ = [
    "NewProject",
    "NewWork",
    "Taken",
    "approve_work",
    "change_project",
    "change_work",
    "close_project",
    "free_bills",
    "note_bill",
    "open_project",
    "record_work",
    "remove_work",
    "reopen_project",
    "set_rate",
    "take_work",
    "undo_approval",
]
