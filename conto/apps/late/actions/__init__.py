"""Writes of late charges."""

from conto.apps.late.actions.charges import (
    LONGEST_REASON,
    end_exemption,
    exclude_invoice,
    exempt_customer,
    include_invoice,
    locked_charge,
    note_charges,
    said_reason,
    waive,
)
from conto.apps.late.actions.rule import LATE_RULE, lock_rule, note_run, set_rule

__all__ = [
    "LATE_RULE",
    "LONGEST_REASON",
    "end_exemption",
    "exclude_invoice",
    "exempt_customer",
    "include_invoice",
    "lock_rule",
    "locked_charge",
    "note_charges",
    "note_run",
    "said_reason",
    "set_rule",
    "waive",
]
