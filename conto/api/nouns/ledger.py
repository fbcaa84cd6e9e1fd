"""The ledger: accounts with their balances, and the journal."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api import paging
from conto.api.fields import Day, Id, Instant, Minor
from conto.api.operations import noun, reads
from conto.api.reading import found
from conto.apps.accounts import queries as accounts
from conto.apps.ledger import queries
from conto.domain.permissions import Permission

router = noun("Ledger")
_VIEW = Permission.LEDGER_VIEW


@dataclass(frozen=True, slots=True)
class Account:
    """An account with what was debited and credited."""

    id: Id
    code: Annotated[str, Field(examples=["1200"])]
    name: Annotated[str, Field(examples=["Receivables"])]
    role: Annotated[str, Field(examples=["receivable"])]
    kind: Annotated[str, Field(examples=["asset"])]
    debit_minor: Minor
    credit_minor: Minor
    balance_minor: Minor


@dataclass(frozen=True, slots=True)
class Transfer:
    """A line of an entry: an amount from the credited to the debited account."""

    debit_code: Annotated[str, Field(examples=["1200"])]
    debit_name: str
    credit_code: Annotated[str, Field(examples=["4000"])]
    credit_name: str
    amount_minor: Minor
    tax_category: str | None
    tax_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the journal. It never changes; it can be reversed."""

    id: Id
    dated_on: Day
    at: Instant
    kind: Annotated[str, Field(examples=["invoice_issued"])]
    subject_id: Id
    memo: Annotated[str, Field(examples=["INV-2026-00042"])]
    currency: Annotated[str, Field(examples=["EUR"])]
    customer_id: UUID | None
    transfers: list[Transfer]


class OfSeller(BaseModel):
    """Whose books are read."""

    legal_entity_id: Annotated[UUID | None, Field(description="Nothing: the default seller.")] = None


class BalanceFilters(OfSeller):
    """Which balances are read."""

    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$", description="Empty: the seller's.")] = ""
    until: date | None = None


class EntryFilters(paging.Paged, OfSeller):
    """Which entries a list shows."""

    since: date | None = None
    until: date | None = None


@reads(router, "/ledger/accounts", needs=_VIEW, gives=list[Account])
def list_accounts(request: HttpRequest, filters: Query[BalanceFilters]) -> Any:
    """List the accounts with their balances; debits and credits of all are equal."""
    del request
    entity = seller(filters.legal_entity_id)
    rows = queries.trial_balance(entity, filters.currency or entity.currency, filters.until)
    return [
        Account(row.id, row.code, row.name, row.role, row.kind, row.debit_minor, row.credit_minor, row.balance_minor)
        for row in rows
    ]


def seller(wanted: UUID | None) -> Any:
    """Return the seller whose books are read."""
    entities = accounts.legal_entities()
    return found((entities.filter(id=wanted) if wanted else entities).first())


@reads(router, "/ledger/entries", needs=_VIEW, gives=paging.Page[Entry])
def list_entries(request: HttpRequest, filters: Query[EntryFilters]) -> Any:
    """List the entries of the journal, the latest first."""
    del request
    before = None
    if filters.cursor:
        day, entry_id = paging.read(filters.cursor, date.fromisoformat, UUID)
        before = (day, entry_id)
    rows = queries.journal(
        seller(filters.legal_entity_id),
        since=filters.since,
        until=filters.until,
        before=before,
        limit=filters.limit + 1,
    )
    shown = rows[: filters.limit]
    more = paging.written([shown[-1].dated_on.isoformat(), shown[-1].id]) if len(rows) > len(shown) else None
    return paging.Page([_entry(row) for row in shown], more)


def _entry(row: queries.JournalEntry) -> Entry:
    transfers = [
        Transfer(
            t.debit_code, t.debit_name, t.credit_code, t.credit_name, t.amount_minor, t.tax_category, t.tax_rate
        )
        for t in row.transfers
    ]  # fmt: skip
    return Entry(
        row.id, row.dated_on, row.at, row.kind, row.subject_id, row.memo, row.currency, row.customer_id, transfers
    )
