"""Find deals and quotes by what was typed, and those of a customer that are open, with one query each.

Areas above that have something of the kind put it into the same question (`more`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.db.models import DateField, Q, QuerySet, Value
from django.db.models.functions import Cast

from conto.apps.accounts.models import Member
from conto.apps.deals import queries as deals
from conto.apps.quotes.models import Quote
from conto.apps.quotes.queries.lists import quotes
from conto.domain.contact import fold
from conto.domain.quote import QuoteState, state_on

_DIGITS_OF_NUMBER = 5
_SHORTEST_PART = 3  # a shorter text is looked for at the beginning only


@dataclass(frozen=True, slots=True)
class FoundOffer:
    """A deal, a quote, a contract, a subscription or a repeating invoice that was found."""

    kind: Literal["deal", "quote", "contract", "subscription", "repeat"]
    id: UUID
    customer_name: str
    name: str  # of the deal; of the others their title
    number: str
    state: str
    stage: str
    amount_minor: int
    currency: str
    day: date  # when a quote expires, the last day of others, when a deal was added

    def shown_state(self, today: date) -> str:
        """Tell where it stands on a day: an open quote may have expired, a contract be over."""
        if self.kind == "contract":
            return "ended" if self.day < today and self.state not in {"draft", "dropped"} else self.state
        return state_on(QuoteState(self.state), self.day, today).value if self.kind == "quote" else self.state


_NONE = Value("")
_OF_DEAL = ("id", "customer__name", "name", _NONE, "state", "stage__name", "value_minor", "currency")
_OF_QUOTE = ("id", "customer__name", "title", "number", "state", _NONE, "shown_total_minor", "currency")


def find_offers(
    member: Member | None, text: str, *, limit: int = 6, more: Sequence[QuerySet[Any, Any]] = ()
) -> list[FoundOffer]:
    """Return the deals whose name and the quotes whose number or title a search means, the latest first."""
    if member is None or not text.strip():
        return []
    typed, folded = text.strip(), fold(text)
    named = Q(search_key__contains=folded) if len(folded) >= _SHORTEST_PART else Q(search_key__startswith=folded)
    meant = Q(number__startswith=typed.upper())
    if typed.isdecimal() and len(typed) <= _DIGITS_OF_NUMBER and typed.isascii():
        meant |= Q(number__endswith=f"-{int(typed):0{_DIGITS_OF_NUMBER}d}")
    if len(typed) >= _SHORTEST_PART:
        meant |= Q(title__icontains=typed)
    return _read(
        deals.visible_to(member).filter(named).order_by("-created_at", "-id"),
        quotes(member).filter(meant).exclude(state="superseded"),
        limit,
        more,
    )


def open_offers(
    member: Member | None, customer_id: UUID, *, limit: int = 5, more: Sequence[QuerySet[Any, Any]] = ()
) -> list[FoundOffer]:
    """Return a customer's open deals and the quotes that are drafts or wait for an answer, the latest first."""
    if member is None:
        return []
    return _read(
        deals.visible_to(member).filter(customer_id=customer_id, state="open").order_by("-created_at", "-id"),
        quotes(member).filter(customer_id=customer_id, state__in=["draft", "sent"]),
        limit,
        more,
    )


def _read(
    found: QuerySet[Any], offered: QuerySet[Quote], limit: int, more: Sequence[QuerySet[Any, Any]]
) -> list[FoundOffer]:
    of_deals = found.annotate(day=Cast("created_at", DateField())).values_list(Value("deal"), *_OF_DEAL, "day")
    of_quotes = offered.select_related(None).values_list(Value("quote"), *_OF_QUOTE, "valid_until")
    rows: Any = of_deals[:limit].union(of_quotes[:limit], *more, all=True)
    return [FoundOffer(*row) for row in rows]
