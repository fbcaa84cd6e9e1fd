"""Find contracts beside deals and quotes by what was typed, and those of a customer, with one query for all three."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from conto.apps.accounts.models import Member
from conto.apps.contracts.queries.lists import LAST_DAY, visible_to
from conto.apps.quotes import queries as quotes
from conto.apps.quotes.queries import FoundOffer

_DIGITS_OF_NUMBER = 5
_SHORTEST_PART = 3  # a shorter text is looked for at the beginning only
_NEVER = date(9999, 12, 31)
_NAMED = (
    Value("contract"), "family_id", "customer__name", "title", "number", "state", Value(""),
    Value(0), "currency", "last",
)  # fmt: skip


def find_offers(
    member: Member | None, text: str, *, limit: int = 6, more: Sequence[QuerySet[Any, Any]] = ()
) -> list[FoundOffer]:
    """Return deals, quotes and contracts that a search means, with what areas above put into the same question."""
    typed = text.strip()
    meant = Q(number__startswith=typed.upper())
    if typed.isdecimal() and len(typed) <= _DIGITS_OF_NUMBER and typed.isascii():
        meant |= Q(number__endswith=f"-{int(typed):0{_DIGITS_OF_NUMBER}d}")
    if len(typed) >= _SHORTEST_PART:
        meant |= Q(title__icontains=typed)
    return quotes.find_offers(
        member, text, limit=limit, more=[_rows(member, meant & ~Q(state="dropped"), limit), *more]
    )


def open_offers(member: Member | None, customer_id: UUID, today: date, *, limit: int = 5) -> list[FoundOffer]:
    """Return a customer's open deals and quotes, and the contracts that run or are drafts."""
    running = Q(customer_id=customer_id) & ~Q(state="dropped") & Q(last__gte=today)
    return quotes.open_offers(member, customer_id, limit=limit, more=[_rows(member, running, limit)])


def _rows(member: Member | None, wanted: Q, limit: int) -> Any:
    """Return contracts in the columns of deals and quotes, without their order: it is a part of a union."""
    seen = visible_to(member).select_related(None).annotate(last=Coalesce(LAST_DAY, Value(_NEVER)))
    return seen.filter(wanted).values_list(*_NAMED)[:limit]
