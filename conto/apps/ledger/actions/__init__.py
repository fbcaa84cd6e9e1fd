"""Writes of the ledger: accounts, entries and their reversals, closings. Append-only."""

from conto.apps.ledger.actions.closing import close_period, reopen_period
from conto.apps.ledger.actions.items import rebuild_open_items
from conto.apps.ledger.actions.naming import change_account
from conto.apps.ledger.actions.posting import (
    STANDARD_CHART,
    STOCK_CHART,
    NewEntry,
    open_accounts,
    open_stock_accounts,
    post,
    post_many,
    reverse,
)

__all__ = [
    "STANDARD_CHART",
    "STOCK_CHART",
    "NewEntry",
    "change_account",
    "close_period",
    "open_accounts",
    "open_stock_accounts",
    "post",
    "post_many",
    "rebuild_open_items",
    "reopen_period",
    "reverse",
]
