"""Write facts down, put them in order, seal them, and forget what must be forgotten."""

from conto.apps.audit.actions.alerting import change_alert_rule, note_device, put_notice, see_notices
from conto.apps.audit.actions.erasing import erase_payloads
from conto.apps.audit.actions.noting import note_anchor, note_export, note_records_export
from conto.apps.audit.actions.reading import begin_to_read, read_on
from conto.apps.audit.actions.recording import record, record_many
from conto.apps.audit.actions.sealing import put_in_order, seal_facts

__all__ = [
    "begin_to_read",
    "change_alert_rule",
    "erase_payloads",
    "note_anchor",
    "note_device",
    "note_export",
    "note_records_export",
    "put_in_order",
    "put_notice",
    "read_on",
    "record",
    "record_many",
    "seal_facts",
    "see_notices",
]
