"""The whole book: search in it, bring orders into it, check it."""

from dataclasses import dataclass
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Id, Instant, Minor
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as catalog
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as invoicing
from conto.domain.orders import Order
from conto.domain.permissions import Permission
from conto.flows import move_clock
from conto.flows.import_orders import check_dates, import_orders
from conto.flows.verify_book import verify

router = noun("Book")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found."""

    kind: Annotated[str, Field(examples=["customer"], json_schema_extra={"enum": ["customer", "document", "item"]})]
    id: Id
    title: Annotated[str, Field(examples=["Müller & Söhne"])]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    invoices: Annotated[int, Field(examples=[120])]
    customers: Annotated[int, Field(examples=[97])]
    payments: Annotated[int, Field(examples=[120])]
    already_there: Annotated[int, Field(examples=[0])]
    total_minor: Minor
    currency: Currency


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the book found."""

    id: Annotated[str, Field(examples=["I09"])]
    words: Annotated[str, Field(examples=["Numbers have no gap"])]
    checked: Annotated[int, Field(examples=[4000])]
    violated: Annotated[int, Field(examples=[0])]
    shown: list[str]


@dataclass(frozen=True, slots=True)
class ClockStep:
    """Where the clock of a sandbox book stands now, and what happened on the way."""

    at: Instant
    share: Annotated[int, Field(description="Of the way, in percent. Below 100: ask again.", examples=[100])]
    happened: Annotated[dict[str, int], Field(examples=[{"mails": 2, "payments": 0, "refunds": 0}])]


class ClockEntry(Entry):
    """Where the clock is moved, forwards only."""

    to: Instant


class Asked(BaseModel):
    """What is searched."""

    q: Annotated[str, Field(min_length=1, max_length=100)]
    limit: Annotated[int, Field(ge=1, le=50)] = 10


class OrderEntry(Entry):
    """An order of a shop. `ref` names it for ever: what is there already is not brought in again."""

    ref: Annotated[str, Field(min_length=1, max_length=100, examples=["1017"])]
    customer_ref: Annotated[str, Field(min_length=1, max_length=100, examples=["C-9"])]
    ordered_on: Day
    quantity: Annotated[int, Field(ge=1, le=1_000_000, strict=True, examples=[2])]
    value_minor: Annotated[Minor, Field(ge=0, description="With tax, in the seller's currency.", examples=[4990])]


class OrdersEntry(Entry):
    """Orders of one shop."""

    source: Annotated[str, Field(pattern="^[a-z0-9_-]{1,40}$", examples=["shop"])]
    orders: Annotated[list[OrderEntry], Field(min_length=1, max_length=5000)]


@reads(router, "/search", needs=Permission.CUSTOMER_VIEW, gives=list[Hit])
def search(request: HttpRequest, asked: Query[Asked]) -> Any:
    """Find customers, documents and items that the key may see."""
    caller = caller_of(request)
    hits = [Hit("customer", row.id, row.name) for row in crm.find(caller.member, asked.q, asked.limit)]
    hits += [
        Hit("document", row.id, row.number)
        for row in invoicing.find_documents(caller.member, asked.q, limit=asked.limit)
    ]
    if caller.may(Permission.ITEM_VIEW):
        offers = catalog.find_items(
            caller.member, asked.q, currency=caller.business.currency, on=caller.today, limit=asked.limit
        )
        hits += [Hit("item", row.id, row.name) for row in offers]
    return hits


@writes(router, "/imports/orders", needs=Permission.IMPORT_RUN, gives=Imported, is_outside=True)
def bring_in_orders(request: HttpRequest, given: OrdersEntry) -> Any:
    """Bring in a shop's orders: customers, one issued invoice each, paid and posted.

    Sending the same orders again adds what is missing and doubles nothing.
    """
    caller = caller_of(request)
    entity = found(accounts.legal_entities().first())
    series = found(invoicing.default_series(entity, "invoice"))
    wanted = sorted((Order(**order.model_dump()) for order in given.orders), key=lambda o: (o.ordered_on, o.ref))
    check_dates(wanted, source=given.source, last_issued_on=invoicing.last_issued_on(series), legal_entity=entity)
    done = import_orders(
        wanted, legal_entity=entity, series=series, source=given.source, actor=caller.actor, at=caller.at
    )
    return Imported(done.invoices, done.customers, done.payments, done.already_there, done.total_minor, done.currency)


@writes(router, "/checks", needs=Permission.BOOK_VERIFY, gives=list[Verdict], is_outside=True)
def check_book(request: HttpRequest) -> Any:
    """Check every rule that must always hold, on every row of the book."""
    del request
    return [Verdict(each.id, each.words, each.checked, each.violated, list(each.shown)) for each in verify()]


@writes(router, "/clock/move", needs=Permission.BOOK_MOVE_CLOCK, gives=ClockStep)
def move_clock_on(request: HttpRequest, way: ClockEntry) -> Any:
    """Move the clock of a sandbox book on by one morning of the way, and let happen what is due there."""
    caller = caller_of(request)
    found(caller.business.is_sandbox or None)
    step = move_clock.move(to=way.to, start=caller.at, actor=caller.actor, at=caller.at)
    return ClockStep(step.at, step.share, dict(step.happened))
