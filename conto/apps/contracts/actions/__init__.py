"""Writes of contracts."""

from conto.apps.contracts.actions.contracts import (
    agree_contract,
    cancel_contract,
    change_contract,
    create_contract,
    drop_contract,
    end_contract,
    renew_contract,
    resume_contract,
)
from conto.apps.contracts.actions.reminding import note_due
from conto.apps.contracts.entries import LineEntry, NewContract

__all__ = [
    "LineEntry",
    "NewContract",
    "agree_contract",
    "cancel_contract",
    "change_contract",
    "create_contract",
    "drop_contract",
    "end_contract",
    "note_due",
    "renew_contract",
    "resume_contract",
]
