"""Find subscriptions beside deals, quotes and contracts by what was typed, with one query for all, what repeats too."""

from datetime import date
from typing import Any

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce

from conto.apps.accounts.models import Member
from conto.apps.contracts import queries as contracts
from conto.apps.quotes.queries import FoundOffer
from conto.apps.repeats import queries as repeats
from conto.apps.subscriptions.queries.lists import visible_to

_DIGITS_OF_NUMBER = 5
_SHORTEST_PART = 3  # a shorter text is looked for at the beginning only
_NEVER = date(9999, 12, 31)
_NAMED = (
    Value("subscription"), "id", "customer__name", "title", "number", "stands", Value(""), Value(0), "currency", "last",
)  # fmt: skip


def find_offers(member: Member | None, text: str, today: date, *, limit: int = 6) -> list[FoundOffer]:
    """Return deals, quotes, contracts, subscriptions and what repeats that a search means."""
    typed = text.strip()
    meant = Q(number__startswith=typed.upper())
    if typed.isdecimal() and len(typed) <= _DIGITS_OF_NUMBER and typed.isascii():
        meant |= Q(number__endswith=f"-{int(typed):0{_DIGITS_OF_NUMBER}d}")
    if len(typed) >= _SHORTEST_PART:
        meant |= Q(title__icontains=typed) | Q(customer__name__icontains=typed)
    more = [_rows(member, meant, today, limit), repeats.found_rows(member, text, limit)]
    return contracts.find_offers(member, text, limit=limit, more=more)


def _rows(member: Member | None, wanted: Q, today: date, limit: int) -> Any:
    """Return subscriptions in the columns of deals and quotes, without their order: it is a part of a union."""
    stands = Case(
        When(final_on__lte=today, then=Value("ended")), When(starts_on__gt=today, then=Value("scheduled")),
        default=Value(""),
    )  # fmt: skip
    seen = visible_to(member).select_related(None).annotate(last=Coalesce("final_on", Value(_NEVER)), stands=stands)
    return seen.filter(wanted).values_list(*_NAMED)[:limit]
