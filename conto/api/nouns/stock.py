"""Stock of items: what is on hand, receipts and counts; and what was earned."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, Instant, Minor, Number, Short
from conto.api.nouns import documents
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as items
from conto.apps.stock import actions, queries
from conto.domain.permissions import Permission

router = noun("Stock")
_VIEW, _EDIT, _COST = Permission.ITEM_VIEW, Permission.ITEM_EDIT, Permission.ITEM_VIEW_COST
_FOR_COST = "Null as well for a key that may not see costs."
Quantity = Annotated[Decimal, Field(examples=["10"], json_schema_extra={"type": "string"})]
Reason = Annotated[str, Field(min_length=1, max_length=300, examples=["Stocktake"])]


@dataclass(frozen=True, slots=True)
class Stock:
    """What a seller has of an item."""

    id: Id
    item_id: Id
    item_name: Annotated[str, Field(examples=["Desk lamp"])]
    legal_entity_id: Id
    currency: Currency
    quantity: Quantity
    value_minor: Annotated[int | None, Field(description=_FOR_COST, examples=[10000])]
    average_cost_minor: Annotated[Decimal | None, Field(description="Of one unit, exact. " + _FOR_COST)]
    reorder_level: Decimal | None
    may_go_below_zero: bool
    is_kept: Annotated[bool, Field(description="Stock of it is kept; else it was once.")]
    move_count: Annotated[int, Field(examples=[3])]
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class StockMove:
    """A change of quantity and value of stock."""

    id: Id
    ordinal: Annotated[int, Field(examples=[3])]
    kind: Annotated[
        str,
        Field(
            examples=["receipt"],
            json_schema_extra={"enum": ["receipt", "issue", "return", "count", "correction", "reversal"]},
        ),
    ]
    quantity: Quantity
    quantity_after: Quantity
    value_minor: Annotated[int | None, Field(description=_FOR_COST, examples=[10000])]
    value_after_minor: Annotated[int | None, Field(description=_FOR_COST, examples=[10000])]
    moved_on: Day
    at: Instant
    document_id: UUID | None
    position: Annotated[int | None, Field(description="Of the line of the document.")]
    reference: str
    reason: str
    reverses_id: Annotated[UUID | None, Field(description="Of a reversal: the receipt that it takes back.")]


@dataclass(frozen=True, slots=True)
class Margin:
    """What was earned with an item or a customer."""

    id: Id
    name: Annotated[str, Field(examples=["Desk lamp"])]
    currency: Currency
    quantity: Quantity
    net_minor: Minor
    cost_minor: Minor
    margin_minor: Minor
    margin_percent: Decimal | None
    corrected_minor: Annotated[int, Field(description="In the cost: what was sold below zero cost more or less.")]


@dataclass(frozen=True, slots=True)
class LineMargin:
    """What a line of a document cost."""

    position: Annotated[int, Field(examples=[1])]
    currency: Currency
    net_minor: Annotated[int | None, Field(description="Null: the document has another currency than the cost.")]
    cost_minor: Minor
    margin_minor: int | None
    is_stocked: Annotated[bool, Field(description="Goods left the stock; else it is a standard cost.")]


class StockFilters(BaseModel):
    """Which stock a list shows."""

    view: Annotated[
        Literal["", "low", "below", "ended", "all"], Field(description="Running low, below zero, kept no more.")
    ] = ""
    item_id: UUID | None = None


class MoveOfStockFilters(paging.Paged):
    """Which page of the moves."""


class MarginFilters(BaseModel):
    """Of which days, and by what."""

    since: Annotated[date | None, Field(description="Null: from the first day of this year.")] = None
    until: Annotated[date | None, Field(description="The last day. Null: today.")] = None
    by: Literal["item", "customer"] = "item"


class StockEntry(Entry):
    """How stock of an item is watched."""

    legal_entity_id: Annotated[
        Id | None, Field(description="Whose stock. Null: the first seller.", examples=[None])
    ] = None
    may_go_below_zero: Flag = True
    reorder_level: Number | None = None


class StockChange(Entry):
    """How stock of an item is watched from now on."""

    may_go_below_zero: Flag
    reorder_level: Number | None


class ReceiptEntry(Entry):
    """Goods that came in."""

    quantity: Number
    cost_minor: Annotated[Minor, Field(description="What they cost together, before tax.")]
    received_on: Day
    reference: Annotated[Short, Field(description="The same reference of the same item is received once.")] = ""
    is_opening: Annotated[Flag, Field(description="They were there before Conto.")] = False


class ReversalEntry(Entry):
    """Why a receipt is taken back."""

    reason: Reason


class CountEntry(Entry):
    """How many there are."""

    quantity: Number
    reason: Reason
    counted_on: Day
    unit_cost_minor: Annotated[
        Number | None, Field(description="What one is worth; null keeps the average cost.", examples=[None])
    ] = None


@reads(router, "/stock", needs=_VIEW, gives=paging.Page[Stock])
def list_stock(request: HttpRequest, filters: Query[StockFilters]) -> Any:
    """List what is on hand, by item."""
    rows = queries.stock_items(caller_of(request).member, filters.view, filters.item_id)
    return paging.whole(_shape(request, row) for row in rows)


@reads(router, "/stock/{uuid:stock_id}", needs=_VIEW, gives=Stock)
def get_stock(request: HttpRequest, stock_id: UUID) -> Any:
    """Get what is on hand of an item."""
    return _shape(request, _record(request, stock_id))


@reads(router, "/stock/{uuid:stock_id}/moves", needs=_VIEW, gives=paging.Page[StockMove])
def list_stock_moves(request: HttpRequest, stock_id: UUID, filters: Query[MoveOfStockFilters]) -> Any:
    """List the moves of stock, the newest first."""
    sees_cost = caller_of(request).may(_COST)
    rows = _record(request, stock_id).moves.all()

    def shape(move: Any) -> StockMove:
        return StockMove(
            move.id, move.ordinal, move.kind, move.quantity, move.quantity_after,
            move.value_minor if sees_cost else None, move.value_after_minor if sees_cost else None, move.moved_on,
            move.at, move.document_id, move.position, move.reference, move.reason, move.reverses_id,
        )  # fmt: skip

    return paging.keyset(rows, filters, by=("ordinal",), kinds=(int,), shape=shape)


@reads(router, "/margins", needs=_COST, gives=paging.Page[Margin])
def list_margins(request: HttpRequest, filters: Query[MarginFilters]) -> Any:
    """List what was earned in a period, by item or by customer: net less cost of lines whose cost is known."""
    caller = caller_of(request)
    first, last = filters.since or caller.today.replace(month=1, day=1), filters.until or caller.today
    rows = queries.margins(caller.member, filters.by, first, last)
    return paging.whole(
        Margin(
            row.id, row.name, row.currency, row.quantity, row.net_minor, row.cost_minor, row.margin_minor, row.percent,
            row.corrected_minor,
        )
        for row in rows
    )  # fmt: skip


@reads(router, "/documents/{uuid:document_id}/margins", needs=_COST, gives=paging.Page[LineMargin])
def list_line_margins(request: HttpRequest, document_id: UUID) -> Any:
    """List what the lines of a document cost, where that is known."""
    document = documents.record(request, document_id)
    rows = queries.line_margins(caller_of(request).member, document.id)
    return paging.whole(
        LineMargin(position, row.currency, row.net_minor, row.cost_minor, row.margin_minor, row.is_stocked)
        for position, row in sorted(rows.items())
    )


@writes(router, "/items/{uuid:item_id}/stock", needs=_EDIT, gives=Stock, status=201)
def begin_stock(request: HttpRequest, item_id: UUID, entry: StockEntry) -> Any:
    """Begin to keep stock of an item; what is there is entered as a receipt."""
    caller = caller_of(request)
    item = found(items.item_for(caller.member, item_id))
    sellers = accounts.legal_entities()
    wanted = entry.legal_entity_id
    seller = found((sellers.filter(id=wanted) if wanted else sellers).first())
    watch = entry.model_dump(exclude={"legal_entity_id"})
    made = actions.begin_stock(item=item, legal_entity=seller, **watch, actor=caller.actor, at=caller.at)
    return _shape(request, _record(request, made.id))


@writes(router, "/stock/{uuid:stock_id}", method="PUT", needs=_EDIT, gives=Stock)
def change_stock(request: HttpRequest, stock_id: UUID, change: StockChange) -> Any:
    """Change how stock of an item is watched."""
    caller = caller_of(request)
    row = _record(request, stock_id)
    actions.change_stock(stock_item=row, **change.model_dump(), actor=caller.actor, at=caller.at)
    return _shape(request, row)


@writes(router, "/stock/{uuid:stock_id}/end", needs=_EDIT, gives=Stock)
def end_stock(request: HttpRequest, stock_id: UUID) -> Any:
    """Keep no more stock of an item; nothing must be on hand."""
    caller = caller_of(request)
    actions.end_stock(stock_item=_record(request, stock_id), actor=caller.actor, at=caller.at)
    return _shape(request, _record(request, stock_id))


@writes(router, "/stock/{uuid:stock_id}/receipts", needs=_EDIT, gives=Stock, status=201)
def receive_goods(request: HttpRequest, stock_id: UUID, receipt: ReceiptEntry) -> Any:
    """Receive goods at what they cost. The key must be one that may see costs."""
    caller = caller_of(request)
    row = _record(request, stock_id)
    queries.demand_cost(caller.member)
    new = actions.NewReceipt(**receipt.model_dump())
    actions.receive_goods(stock_item=row, new=new, actor=caller.actor, at=caller.at)
    return _shape(request, _record(request, stock_id))


@writes(router, "/stock/{uuid:stock_id}/receipts/{uuid:move_id}/reverse", needs=_EDIT, gives=Stock)
def reverse_receipt(request: HttpRequest, stock_id: UUID, move_id: UUID, entry: ReversalEntry) -> Any:
    """Take a receipt back that was entered wrong: exactly it, once. The key must be one that may see costs."""
    caller = caller_of(request)
    row = _record(request, stock_id)
    queries.demand_cost(caller.member)
    move = found(queries.receipt_of(row, move_id))
    actions.reverse_receipt(move=move, reason=entry.reason, actor=caller.actor, at=caller.at)
    return _shape(request, _record(request, stock_id))


@writes(router, "/stock/{uuid:stock_id}/counts", needs=_EDIT, gives=Stock, status=201)
def count_stock(request: HttpRequest, stock_id: UUID, count: CountEntry) -> Any:
    """Say how many there are; the difference is booked. Only a key that may see costs says what one is worth."""
    caller = caller_of(request)
    row = _record(request, stock_id)
    if count.unit_cost_minor is not None:
        queries.demand_cost(caller.member)
    new = actions.NewCount(**count.model_dump())
    actions.count_stock(stock_item=row, new=new, actor=caller.actor, at=caller.at)
    return _shape(request, _record(request, stock_id))


def _record(request: HttpRequest, stock_id: UUID) -> Any:
    return found(queries.stock_item_for(caller_of(request).member, stock_id))


def _shape(request: HttpRequest, row: Any) -> Stock:
    sees_cost = caller_of(request).may(_COST)
    return Stock(
        id=row.id, item_id=row.item_id, item_name=row.item.name, legal_entity_id=row.legal_entity_id,
        currency=row.currency, quantity=row.quantity, value_minor=row.value_minor if sees_cost else None,
        average_cost_minor=row.average_minor if sees_cost else None, reorder_level=row.reorder_level,
        may_go_below_zero=row.may_go_below_zero, is_kept=row.is_kept, move_count=row.move_count,
        changed_at=row.changed_at,
    )  # fmt: skip
