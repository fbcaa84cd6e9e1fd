"""Writes of repeating invoices."""

from conto.apps.repeats.actions.making import claim_due, hold, note_made
from conto.apps.repeats.actions.repeats import (
    change_repeat,
    create_repeat,
    customer_archived,
    end_repeat,
    locked,
    pause_repeat,
    resume_repeat,
    try_again,
)
from conto.apps.repeats.actions.sending import claim_unsent, note_refused, note_sent, settle_unsent
from conto.apps.repeats.entries import Agreed

__all__ = [
    "Agreed",
    "change_repeat",
    "claim_due",
    "claim_unsent",
    "create_repeat",
    "customer_archived",
    "end_repeat",
    "hold",
    "locked",
    "note_made",
    "note_refused",
    "note_sent",
    "pause_repeat",
    "resume_repeat",
    "settle_unsent",
    "try_again",
]
