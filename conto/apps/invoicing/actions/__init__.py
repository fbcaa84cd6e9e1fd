"""Writes of invoicing."""

from conto.apps.invoicing.actions.batches import MOST_IN_BATCH, begin_batch, end_batch, note_batch
from conto.apps.invoicing.actions.carrying import Carried, set_minimums, take_carried
from conto.apps.invoicing.actions.corrections import (
    deduct_deposits,
    draft_credit_note,
    draft_deposit,
    draft_final,
    reverse_write_off,
    set_credit_parts,
    write_off,
)
from conto.apps.invoicing.actions.drafts import (
    change_draft,
    check_agreed,
    copy_document,
    create_draft,
    discard_draft,
    set_allowances,
    set_lines,
)
from conto.apps.invoicing.actions.guarding import set_guardian_rules
from conto.apps.invoicing.actions.issue import IssueResult, catch_up_statistics, issue_draft, issue_drafts
from conto.apps.invoicing.actions.issue_entries import issue_entries
from conto.apps.invoicing.actions.late_lines import drop_late_line
from conto.apps.invoicing.actions.links import (
    OpenedLink,
    add_attachment,
    answer_question,
    ask_question,
    create_link,
    note_download,
    remove_attachment,
    revoke_link,
    see_link,
    store_rendering,
)
from conto.apps.invoicing.actions.scheduling import claim_scheduled, hold_refused, schedule_drafts, stop_scheduled
from conto.apps.invoicing.actions.series import save_series, save_template
from conto.apps.invoicing.entries import AllowanceEntry, CreditPart, LineEntry

__all__ = [
    "MOST_IN_BATCH",
    "AllowanceEntry",
    "Carried",
    "CreditPart",
    "IssueResult",
    "LineEntry",
    "OpenedLink",
    "add_attachment",
    "answer_question",
    "ask_question",
    "begin_batch",
    "catch_up_statistics",
    "change_draft",
    "check_agreed",
    "claim_scheduled",
    "copy_document",
    "create_draft",
    "create_link",
    "deduct_deposits",
    "discard_draft",
    "draft_credit_note",
    "draft_deposit",
    "draft_final",
    "drop_late_line",
    "end_batch",
    "hold_refused",
    "issue_draft",
    "issue_drafts",
    "issue_entries",
    "note_batch",
    "note_download",
    "remove_attachment",
    "reverse_write_off",
    "revoke_link",
    "save_series",
    "save_template",
    "schedule_drafts",
    "see_link",
    "set_allowances",
    "set_credit_parts",
    "set_guardian_rules",
    "set_lines",
    "set_minimums",
    "stop_scheduled",
    "store_rendering",
    "take_carried",
    "write_off",
]
