"""Items and their prices."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Id, Instant, Name, Number, Words
from conto.api.operations import Match, noun, reads, writes
from conto.api.reading import found, given, lock
from conto.apps.catalog import actions as catalog
from conto.apps.catalog import queries
from conto.apps.catalog.entry import NewItem
from conto.domain.permissions import Permission

router = noun("Items")
_EDIT = Permission.ITEM_EDIT
Supply = Literal["goods", "services", "digital"]
RateClass = Literal["standard", "reduced", "reduced2", "super_reduced", "zero", "exempt"]
Unit = Annotated[
    str, Field(description="Unit by UN/ECE Recommendation 20.", pattern="^[A-Z0-9]{2,3}$", examples=["HUR"])
]
Code = Annotated[str, Field(max_length=40, examples=["DAY"])]


@dataclass(frozen=True, slots=True)
class Price:
    """A price and the days it holds: from the first up to, but not with, the second."""

    currency: Currency
    amount: Annotated[Decimal, Field(description="Of one unit, in major units.", json_schema_extra={"type": "string"})]
    price_mode: Annotated[str, Field(examples=["net"])]
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """An item in a list, with its price of the day."""

    id: Id
    kind: Annotated[str, Field(examples=["service"])]
    code: str
    name: Annotated[str, Field(examples=["Design day"])]
    unit_code: Annotated[str, Field(examples=["DAY"])]
    supply: Annotated[str, Field(examples=["services"])]
    rate_class: Annotated[str, Field(examples=["standard"])]
    price: Decimal | None
    price_mode: str
    changed_at: Instant
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemText:
    """The words of an item in another language."""

    language: Annotated[str, Field(examples=["fr"])]
    name: Annotated[str, Field(examples=["Journée de conception"])]
    description: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is sold, with all its prices."""

    id: Id
    kind: Annotated[str, Field(examples=["service"])]
    code: str
    name: Annotated[str, Field(examples=["Design day"])]
    description: str
    unit_code: Annotated[str, Field(examples=["DAY"])]
    supply: Annotated[str, Field(examples=["services"])]
    rate_class: Annotated[str, Field(examples=["standard"])]
    cost: Annotated[Decimal | None, Field(description="Null as well for a key that may not see costs.")]
    prices: list[Price]
    texts: list[ItemText]
    changed_at: Instant
    archived_at: datetime | None


class ItemFields(Entry):
    """The fields of an item."""

    kind: Literal["product", "service"] = "service"
    code: Code = ""
    description: Words = ""
    unit_code: Unit = "C62"
    supply: Supply = "services"
    rate_class: RateClass = "standard"
    cost: Number | None = None


class ItemEntry(ItemFields):
    """A new item. Only the name is needed."""

    name: Name


class ItemChange(ItemFields):
    """What changes of an item; what is left out stays."""

    name: Name = "-"


class PriceEntry(Entry):
    """What one unit costs from a day on."""

    currency: Currency
    amount: Number
    valid_from: Day
    price_mode: Literal["net", "gross"] = "net"


class ItemTextEntry(Entry):
    """Words for documents in another language; an empty name removes them."""

    name: Annotated[str, Field(max_length=200, examples=["Journée de conception"])]
    description: Words = ""


class ItemFilters(paging.Paged):
    """Which items a list shows."""

    q: Annotated[str, Field(max_length=100)] = ""
    kind: Literal["", "product", "service"] = ""
    archived: Annotated[bool, Field(description="The archived ones instead.")] = False
    currency: Annotated[
        str, Field(description="Of the price column. Empty: the business's.", pattern="^([A-Z]{3})?$")
    ] = ""


@reads(router, "/items", needs=Permission.ITEM_VIEW, gives=paging.Page[ItemSummary])
def list_items(request: HttpRequest, filters: Query[ItemFilters]) -> Any:
    """List items by name, each with its price of today."""
    caller = caller_of(request)
    cursor = None
    if filters.cursor:
        key, row_id = paging.read(filters.cursor, str, UUID)
        cursor = queries.Cursor(key=key, id=row_id)
    chosen = queries.ItemFilters(
        text=filters.q,
        kind=filters.kind,
        is_archived=filters.archived,
        currency=filters.currency or caller.business.currency,
    )
    page = queries.item_page(caller.member, chosen, caller.today, cursor, filters.limit)
    more = paging.written([page.after.key, page.after.id]) if page.after else None
    rows = [
        ItemSummary(
            row.id, row.kind, row.code, row.name, row.unit_code, row.supply, row.rate_class, row.price, row.price_mode,
            row.changed_at, row.archived_at,
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, more)


@reads(router, "/items/{uuid:item_id}", needs=Permission.ITEM_VIEW, gives=Item, is_record=True)
def get_item(request: HttpRequest, item_id: UUID) -> Any:
    """Get an item with all its prices."""
    return shape_of(request, item_id)


def shape_of(request: HttpRequest, item_id: UUID) -> Item:
    """Return an item as the API gives it."""
    row = record(request, item_id)
    return Item(
        id=row.id, kind=row.kind, code=row.code, name=row.name, description=row.description, unit_code=row.unit_code,
        supply=row.supply, rate_class=row.rate_class,
        cost=row.cost if caller_of(request).may(Permission.ITEM_VIEW_COST) else None,
        prices=[
            Price(each.currency, each.amount, each.price_mode, each.valid_from, each.valid_until)
            for each in queries.price_history(row)
        ],
        texts=[
            ItemText(language, text.name, text.description) for language, text in queries.texts_of(row).items()
        ],
        changed_at=row.changed_at, archived_at=row.archived_at,
    )  # fmt: skip


def record(request: HttpRequest, item_id: UUID) -> Any:
    """Return the item that an operation is about."""
    return found(queries.item_for(caller_of(request).member, item_id))


def _hold(request: HttpRequest, item_id: UUID) -> None:
    lock(queries.items(caller_of(request).member), item_id)


_MATCH = Match(shape_of, _hold)


@writes(router, "/items", needs=_EDIT, gives=Item, status=201)
def add_item(request: HttpRequest, item: ItemEntry) -> Any:
    """Add a product or service."""
    caller = caller_of(request)
    made = catalog.add_item(new=NewItem(**item.model_dump()), actor=caller.actor, at=caller.at)
    return shape_of(request, made.id)


@writes(router, "/items/{uuid:item_id}", method="PATCH", needs=_EDIT, gives=Item, match=_MATCH)
def change_item(request: HttpRequest, item_id: UUID, changes: ItemChange) -> Any:
    """Change an item; what the body leaves out stays."""
    caller = caller_of(request)
    catalog.change_item(item=record(request, item_id), changes=given(changes), actor=caller.actor, at=caller.at)
    return shape_of(request, item_id)


@writes(router, "/items/{uuid:item_id}/archive", needs=_EDIT, gives=Item)
def archive_item(request: HttpRequest, item_id: UUID) -> Any:
    """Offer an item no longer."""
    caller = caller_of(request)
    catalog.archive_item(item=record(request, item_id), actor=caller.actor, at=caller.at)
    return shape_of(request, item_id)


@writes(router, "/items/{uuid:item_id}/restore", needs=_EDIT, gives=Item)
def restore_item(request: HttpRequest, item_id: UUID) -> Any:
    """Offer an archived item again."""
    caller = caller_of(request)
    catalog.restore_item(item=record(request, item_id), actor=caller.actor, at=caller.at)
    return shape_of(request, item_id)


@writes(router, "/items/{uuid:item_id}/prices", needs=_EDIT, gives=Item, status=201)
def set_price(request: HttpRequest, item_id: UUID, price: PriceEntry) -> Any:
    """Say what one unit costs from a day on; the running price ends the day before."""
    caller = caller_of(request)
    catalog.set_price(item=record(request, item_id), **price.model_dump(), actor=caller.actor, at=caller.at)
    return shape_of(request, item_id)


@writes(router, "/items/{uuid:item_id}/texts/{language}", method="PUT", needs=_EDIT, gives=Item)
def set_item_text(request: HttpRequest, item_id: UUID, language: Literal["en", "de", "fr"], text: ItemTextEntry) -> Any:
    """Write an item's words for documents in another language."""
    caller = caller_of(request)
    catalog.set_item_text(
        item=record(request, item_id),
        language=language,
        name=text.name,
        description=text.description,
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of(request, item_id)


@writes(router, "/items/{uuid:item_id}/undo/{uuid:fact_id}", needs=_EDIT, gives=Item)
def undo_item_change(request: HttpRequest, item_id: UUID, fact_id: UUID) -> Any:
    """Take back a change of an item, named by its fact; the undoing is a change of its own."""
    caller = caller_of(request)
    catalog.undo_change(item=record(request, item_id), fact_id=fact_id, actor=caller.actor, at=caller.at)
    return shape_of(request, item_id)
