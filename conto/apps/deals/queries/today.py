"""What waits for a member with deals: what they have to do by the end of the day, and what of theirs slips."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate

from conto.apps.accounts.models import Member
from conto.apps.deals.queries.activities import activities
from conto.apps.deals.queries.deals import is_silent, visible_to


def waiting(member: Member, *, at: datetime, until: datetime, zone: ZoneInfo, most: int) -> list[QuerySet[Any, Any]]:
    """Return questions whose rows say kind, subject, customer, words, amount, currency and day, for one union.

    A deal whose step the member has to do anyway is told by that step, not a second time as slipping.
    Source: S-3.
    """
    mine = activities(member).select_related(None).filter(owner_id=member.id, done_at=None, due_at__lt=until)
    of_deal = mine.filter(deal_id=OuterRef("id"))
    slipping = (
        visible_to(member)
        .filter(Q(next_step_at=None) | Q(next_step_at__lt=at) | is_silent(at), owner_id=member.id, state="open")
        .exclude(Exists(of_deal))
    )
    return [
        mine.order_by("due_at").values_list(
            Case(When(deal=None, then=Value("step_with_customer")), default=Value("step_of_deal")),
            Coalesce("deal_id", "customer_id"),
            "customer__name",
            "title",
            Coalesce("deal__value_minor", Value(0)),
            Coalesce("deal__currency", Value("")),
            TruncDate("due_at", tzinfo=zone),
        )[:most],
        slipping.order_by("-value_minor").values_list(
            Case(
                When(next_step_at=None, then=Value("deal_no_step")),
                When(next_step_at__lt=at, then=Value("deal_overdue")),
                default=Value("deal_silent"),
            ),
            "id",
            "customer__name",
            "name",
            "value_minor",
            "currency",
            TruncDate(
                Case(When(next_step_at__lt=at, then=F("next_step_at")), default=F("last_activity_at")), tzinfo=zone
            ),
        )[:most],
    ]
