"""What moving goods asks for: whether there is anything to do, what is on hand, what things cost and what left."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from conto.apps.accounts.models import Business, LegalEntity
from conto.apps.bulk.composed import Composed, given
from conto.apps.catalog.models import Item
from conto.apps.stock.models import LineCost, StockItem


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whether stock is kept of any of some items, any has a standard cost, and any corrected line had a cost."""

    is_stocked: bool = False
    has_costs: bool = False
    has_left: bool = False

    def __bool__(self) -> bool:
        return self.is_stocked or self.has_costs or self.has_left


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line as it was issued: how much cost what, and how much of that came back since."""

    item_id: UUID
    currency: str
    quantity: Decimal
    cost_minor: int
    is_stocked: bool
    back: Decimal


def concerns() -> dict[str, Any]:
    """Return what another question asks along, so that documents without stock cost no question of their own.

    The question is asked with `items` and `corrected`, and its rows have what `concerned_by` reads.
    """
    return {
        "is_stocked": Exists(StockItem.objects.filter(item__one_of=given("items"))),
        "has_costs": Exists(Item.objects.filter(id__one_of=given("items"), cost__isnull=False)),
        "has_left": Exists(LineCost.objects.filter(document_id__one_of=given("corrected"))),
    }


def concerned_by(row: Any) -> Concerned:
    """Read what `concerns` asked along."""
    return Concerned(row.is_stocked, row.has_costs, row.has_left)


def on_hand_of_lines() -> dict[str, Any]:
    """Return what a question of lines of drafts asks along: what is on hand of each line's item, if stock is kept."""
    kept = StockItem.objects.filter(item=OuterRef("item"), legal_entity=OuterRef("draft__legal_entity"), is_kept=True)
    return {
        "on_hand": Subquery(kept.values("quantity")[:1]),
        "may_go_below_zero": Subquery(kept.values("may_go_below_zero")[:1]),
    }


_HELD = Composed(
    lambda: (
        StockItem.objects.filter(
            item__one_of=given("items"), legal_entity__one_of=given("legal_entities"), is_kept=True
        )
        .order_by("id")
        .select_for_update()
    )
)


def held_stock(item_ids: Collection[UUID], legal_entity_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], StockItem]:
    """Hold the stock of items until the end of the transaction, in one order for all, and return it."""
    rows = _HELD(items=list(item_ids), legal_entities=list(legal_entity_ids))
    return {(row.item_id, row.legal_entity_id): row for row in rows}


def cost_currency() -> Coalesce:
    """Return in what currency standard costs are: that of the business, else that of the first seller."""
    first = LegalEntity.objects.filter(is_default=True).values("currency")[:1]
    return Coalesce(Subquery(Business.objects.values("currency")[:1]), Subquery(first), output_field=CharField())


_COSTS: Composed[Any] = Composed(
    lambda: (
        Item.objects.filter(id__one_of=given("items"), cost__isnull=False)
        .annotate(business_currency=cost_currency())
        .values_list("id", "cost", "business_currency")
    )
)


def standard_costs(item_ids: Collection[UUID]) -> dict[UUID, tuple[Decimal, str]]:
    """Return the standard cost of one of each item that has one, in major units, and its currency."""
    return {item_id: (cost, currency) for item_id, cost, currency in _COSTS(items=list(item_ids))}


def left_lines(document_ids: Collection[UUID]) -> dict[tuple[UUID, int], LeftLine]:
    """Return what the lines of documents cost, and how much of each came back, with one query."""
    back: QuerySet[LineCost, Any] = (
        LineCost.objects.filter(corrects_id=OuterRef("document_id"), corrects_position=OuterRef("position"))
        .values("corrects_id")
        .annotate(back=Sum("quantity"))
        .values("back")
    )
    rows = LineCost.objects.filter(document_id__in=list(document_ids)).annotate(came_back=Subquery(back))
    return {
        (row.document_id, row.position): LeftLine(
            row.item_id, row.currency, row.quantity, row.cost_minor, row.is_stocked, -(row.came_back or Decimal(0))
        )
        for row in rows
    }
