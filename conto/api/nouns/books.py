"""The books: tax report, receivables, one account with its movements, and the closing date."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Id, Instant, Minor
from conto.api.nouns.ledger import OfSeller, seller
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.accounts import queries as accounts
from conto.apps.invoicing.queries import ageing, tax_report
from conto.apps.ledger import actions, queries
from conto.domain.permissions import Permission

router = noun("Ledger")
_VIEW = Permission.LEDGER_VIEW
Category = Annotated[str, Field(description="Code of UNCL 5305.", examples=["S"])]
Rate = Annotated[Decimal, Field(examples=["19"])]


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A line of the tax report."""

    currency: Currency
    country: Annotated[str, Field(examples=["DE"])]
    category: Category
    rate: Rate
    taxable_minor: Minor
    tax_minor: Minor
    entries: Annotated[int, Field(description="How many entries of the journal it is made of.", examples=[12])]


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What a currency adds up to."""

    currency: Currency
    taxable_minor: Minor
    tax_minor: Minor


@dataclass(frozen=True, slots=True)
class TaxReport:
    """Taxable amounts and tax of a span of days, from the ledger's transfers."""

    since: Day
    until: Day
    is_closed: Annotated[bool, Field(description="Whether the books are closed up to its end.")]
    lines: list[TaxLine]
    sums: list[TaxSum]


@dataclass(frozen=True, slots=True)
class TaxMove:
    """What one entry of the journal contributes to a line of the tax report."""

    entry_id: Id
    dated_on: Day
    kind: Annotated[str, Field(examples=["invoice_issued"])]
    document_id: UUID | None
    number: Annotated[str, Field(examples=["INV-2026-00042"])]
    customer_id: UUID | None
    customer_name: str
    taxable_minor: Minor
    tax_minor: Minor


@dataclass(frozen=True, slots=True)
class EuSale:
    """What one customer in another EU country was supplied without tax."""

    currency: Currency
    country: Annotated[str, Field(examples=["FR"])]
    vat_number: Annotated[str, Field(examples=["FR40303265045"])]
    name: str
    goods_minor: Minor
    services_minor: Minor


@dataclass(frozen=True, slots=True)
class Aged:
    """What is open at the end of a day by how late it is, and the credit that is left."""

    currency: Currency
    not_due_minor: Minor
    late_1_30_minor: Minor
    late_31_60_minor: Minor
    late_61_90_minor: Minor
    late_over_90_minor: Minor
    open_minor: Minor
    credit_minor: Minor


@dataclass(frozen=True, slots=True)
class AgedCustomer:
    """A customer's line of the receivables."""

    customer_id: Id
    name: str
    aged: Aged


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of an account, with the account's balance after it."""

    entry_id: Id
    dated_on: Day
    kind: Annotated[str, Field(examples=["invoice_issued"])]
    subject_id: Id
    memo: Annotated[str, Field(examples=["INV-2026-00042"])]
    customer_id: UUID | None
    customer_name: str
    signed_minor: Annotated[Minor, Field(description="Debits less credits.")]
    balance_minor: Minor


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account with its number and name."""

    id: Id
    code: Annotated[str, Field(examples=["1200"])]
    name: Annotated[str, Field(examples=["Receivables"])]
    role: Annotated[str, Field(examples=["receivable"])]
    currency: Currency


@dataclass(frozen=True, slots=True)
class Closing:
    """A step of the closing date."""

    id: Id
    kind: Annotated[Literal["closed", "reopened"], Field(examples=["closed"])]
    closed_until: Annotated[date | None, Field(description="The last closed day; null: all is open.")]
    at: Instant
    actor_name: str
    reason: str
    sha256: Annotated[str, Field(description="Hash of this step and the one before it.", examples=["9f2c…"])]


class SpanFilters(OfSeller):
    """Which days are reported, both counted in."""

    since: Annotated[date | None, Field(description="Nothing: the first of January.")] = None
    until: Annotated[date | None, Field(description="Nothing: today.")] = None

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day."""
        until = self.until or today
        return self.since or until.replace(month=1, day=1), until


class MoveFilters(paging.Paged, SpanFilters):
    """Of which line of the report the entries are listed."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    country: Annotated[str, Field(max_length=10, description="As the line has it.")] = ""
    category: Annotated[str, Field(min_length=1, max_length=3)]
    rate: Annotated[Decimal, Field(ge=0, le=100, max_digits=8, decimal_places=4, allow_inf_nan=False)]


class OnFilters(OfSeller):
    """At the end of which day."""

    on: Annotated[date | None, Field(description="Nothing: today.")] = None


class AgedFilters(paging.Paged, OnFilters):
    """Which customers a list shows."""


class MovementFilters(paging.Paged, OfSeller):
    """Which movements a list shows."""

    since: date | None = None
    until: date | None = None


class ClosingFilters(paging.Paged, OfSeller):
    """Which steps a list shows."""


class AccountChange(Entry):
    """Number and name of an account, in every currency of its seller."""

    code: Annotated[str, Field(min_length=1, max_length=20, examples=["1400"])]
    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Receivables"])]


class CloseEntry(Entry):
    """Up to which day the books are closed, that day included."""

    until: Day
    legal_entity_id: Annotated[Id | None, Field(description="Nothing: the default seller.", examples=[None])] = None


class ReopenEntry(Entry):
    """What stays closed, and why the rest is opened again."""

    until: Annotated[Day | None, Field(description="Nothing: all is opened.", examples=[None])] = None
    reason: Annotated[str, Field(min_length=1, max_length=300, examples=["An invoice of September was missing"])]
    legal_entity_id: Annotated[Id | None, Field(description="Nothing: the default seller.", examples=[None])] = None


@reads(router, "/ledger/tax-report", needs=_VIEW, gives=TaxReport)
def get_tax_report(request: HttpRequest, filters: Query[SpanFilters]) -> Any:
    """Get taxable amounts and tax of a span per country, category and rate; they equal the ledger."""
    entity = seller(filters.legal_entity_id)
    since, until = filters.days(caller_of(request).today)
    rows = tax_report.tax_rows(entity, since, until)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        sums[row.currency][0] += row.taxable_minor
        sums[row.currency][1] += row.tax_minor
    closed = queries.closed_until(entity.id)
    return TaxReport(
        since,
        until,
        closed is not None and until <= closed,
        [
            TaxLine(
                row.currency, row.country, row.category, row.rate, row.taxable_minor, row.tax_minor, row.entry_count
            )
            for row in rows
        ],
        [TaxSum(currency, *both) for currency, both in sums.items()],
    )  # fmt: skip


@reads(router, "/ledger/tax-report/entries", needs=_VIEW, gives=paging.Page[TaxMove])
def list_tax_entries(request: HttpRequest, filters: Query[MoveFilters]) -> Any:
    """List the entries that a line of the tax report is made of, the earliest first; they add up to it."""
    line = tax_report.TaxRow(filters.currency, filters.country, filters.category, filters.rate, 0, 0, 0)
    page = tax_report.tax_moves(
        seller(filters.legal_entity_id),
        *filters.days(caller_of(request).today),
        row=line,
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [
        TaxMove(
            row.entry_id, row.dated_on, row.kind, row.document_id, row.number, row.customer_id, row.customer_name,
            row.taxable_minor, row.tax_minor,
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/ledger/eu-sales", needs=_VIEW, gives=list[EuSale])
def list_eu_sales(request: HttpRequest, filters: Query[SpanFilters]) -> Any:
    """List supplies without tax to other EU countries per VAT number: the recapitulative statement."""
    days = filters.days(caller_of(request).today)
    return [
        EuSale(row.currency, row.country, row.vat_number, row.name, row.goods_minor, row.services_minor)
        for row in tax_report.eu_sales(seller(filters.legal_entity_id), *days)
    ]


@reads(router, "/ledger/receivables", needs=_VIEW, gives=paging.Page[AgedCustomer])
def list_receivables(request: HttpRequest, filters: Query[AgedFilters]) -> Any:
    """List customers with open documents or credit at the end of a day, by name."""
    page = ageing.aged_customers(
        seller(filters.legal_entity_id),
        filters.on or caller_of(request).today,
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [AgedCustomer(row.customer_id, row.name, _aged(row.aged)) for row in page.rows]
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/ledger/receivables/sums", needs=_VIEW, gives=list[Aged])
def list_receivable_sums(request: HttpRequest, filters: Query[OnFilters]) -> Any:
    """List what all customers owe at the end of a day, by currency; it is the balance of the control account."""
    on = filters.on or caller_of(request).today
    return [_aged(row) for row in ageing.aged_totals(seller(filters.legal_entity_id), on)]


def _aged(row: ageing.Aged) -> Aged:
    not_due, to_30, to_60, to_90, over_90 = row.columns
    return Aged(row.currency, not_due, to_30, to_60, to_90, over_90, row.open_minor, row.credit_minor)


@reads(router, "/ledger/accounts/{uuid:ledger_account_id}/movements", needs=_VIEW, gives=paging.Page[Movement])
def list_movements(request: HttpRequest, ledger_account_id: UUID, filters: Query[MovementFilters]) -> Any:
    """List the movements of an account, the latest first, each with the balance after it."""
    del request
    account = _account(filters.legal_entity_id, ledger_account_id)
    place = None
    if filters.cursor:
        place = queries.PostingPlace(*paging.read(filters.cursor, date.fromisoformat, UUID, int))
    rows, more = queries.account_postings(
        account,
        since=filters.since or date.min,
        until=filters.until or date.max,
        place=place,
        limit=filters.limit,
    )
    shown = [
        Movement(
            row.entry_id, row.dated_on, row.kind, row.subject_id, row.memo, row.customer_id, row.customer_name,
            row.signed_minor, row.balance_minor,
        )
        for row in rows
    ]  # fmt: skip
    after = paging.written([more.dated_on.isoformat(), more.entry_id, more.balance_minor]) if more else None
    return paging.Page(shown, after)


def _account(entity_id: UUID | None, account_id: UUID) -> Any:
    if entity_id is not None:
        return found(queries.accounts(seller(entity_id)).filter(id=account_id).first())
    for entity in accounts.legal_entities():
        if (row := queries.accounts(entity).filter(id=account_id).first()) is not None:
            return row
    return found(None)


@writes(
    router,
    "/ledger/accounts/{uuid:ledger_account_id}",
    method="PATCH",
    needs=Permission.LEDGER_EDIT,
    gives=NamedAccount,
)
def change_account(request: HttpRequest, ledger_account_id: UUID, names: AccountChange) -> Any:
    """Give an account the number and name that the firm's chart of accounts has for it."""
    caller = caller_of(request)
    actions.change_account(
        account=_account(None, ledger_account_id), code=names.code, name=names.name, actor=caller.actor, at=caller.at
    )
    row = _account(None, ledger_account_id)
    return NamedAccount(row.id, row.code, row.name, row.role, row.currency)


@reads(router, "/ledger/closings", needs=_VIEW, gives=paging.Page[Closing])
def list_closings(request: HttpRequest, filters: Query[ClosingFilters]) -> Any:
    """List every close and reopening, the latest first; the first one says how far the books are closed."""
    del request
    rows = queries.closings(seller(filters.legal_entity_id).id)
    return paging.keyset(rows, filters, by=("ordinal",), kinds=(int,), shape=_closing)


def _closing(row: Any) -> Closing:
    return Closing(row.id, row.kind, row.closed_until, row.at, row.actor_name, row.reason, bytes(row.sha256).hex())


@writes(router, "/ledger/closings", needs=Permission.LEDGER_CLOSE, gives=Closing, status=201)
def close_period(request: HttpRequest, close: CloseEntry) -> Any:
    """Close the books up to a day: nothing dated up to it can come or go any more."""
    caller = caller_of(request)
    entity = seller(close.legal_entity_id)
    return _closing(actions.close_period(legal_entity=entity, until=close.until, actor=caller.actor, at=caller.at))


@writes(router, "/ledger/reopenings", needs=Permission.LEDGER_REOPEN, gives=Closing, status=201)
def reopen_period(request: HttpRequest, how: ReopenEntry) -> Any:
    """Open closed days again; the reason is kept for ever."""
    caller = caller_of(request)
    made = actions.reopen_period(
        legal_entity=seller(how.legal_entity_id), until=how.until, reason=how.reason, actor=caller.actor, at=caller.at
    )
    return _closing(made)
