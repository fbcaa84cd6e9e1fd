"""What a customer owes, its statement of account, and its timeline."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Id, Instant, Minor
from conto.api.nouns.customers import record
from conto.api.nouns.facts import Fact, page_of_facts
from conto.api.operations import noun, reads
from conto.apps.audit import queries as audit
from conto.apps.deals import queries as deals
from conto.apps.ledger import queries as ledger
from conto.domain.permissions import Permission

router = noun("Customers")


@dataclass(frozen=True, slots=True)
class Balance:
    """What a customer owes and what it has as credit, in one currency."""

    currency: Currency
    owed_minor: Minor
    credit_minor: Minor
    net_minor: Minor


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What moved a customer's balance."""

    entry_id: Id
    dated_on: Day
    at: Instant
    kind: Annotated[str, Field(examples=["invoice_issued"])]
    subject_id: Id
    effect_minor: Minor
    balance_minor: Minor
    memo: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's account in one currency over a span of days."""

    currency: Currency
    since: date | None
    until: Day
    opening_minor: Minor
    closing_minor: Minor
    lines: list[StatementLine]


class Span(BaseModel):
    """Which days and currency a statement has."""

    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$", description="Empty: the customer's.")] = ""
    since: date | None = None
    until: Annotated[date | None, Field(description="Nothing: today.")] = None


@reads(router, "/customers/{uuid:customer_id}/balances", needs=Permission.PAYMENT_VIEW, gives=list[Balance])
def get_customer_balances(request: HttpRequest, customer_id: UUID) -> Any:
    """Get what a customer owes, per currency."""
    row = record(request, customer_id)
    known = ledger.customer_balances([row.id]).get(row.id, {})
    return [Balance(currency, each.owed_minor, each.credit_minor, each.net_minor) for currency, each in known.items()]


@reads(router, "/customers/{uuid:customer_id}/statement", needs=Permission.PAYMENT_VIEW, gives=Statement)
def get_statement(request: HttpRequest, customer_id: UUID, span: Query[Span]) -> Any:
    """Get a customer's statement of account."""
    row = record(request, customer_id)
    until = span.until or caller_of(request).today
    told = ledger.statement(row.id, currency=span.currency or row.currency, as_of=until, since=span.since)
    lines = [
        StatementLine(p.entry_id, p.dated_on, p.at, p.kind, p.subject_id, p.effect_minor, p.balance_minor, p.memo)
        for p in told.postings
    ]
    return Statement(told.currency, told.since, told.until, told.opening_minor, told.closing_minor, lines)


@reads(router, "/customers/{uuid:customer_id}/timeline", needs=Permission.CUSTOMER_VIEW, gives=paging.Page[Fact])
def get_timeline(request: HttpRequest, customer_id: UUID, page: Query[paging.Paged]) -> Any:
    """Get what happened with a customer, the latest first.

    Facts about money are left out for a key that may not see invoices.
    """
    caller = caller_of(request)
    row = record(request, customer_id)
    rows = audit.facts_of_customer(row.id)
    if not caller.may(Permission.INVOICE_VIEW):
        rows = audit.without_papers(rows)
    return page_of_facts(request, deals.facts_seen(caller.member, rows, row.id), page)
