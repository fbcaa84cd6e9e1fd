"""Reads of the ledger."""

from conto.apps.ledger.queries.accounts import (
    AccountBalance,
    JournalEntry,
    JournalTransfer,
    PostedTransfer,
    charts,
    journal,
    transfers_of_entry,
    trial_balance,
)
from conto.apps.ledger.queries.closing import (
    closed_days,
    closed_until,
    closings,
    first_open_day,
    last_closing,
    standing_closes,
)
from conto.apps.ledger.queries.customers import (
    Balance,
    CustomerPosting,
    Statement,
    customer_balances,
    customer_postings,
    statement,
)
from conto.apps.ledger.queries.folio import Amounts, Movements, movements
from conto.apps.ledger.queries.items import (
    CurrencyTotal,
    open_by_document,
    open_items,
    open_minor,
    open_of_customer,
    totals_by_currency,
)

__all__ = [
    "AccountBalance",
    "Amounts",
    "Balance",
    "CurrencyTotal",
    "CustomerPosting",
    "JournalEntry",
    "JournalTransfer",
    "Movements",
    "PostedTransfer",
    "Statement",
    "charts",
    "closed_days",
    "closed_until",
    "closings",
    "customer_balances",
    "customer_postings",
    "first_open_day",
    "journal",
    "last_closing",
    "movements",
    "open_by_document",
    "open_items",
    "open_minor",
    "open_of_customer",
    "standing_closes",
    "statement",
    "totals_by_currency",
    "transfers_of_entry",
    "trial_balance",
]
