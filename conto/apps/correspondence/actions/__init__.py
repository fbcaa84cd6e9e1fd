"""Writes of correspondence."""

from conto.apps.correspondence.actions.keeping import Spot, keep_message, note_missing, note_unread
from conto.apps.correspondence.actions.mailboxes import (
    MailboxEntry,
    add_mailbox,
    change_mailbox,
    read_again,
    remove_mailbox,
    set_mailbox_active,
    settle_gaps,
)
from conto.apps.correspondence.actions.measuring import begin_measuring, note_followed, note_opened
from conto.apps.correspondence.actions.reading import (
    begin_folder,
    claim_mailbox,
    hold_claim,
    note_folder_read,
    note_gone,
    note_round,
)
from conto.apps.correspondence.actions.templates import archive_template, begin_templates, save_template
from conto.apps.correspondence.actions.writing import assign_thread, begin_thread, write_letter

__all__ = [
    "MailboxEntry",
    "Spot",
    "add_mailbox",
    "archive_template",
    "assign_thread",
    "begin_folder",
    "begin_measuring",
    "begin_templates",
    "begin_thread",
    "change_mailbox",
    "claim_mailbox",
    "hold_claim",
    "keep_message",
    "note_folder_read",
    "note_followed",
    "note_gone",
    "note_missing",
    "note_opened",
    "note_round",
    "note_unread",
    "read_again",
    "remove_mailbox",
    "save_template",
    "set_mailbox_active",
    "settle_gaps",
    "write_letter",
]
