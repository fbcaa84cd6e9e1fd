"""Forms that strangers fill in, and the rules that say who looks after which lead."""

from uuid import UUID

from conto.apps.accounts.models import Member
from conto.apps.leads.models import LeadForm, RoutingRule
from conto.domain.permissions import Permission


def forms(member: Member | None) -> list[LeadForm]:
    """Return the forms that a member may see, the ones in use first."""
    if member is None or not member.may(Permission.LEAD_VIEW):
        return []
    return list(LeadForm.objects.select_related("owner").order_by("-is_active", "name", "id"))


def form_for(member: Member | None, form_id: UUID) -> LeadForm | None:
    """Return one form, or nothing when there is none that the member may see."""
    if member is None or not member.may(Permission.LEAD_VIEW):
        return None
    return LeadForm.objects.select_related("owner").filter(id=form_id).first()


def form_of_token(token: str) -> LeadForm | None:
    """Return the form in use that an address leads to."""
    return LeadForm.objects.filter(token=token[:40], is_active=True).first()


def routing_rules() -> list[RoutingRule]:
    """Return the rules in the order in which they are asked."""
    return list(RoutingRule.objects.order_by("position"))
