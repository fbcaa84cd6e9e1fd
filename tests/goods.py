"""Goods for tests, made by the real actions."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.accounts.models import LegalEntity
from conto.apps.bulk.invariants import ask
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.catalog.models import Item
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.actions import LineEntry
from conto.apps.invoicing.entries import CreditPart
from conto.apps.stock import actions as stock
from conto.apps.stock.models import StockItem, StockMove
from conto.apps.stock.queries.invariants import INVARIANTS
from conto.domain.facts import SYSTEM
from conto.flows import issue_document
from tests.scene import NOW, TODAY, Scene, line

ASKED_OF_STOCK = {
    "stock": ["?view=low", "?view=below", "?view=ended"],
    "stock_file": ["?view=low"],
    "margin": ["?by=customer&since=2026-01-01&until=2026-12-31", "?since=2020-01-01&until=2020-02-01"],
    "margin_file": ["?by=customer"],
}


def product(name: str = "Desk lamp", **more: Any) -> Item:
    """Add a product."""
    return catalog.add_item(new=NewItem(name=name, kind="product", supply="goods", **more), actor=SYSTEM, at=NOW)


def kept(item: Item, seller: LegalEntity, quantity: str = "", cost_minor: int = 0, **more: Any) -> StockItem:
    """Keep stock of an item, with something on hand."""
    row = stock.begin_stock(item=item, legal_entity=seller, actor=SYSTEM, at=NOW, **more)
    if quantity:
        received(row, quantity, cost_minor)
    return now(row)


def received(row: StockItem, quantity: str, cost_minor: int, on: date = TODAY, **more: Any) -> StockMove:
    """Receive goods."""
    new = stock.NewReceipt(quantity=Decimal(quantity), cost_minor=cost_minor, received_on=on, **more)
    return stock.receive_goods(stock_item=row, new=new, actor=SYSTEM, at=NOW)


def counted(row: StockItem, quantity: str, unit_cost: str | None = None, reason: str = "Stocktake") -> StockMove | None:
    """Count."""
    cost = None if unit_cost is None else Decimal(unit_cost)
    new = stock.NewCount(quantity=Decimal(quantity), reason=reason, counted_on=TODAY, unit_cost_minor=cost)
    return stock.count_stock(stock_item=row, new=new, actor=SYSTEM, at=NOW)


def sold(item: Item, quantity: str = "1", price: str = "15") -> LineEntry:
    """Write a line that sells an item."""
    return line(price, quantity, item.name, item_id=item.id, supply="goods")


def now(row: StockItem) -> StockItem:
    """Read what is on hand anew."""
    return StockItem.objects.get(id=row.id)


def standing(row: StockItem) -> tuple[Decimal, int]:
    """Return how many are on hand and what they are worth."""
    again = now(row)
    return again.quantity.normalize() + 0, again.value_minor


def moves(row: StockItem) -> list[tuple[str, Decimal, int]]:
    """Return the moves as kind, quantity and value."""
    return [(move.kind, move.quantity.normalize() + 0, move.value_minor) for move in row.moves.order_by("ordinal")]


def breaches() -> list[str]:
    """Return what is not in order."""
    return [each for invariant in INVARIANTS for each in ask(invariant).shown]


def shop(scene: Scene, quantity: str = "10", cost_minor: int = 10000, **more: Any) -> tuple[Item, StockItem]:
    """Keep stock of one product."""
    item = product()
    return item, kept(item, scene.seller, quantity, cost_minor, **more)


def busy_shop(scene: Scene) -> dict[str, UUID]:
    """Let goods come and go in every way, and return the ids of what a page can show."""
    item, row = shop(scene, "10", 10000, reorder_level=Decimal(20))
    received(row, "5", 6500, reference="LS-77")
    invoice = scene.issued(sold(item, "3", "21"))
    parts = {1: CreditPart(quantity=Decimal(1))}
    draft = invoicing.draft_credit_note(document=invoice, parts=parts, reason="Returned", actor=SYSTEM, at=NOW)
    issue_document.issue(draft=draft, actor=SYSTEM, at=NOW)
    counted(row, "12", reason="One broken")
    below = kept(product("Torch", cost=Decimal(3)), scene.seller)
    scene.issued(sold(below.item, "2", "22"))
    received(below, "3", 1000)
    strict = kept(product("Globe"), scene.seller, "4", 4000, may_go_below_zero=False)
    counted(strict, "5", "900")
    twice = received(row, "2", 2600, reference="LS-78")
    stock.reverse_receipt(move=twice, reason="Entered twice", actor=SYSTEM, at=NOW)
    return {"item_id": item.id, "invoice_id": invoice.id, "stock_id": row.id}


def stocked(item: Item, seller: LegalEntity) -> dict[str, UUID]:
    """Keep stock of another product beside an item, with a receipt and a count, and return the ids of both."""
    other = product(f"{item.name} in a box", cost=Decimal(4))
    row = kept(other, seller, reorder_level=Decimal(20))
    receipt = received(row, "10", 5000, on=date(2026, 11, 20), reference="LS-1")
    new = stock.NewCount(quantity=Decimal(9), reason="One broken", counted_on=date(2026, 11, 20))
    stock.count_stock(stock_item=row, new=new, actor=SYSTEM, at=NOW)
    return {"stock_id": row.id, "move_id": receipt.id}
