"""What waits for a member with quotes: questions of customers, discounts to approve, and what is about to expire."""

from datetime import date, timedelta
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from conto.apps.accounts.models import Member
from conto.apps.quotes.models import Quote
from conto.apps.quotes.queries.answers import open_questions
from conto.apps.quotes.queries.lists import quotes, waiting_approvals

EXPIRING_DAYS = 5
_DAY = Quote._meta.get_field("valid_until")  # noqa: SLF001 -- documented API


def waiting(member: Member, *, today: date, most: int) -> list[QuerySet[Any, Any]]:
    """Return questions whose rows say kind, subject, customer, words, amount, currency and day, for one union."""
    soon = today + timedelta(days=EXPIRING_DAYS)
    expiring = quotes(member).filter(state="sent", owner_id=member.id, valid_until__gte=today, valid_until__lte=soon)
    around = ("quote__shown_total_minor", "quote__currency")
    asked = open_questions(member).select_related(None)
    to_approve = waiting_approvals(member).select_related(None).exclude(asked_by_id=member.id)
    percent, no_day = Cast("discount_percent", CharField()), Value(None, output_field=_DAY)
    return [
        asked.values_list(Value("quote_question"), "quote_id", "quote__customer__name", "body", *around, no_day)[:most],
        to_approve.values_list(
            Value("quote_approval"), "quote_id", "quote__customer__name", percent, *around, no_day
        )[:most],
        expiring.select_related(None).order_by("valid_until").values_list(
            Value("quote_expires"), "id", "customer__name", "number", "shown_total_minor", "currency", "valid_until"
        )[:most],
    ]  # fmt: skip
