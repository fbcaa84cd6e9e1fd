"""What the story of a customer tells of deals, for who does not see all of them."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.apps.deals.queries.deals import visible_to
from conto.domain.sight import Area

_ABOUT_DEALS = ("deal", "comment", "activity")


def facts_seen(member: Member, facts: QuerySet[Fact], customer_id: UUID) -> QuerySet[Fact]:
    """Leave out of the facts of one customer what tells of deals that a member does not see.

    Source: V-4.
    """
    if accounts.owners_seen(member, Area.DEALS) is None:
        return facts
    seen = list(visible_to(member).filter(customer_id=customer_id).values_list("id", flat=True))
    of_deal = KeyTextTransform("deal_id", "payload__body")
    told = Q(subject_id__in=seen) | Q(of_deal__in=[str(each) for each in seen])
    without_deal = Q(subject_kind="activity", of_deal=None)
    return facts.alias(of_deal=of_deal).filter(~Q(subject_kind__in=_ABOUT_DEALS) | told | without_deal)


def sees_deal(member: Member | None, deal_id: UUID | None) -> bool:
    """Tell whether a member sees a deal; there may be none."""
    if member is None or deal_id is None:
        return False
    if accounts.owners_seen(member, Area.DEALS) is None:
        return True
    return visible_to(member).filter(id=deal_id).exists()
