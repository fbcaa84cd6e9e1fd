"""What is on hand, how it came about, and what was earned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.stock.models import LineCost, StockItem, StockMove
from conto.domain.errors import NotAllowed
from conto.domain.permissions import Permission, roles_granting
from conto.domain.stock import margin_percent

View = Literal["", "low", "below", "ended", "all"]
MOST_MOVES = 50
By = Literal["item", "customer"]


@dataclass(frozen=True, slots=True)
class StockTotal:
    """What stock in one currency is worth."""

    currency: str
    value_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class MarginRow:
    """What was earned with an item or a customer: net, cost, and the rest; corrections are in the cost of an item."""

    id: UUID
    name: str
    currency: str
    quantity: Decimal
    net_minor: int
    cost_minor: int
    corrected_minor: int = 0

    @property
    def margin_minor(self) -> int:
        """What is left."""
        return self.net_minor - self.cost_minor

    @property
    def percent(self) -> Decimal | None:
        """What share of the net is left."""
        return margin_percent(self.net_minor, self.cost_minor)


@dataclass(frozen=True, slots=True)
class LineMargin:
    """What a line cost and earned; without a net the document has another currency than the cost."""

    currency: str
    net_minor: int | None
    cost_minor: int
    is_stocked: bool

    @property
    def margin_minor(self) -> int | None:
        """What is left."""
        return None if self.net_minor is None else self.net_minor - self.cost_minor

    @property
    def percent(self) -> Decimal | None:
        """What share of the net is left."""
        return None if self.net_minor is None else margin_percent(self.net_minor, self.cost_minor)


def stock_items(member: Member | None, view: View = "", item_id: UUID | None = None) -> QuerySet[StockItem]:
    """Return the stock that a member may see, by item: what is kept, runs low, is below zero, or is kept no more."""
    if member is None or not member.may(Permission.ITEM_VIEW):
        return StockItem.objects.none()
    rows = StockItem.objects.select_related("item", "legal_entity")
    if item_id:
        rows = rows.filter(item=item_id)
    match view:
        case "low":
            rows = rows.filter(is_kept=True).filter(Q(quantity__lt=F("reorder_level")) | Q(quantity__lt=0))
        case "below":
            rows = rows.filter(is_kept=True, quantity__lt=0)
        case "ended":
            rows = rows.filter(is_kept=False)
        case "":
            rows = rows.filter(is_kept=True)
    return rows.order_by("item__sort_key", "item_id", "legal_entity__name", "id")


def stock_item_for(member: Member | None, stock_id: UUID) -> StockItem | None:
    """Return the stock of an item, or nothing when there is none that the member may see."""
    return stock_items(member, "all").filter(id=stock_id).first()


def demand_cost(member: Member | None) -> None:
    """Refuse who may not see cost.

    Raises: NotAllowed.
    """
    if member is None or not member.may(Permission.ITEM_VIEW_COST):
        raise NotAllowed(
            "permission.missing",
            "You may not do this (%(permission)s). These roles may: %(roles)s.",
            permission=Permission.ITEM_VIEW_COST,
            roles=roles_granting(Permission.ITEM_VIEW_COST),
        )


def is_anything_kept(member: Member | None) -> bool:
    """Tell whether stock of anything is kept."""
    return stock_items(member).exists()


def totals(rows: QuerySet[StockItem]) -> list[StockTotal]:
    """Return what stock is worth, by currency."""
    sums = rows.order_by().values("currency").annotate(value=Sum("value_minor"), n=Count("id"))
    return [StockTotal(each["currency"], int(each["value"]), each["n"]) for each in sums.order_by("currency")]


def moves_of(stock_item_ids: Sequence[UUID], limit: int = MOST_MOVES, before: int | None = None) -> list[StockMove]:
    """Return the last moves of stock, the newest first, and whether they are taken back; `before` is an ordinal."""
    taken_back = Exists(StockMove.objects.filter(reverses_id=OuterRef("id")))
    rows = StockMove.objects.filter(stock_item__in=stock_item_ids).annotate(is_reversed=taken_back)
    if before is not None:
        rows = rows.filter(ordinal__lt=before)
    return list(rows.order_by("-at", "-ordinal")[:limit])


def receipt_of(row: StockItem, move_id: UUID | None) -> StockMove | None:
    """Return a receipt of a stock that is visible, or nothing."""
    receipts = StockMove.objects.filter(stock_item=row, kind="receipt")
    return receipts.filter(id=move_id).first() if move_id else None


def has_moved_goods(document_id: UUID) -> bool:
    """Tell whether lines of a document took goods out of stock."""
    return StockMove.objects.filter(document_id=document_id, kind="issue").exists()


def line_margins(member: Member | None, document_id: UUID) -> dict[int, LineMargin]:
    """Return what the lines of a document cost, by position, for a member who may see cost."""
    if member is None or not member.may(Permission.ITEM_VIEW_COST):
        return {}
    rows = LineCost.objects.filter(document_id=document_id)
    return {row.position: LineMargin(row.currency, row.net_minor, row.cost_minor, row.is_stocked) for row in rows}


def earned(lines: Iterable[LineMargin]) -> LineMargin | None:
    """Return what the lines whose cost is known earned together; nothing where there is none."""
    known = [line for line in lines if line.net_minor is not None]
    if len({line.currency for line in known}) != 1:
        return None
    net = sum(line.net_minor or 0 for line in known)
    return LineMargin(known[0].currency, net, sum(line.cost_minor for line in known), is_stocked=False)


def margins(member: Member | None, by: By, first: date, last: date) -> list[MarginRow]:
    """Return what was earned from a day to a day, both included, the most first; only with customers that are seen.

    Corrections belong to no customer: they are told, in the cost of their item, to who sees all customers.

    Source: ST-7.
    """
    if member is None or not (member.may(Permission.ITEM_VIEW_COST) and member.may(Permission.INVOICE_VIEW)):
        return []
    rows = LineCost.objects.filter(issued_on__range=(first, last), net_minor__isnull=False)
    sight = crm.sight_of(member)
    rows = rows.filter(sight)
    corrected = {} if sight or by == "customer" else _corrections(first, last)
    sums = rows.values(f"{by}_id", "currency", name=F(f"{by}__name")).annotate(
        quantities=Sum("quantity"), net=Coalesce(Sum("net_minor"), 0), cost=Sum("cost_minor")
    )
    made = []
    for each in sums.order_by():
        key = (each[f"{by}_id"], each["currency"])
        more, _name = corrected.pop(key, (0, ""))
        made.append(
            MarginRow(
                key[0], each["name"], key[1], each["quantities"], int(each["net"]), int(each["cost"]) + more, more
            )
        )
    made += [MarginRow(key[0], name, key[1], Decimal(0), 0, more, more) for key, (more, name) in corrected.items()]
    return sorted(made, key=lambda row: (-row.margin_minor, row.name, row.id))


def _corrections(first: date, last: date) -> dict[tuple[UUID, str], tuple[int, str]]:
    rows = (
        StockMove.objects.filter(kind="correction", moved_on__range=(first, last))
        .order_by()
        .values("stock_item__item_id", "stock_item__currency", "stock_item__item__name")
        .annotate(value=Sum("value_minor"))
    )
    return {
        (row["stock_item__item_id"], row["stock_item__currency"]): (-int(row["value"]), row["stock_item__item__name"])
        for row in rows
    }


def unknown_count(member: Member | None, first: date, last: date) -> int:
    """Return how many lines in the period have a cost in another currency than their document, so no margin."""
    if member is None or not member.may(Permission.ITEM_VIEW_COST):
        return 0
    rows = LineCost.objects.filter(issued_on__range=(first, last), net_minor=None)
    return rows.filter(crm.sight_of(member)).count()
