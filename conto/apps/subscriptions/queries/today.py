"""What waits for a member with subscriptions: what a run could not bill."""

from typing import Any

from django.db.models import BigIntegerField, CharField, Count, DateField, Max, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject

from conto.apps.accounts.models import Member
from conto.apps.subscriptions.models import SetAside
from conto.apps.subscriptions.queries.lists import visible_to
from conto.domain.permissions import Permission


def waiting(member: Member, *, most: int = 8) -> list[QuerySet[Any, Any]]:
    """Return questions whose rows say kind, subject, customer, words, amount, currency and day, for one union.

    One row is one reason for which a run could not bill subscriptions that the member sees: its subject is the run (of
    what no run set aside, the subscription), its amount how many there are, its words one of them with the reason.

    Source: SB-8.
    """
    if not member.may(Permission.SUBSCRIPTION_BILL):
        return []
    seen = visible_to(member).order_by().values("id")
    one = JSONObject(
        code="code", reason="reason", params="params", number="subscription__number", run="run",
        subscription="subscription",
    )  # fmt: skip
    rows = SetAside.objects.filter(solved_at__isnull=True, subscription__in=seen).order_by()
    return [
        rows.values("code", "run")
        .annotate(
            kind=Value("set_aside", CharField()),
            subject=Cast(Max(Coalesce(Cast("run", TextField()), Cast("subscription", TextField()))), UUIDField()),
            named=Max("subscription__customer__name"),
            words=Max(Cast(one, TextField())),
            times=Cast(Count("id"), BigIntegerField()),
            no_currency=Value("", CharField()),
            no_day=Value(None, DateField()),
        )
        .values_list("kind", "subject", "named", "words", "times", "no_currency", "no_day")[:most]
    ]
