"""Every write of leads."""

from conto.apps.leads.actions.forms import add_form, change_form
from conto.apps.leads.actions.importing import checked_new, import_leads
from conto.apps.leads.actions.leads import (
    add_lead,
    ask_to_confirm,
    change_lead,
    confirm_consent,
    consents_of,
    discard_lead,
    hold_lead,
    mark_converted,
    note_lead,
    reopen_lead,
    set_scores,
)
from conto.apps.leads.actions.routing import route_lead, set_routing

__all__ = [
    "add_form",
    "add_lead",
    "ask_to_confirm",
    "change_form",
    "change_lead",
    "checked_new",
    "confirm_consent",
    "consents_of",
    "discard_lead",
    "hold_lead",
    "import_leads",
    "mark_converted",
    "note_lead",
    "reopen_lead",
    "route_lead",
    "set_routing",
    "set_scores",
]
