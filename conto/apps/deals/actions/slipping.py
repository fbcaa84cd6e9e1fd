"""Note that deals slip, once until somebody does something with them again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from conto.apps.audit import actions as audit
from conto.apps.audit.models import Fact
from conto.apps.deals.models import Deal
from conto.apps.deals.queries.deals import is_silent
from conto.domain import facts
from conto.domain.facts import SYSTEM

GRACE = timedelta(days=1)  # to plan a next step, or to do the one that is due
_MOST = 500


@transaction.atomic
def note_slipping(*, at: datetime) -> int:
    """Record for each deal that slips that it does, and return for how many.

    A deal is told once; again only after something was done with it.
    Source: S-3.
    """
    since = at - GRACE
    told = Fact.objects.filter(kind="deal_slipped", subject_id=OuterRef("id"), at__gte=OuterRef("last_activity_at"))
    no_step = Q(next_step_at=None, last_activity_at__lte=since)
    slipping = Deal.objects.filter(no_step | Q(next_step_at__lte=since) | is_silent(at), state="open")
    rows = list(slipping.exclude(Exists(told)).order_by("id")[:_MOST])
    for deal in rows:
        how = "no_step" if deal.next_step_at is None else "overdue" if deal.next_step_at <= since else "silent"
        fact = facts.DealSlipped(
            subject_id=deal.id, customer_id=deal.customer_id, name=deal.name, how=how, owner_id=deal.owner_id
        )
        audit.record(fact, actor=SYSTEM, at=at)
    return len(rows)


def note_contact(*, deal_id: UUID, at: datetime) -> None:
    """Note on a deal that a letter went or came, so that it is not silent.

    Source: S-3.
    """
    Deal.objects.filter(id=deal_id, last_activity_at__lt=at).update(last_activity_at=at)
