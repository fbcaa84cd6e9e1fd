"""Find repeating invoices by what was typed, as a part of the question for offers, and the one that made a document."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, Value

from conto.apps.accounts.models import Member
from conto.apps.repeats.models import Repeat, RepeatInvoice
from conto.apps.repeats.queries.lists import visible_to

_SHORTEST_PART = 3  # a shorter text is looked for at the beginning only
_NEVER = date(9999, 12, 31)
_NAMED = (
    Value("repeat"), "id", "customer__name", "title", Value(""), "standing", Value(""), Value(0), Value(""),
    Value(_NEVER),
)  # fmt: skip


def found_rows(member: Member | None, text: str, limit: int) -> Any:
    """Return what repeats and is meant by title or customer, in the columns of deals and quotes: a part of a union."""
    typed = text.strip()
    meant = Q(title__istartswith=typed)
    if len(typed) >= _SHORTEST_PART:
        meant = Q(title__icontains=typed) | Q(customer__name__icontains=typed)
    seen = visible_to(member).select_related(None)
    return seen.filter(meant).values_list(*_NAMED)[:limit]


def maker_of(member: Member | None, document_id: UUID) -> Repeat | None:
    """Return the repeating invoice that made a draft or document, where the member sees it."""
    made = RepeatInvoice.objects.filter(document_id=document_id).values("repeat_id")
    return visible_to(member).filter(id__in=made).first()
