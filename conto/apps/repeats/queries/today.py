"""What waits for a member with repeating invoices: what could not be made, and what could not be sent."""

from typing import Any

from django.db.models import BigIntegerField, CharField, Count, DateField, F, Max, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast, JSONObject

from conto.apps.accounts.models import Member
from conto.apps.repeats.models import RepeatInvoice
from conto.apps.repeats.queries.lists import visible_to
from conto.domain.permissions import Permission


def waiting(member: Member, *, most: int = 8) -> list[QuerySet[Any, Any]]:
    """Return questions whose rows say kind, subject, customer, words, amount, currency and day, for one union.

    Source: RI-6.
    """
    if not member.may(Permission.INVOICE_DRAFT):
        return []
    seen = visible_to(member).select_related(None)
    why = JSONObject(code="held_code", reason="held_reason", params="held_params", title="title")
    held = seen.exclude(held_code="").annotate(
        kind=Value("repeat_held", CharField()), words=Cast(why, TextField()), zero=Value(0, BigIntegerField()),
        no_currency=Value("", CharField()),
    )  # fmt: skip
    unsent = RepeatInvoice.objects.filter(sending="refused", repeat__in=seen.order_by().values("id")).order_by()
    return [
        held.order_by("next_on").values_list("kind", "id", "customer__name", "words", "zero", "no_currency", "next_on")[
            :most
        ],
        unsent.values("repeat")
        .annotate(
            kind=Value("repeat_unsent", CharField()),
            subject=Cast(F("repeat"), UUIDField()),
            named=Max("repeat__customer__name"),
            words=Max("repeat__title"),
            times=Cast(Count("id"), BigIntegerField()),
            no_currency=Value("", CharField()),
            no_day=Value(None, DateField()),
        )
        .values_list("kind", "subject", "named", "words", "times", "no_currency", "no_day")[:most],
    ]
