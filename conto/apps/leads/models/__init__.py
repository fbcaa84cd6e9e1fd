"""Tables of leads, one file per thing."""

from conto.apps.leads.models.forms import LeadForm
from conto.apps.leads.models.leads import LEAD_STATES, Lead
from conto.apps.leads.models.routing import RoutingRule

__all__ = ["LEAD_STATES", "Lead", "LeadForm", "RoutingRule"]
