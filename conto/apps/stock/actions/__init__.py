"""Writes of stock."""

from conto.apps.stock.actions.documents import NOTHING, Moved, move_goods, store_moves
from conto.apps.stock.actions.keeping import (
    begin_stock,
    change_stock,
    count_stock,
    end_stock,
    rebuild_stock,
    receive_goods,
    reverse_receipt,
)
from conto.apps.stock.entries import NewCount, NewReceipt, SoldDocument, SoldLine

__all__ = [
    "NOTHING",
    "Moved",
    "NewCount",
    "NewReceipt",
    "SoldDocument",
    "SoldLine",
    "begin_stock",
    "change_stock",
    "count_stock",
    "end_stock",
    "move_goods",
    "rebuild_stock",
    "receive_goods",
    "reverse_receipt",
    "store_moves",
]
