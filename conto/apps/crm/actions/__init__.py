"""Every write of customers."""

from conto.apps.crm.actions.billing import confirm_tax_identifier, set_address, set_bank_detail, set_tax_identifier
from conto.apps.crm.actions.consents import hold_agreement, note_consent, withdraw_consent
from conto.apps.crm.actions.customers import (
    add_customer,
    archive_customer,
    change_customer,
    restore_customer,
    set_owner,
)
from conto.apps.crm.actions.finding import add_missing_words, write_sort_keys
from conto.apps.crm.actions.importing import import_customers
from conto.apps.crm.actions.notes import add_tag, change_note, log_call, remove_tag, write_note
from conto.apps.crm.actions.people import add_contact, archive_contact, change_contact, restore_contact
from conto.apps.crm.actions.undoing import undo_change

__all__ = [
    "add_contact",
    "add_customer",
    "add_missing_words",
    "add_tag",
    "archive_contact",
    "archive_customer",
    "change_contact",
    "change_customer",
    "change_note",
    "confirm_tax_identifier",
    "hold_agreement",
    "import_customers",
    "log_call",
    "note_consent",
    "remove_tag",
    "restore_contact",
    "restore_customer",
    "set_address",
    "set_bank_detail",
    "set_owner",
    "set_tax_identifier",
    "undo_change",
    "withdraw_consent",
    "write_note",
    "write_sort_keys",
]
