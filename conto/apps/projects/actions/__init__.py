"""Writes of projects."""

from conto.apps.projects.actions.billing import free_bills, note_bill, note_price_bill, take_price, take_work
from conto.apps.projects.actions.prices import (
    accept_project,
    add_milestone,
    agree_price,
    order_change,
    reach_milestone,
    remove_milestone,
    reopen_milestone,
    tell_progress,
)
from conto.apps.projects.actions.projects import change_project, close_project, open_project, reopen_project, set_rate
from conto.apps.projects.actions.work import approve_work, change_work, record_work, remove_work, undo_approval
from conto.apps.projects.entries import NewChangeOrder, NewMilestone, NewPrice, NewProject, NewWork, Taken, TakenPrice

__all__ = [
    "NewChangeOrder",
    "NewMilestone",
    "NewPrice",
    "NewProject",
    "NewWork",
    "Taken",
    "TakenPrice",
    "accept_project",
    "add_milestone",
    "agree_price",
    "approve_work",
    "change_project",
    "change_work",
    "close_project",
    "free_bills",
    "note_bill",
    "note_price_bill",
    "open_project",
    "order_change",
    "reach_milestone",
    "record_work",
    "remove_milestone",
    "remove_work",
    "reopen_milestone",
    "reopen_project",
    "set_rate",
    "take_price",
    "take_work",
    "tell_progress",
    "undo_approval",
]
