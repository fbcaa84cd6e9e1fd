"""Open items: what is still to be paid of a document, and what is left of a payment or credit note."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from conto.apps.bulk.composed import Composed, given
from conto.apps.ledger.models import OpenItem

Side = Literal["receivable", "credit"]


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """A sum in one currency and the number of items in it."""

    currency: str
    open_minor: int
    count: int


_OPEN = Composed(lambda: OpenItem.objects.filter(item_id=given("item_id")).values_list("open_minor", flat=True))


def open_minor(item_id: UUID) -> int:
    """Give what is open of a document, payment or credit note; 0 when nothing was ever charged."""
    return _OPEN.first(item_id=item_id) or 0


def open_items(side: Side = "receivable") -> QuerySet[OpenItem]:
    """Give the items of a side of which something is open."""
    return OpenItem.objects.filter(side=side, open_minor__gt=0)


def open_of_customer(customer_id: UUID, side: Side = "receivable", currency: str | None = None) -> QuerySet[OpenItem]:
    """Give the open items of one customer, the oldest first."""
    items = open_items(side).filter(customer_id=customer_id)
    return (items.filter(currency=currency) if currency else items).order_by("item_id")


def open_by_document(ids: Iterable[UUID]) -> dict[UUID, int]:
    """Give what is open of each item; ids without any charge are given with 0."""
    wanted = list(ids)
    found = dict(OpenItem.objects.filter(item_id__in=wanted).values_list("item_id", "open_minor"))
    return {item_id: found.get(item_id, 0) for item_id in wanted}


def totals_by_currency(side: Side = "receivable", whose: Q | None = None) -> list[CurrencyTotal]:
    """Sum what is open per currency; of some customers only, given as a condition on `customer_id`."""
    items = open_items(side) if whose is None else open_items(side).filter(whose)
    rows = items.values_list("currency").annotate(total=Sum("open_minor"), n=Count("*")).order_by("currency")
    return [CurrencyTotal(currency, total, count) for currency, total, count in rows]
