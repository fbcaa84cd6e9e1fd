"""Repeating invoices: agreed once, made on their days; what comes of them and what they made."""

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import Caller, caller_of
from conto.api.fields import Count, Currency, Day, Entry, Flag, Id, Instant, Language, Minor, Number, Short, Words
from conto.api.nouns import lines as parts
from conto.api.nouns.lines import AllowanceGiven, LinesGiven
from conto.api.operations import noun, reads, writes
from conto.api.problem import words_of
from conto.api.reading import found, given
from conto.apps.crm import queries as crm
from conto.apps.repeats import actions, queries
from conto.apps.repeats.entries import HEAD, Agreed
from conto.apps.repeats.queries import StateFilter
from conto.domain.errors import NotAllowed, RuleBroken
from conto.domain.period import Interval
from conto.domain.permissions import Permission
from conto.domain.repeat import MOST_EVERY, MOST_INVOICES, Covers, Does

router = noun("Repeating invoices")
_VIEW, _DRAFT = Permission.INVOICE_VIEW, Permission.INVOICE_DRAFT
_NEEDED = {
    "draft": (),
    "issue": (Permission.INVOICE_ISSUE,),
    "send": (Permission.INVOICE_ISSUE, Permission.INVOICE_SEND),
}
IntervalWord = Literal["week", "month", "year"]
CoversWord = Literal["ahead", "behind", "calendar"]
DoesWord = Literal["draft", "issue", "send"]
Title = Annotated[str, Field(min_length=1, max_length=200, examples=["Retainer"])]
Every = Annotated[int, Field(ge=1, le=MOST_EVERY, examples=[1])]
Most = Annotated[int | None, Field(ge=1, le=MOST_INVOICES, description="It ends after so many invoices.")]
LastDay = Annotated[Day | None, Field(description="It ends with this day.")]
State = Annotated[str, Field(examples=["active"], json_schema_extra={"enum": ["active", "held", "paused", "ended"]})]


@dataclass(frozen=True, slots=True)
class RepeatSummary:
    """A repeating invoice in a list."""

    id: Id
    title: str
    customer_id: Id
    customer_name: str
    state: State
    next_on: Annotated[date | None, Field(description="Null: it is over.")]
    made_count: Annotated[int, Field(examples=[3])]


@dataclass(frozen=True, slots=True)
class RepeatLine:
    """A line that is agreed; words in braces are replaced on each invoice."""

    item_id: UUID | None
    name: Annotated[str, Field(examples=["Support {month} {year}"])]
    description: str
    quantity: Decimal
    unit_code: Annotated[str, Field(examples=["MON"])]
    unit_price: Annotated[Decimal, Field(description="In major units, in the price mode agreed.")]
    base_quantity: Decimal
    allowance_percent: Decimal
    allowance_minor: Minor
    supply: Annotated[str, Field(examples=["services"])]
    rate_class: Annotated[str, Field(examples=["standard"])]


@dataclass(frozen=True, slots=True)
class RepeatAllowance:
    """A discount or charge on the whole of each invoice."""

    reason: str
    percent: Decimal | None
    amount_minor: int | None
    is_charge: bool


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeating invoice with what is agreed now."""

    id: Id
    version: Annotated[int, Field(examples=[1])]
    title: str
    customer_id: Id
    legal_entity_id: Id
    state: State
    held_for: Annotated[str, Field(description="Why the next one could not be made; empty: nothing holds it.")]
    unsent_count: Annotated[int, Field(description="How many were issued and could not be sent.", examples=[0])]
    next_on: date | None
    made_count: int
    last_made_on: date | None
    interval: Annotated[str, Field(examples=["month"])]
    every: int
    anchor_on: Annotated[Day, Field(description="The day that its days hang on.")]
    ends_on: date | None
    most_invoices: int | None
    covers: Annotated[str, Field(examples=["ahead"])]
    does: Annotated[str, Field(examples=["draft"])]
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    language: Language
    terms_days: int
    early_discount_percent: Decimal | None
    early_discount_days: int | None
    buyer_reference: str
    order_reference: str
    contract_reference: str
    intro: str
    notes: str
    lines: list[RepeatLine]
    allowances: list[RepeatAllowance]
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class ComingInvoice:
    """An invoice that comes, computed as on its day."""

    ordinal: Annotated[int, Field(examples=[4])]
    due_on: Day
    period_start_on: Day
    period_end_on: Annotated[Day, Field(description="The last day that it is about.")]
    currency: Currency
    net_minor: int | None
    payable_minor: Annotated[int | None, Field(description="Null: it cannot be computed; `problem` says why.")]
    problem: str


@dataclass(frozen=True, slots=True)
class MadeInvoice:
    """An invoice that a day made."""

    ordinal: int
    due_on: Day
    version: Annotated[int, Field(description="Which version made it.", examples=[1])]
    document_id: Annotated[UUID, Field(description="Of the draft, and of the document once it is issued.")]
    number: Annotated[str, Field(description="Empty: not issued.")]
    is_draft: bool
    is_gone: Annotated[bool, Field(description="Somebody discarded its draft.")]
    payable_minor: Minor
    sending: Annotated[
        str,
        Field(examples=["sent"], json_schema_extra={"enum": ["", "waiting", "sent", "refused", "settled"]}),
    ]


class RepeatFields(Entry):
    """What can be agreed. Words in braces, such as {month} {year} {period}, are replaced on each invoice."""

    interval: IntervalWord = "month"
    every: Every = 1
    is_month_end: Annotated[Flag, Field(description="Its days are the last of their months.")] = False
    ends_on: LastDay = None
    most_invoices: Most = None
    covers: CoversWord = "ahead"
    does: Annotated[DoesWord, Field(description="`issue` needs `invoice:issue`, `send` needs `invoice:send` too.")] = (
        "draft"
    )
    price_mode: Literal["net", "gross"] = "net"
    language: Language | None = None
    terms_days: Annotated[Count | None, Field(le=365)] = None
    early_discount_percent: Number | None = None
    early_discount_days: Annotated[Count | None, Field(le=365)] = None
    buyer_reference: Short = ""
    order_reference: Short = ""
    contract_reference: Short = ""
    intro: Words = ""
    notes: Words = ""
    allowances: Annotated[list[AllowanceGiven], Field(max_length=50)] = []


class RepeatEntry(RepeatFields):
    """A new repeating invoice. What is left out is taken from the source, the customer and the seller."""

    customer_id: Annotated[Id | None, Field(description="Not needed with `source_id`.")] = None
    source_id: Annotated[Id | None, Field(description="The draft or document that is repeated.")] = None
    title: Title
    next_on: Annotated[Day, Field(description="The day of the first invoice.")]
    currency: Currency | None = None
    lines: LinesGiven = []


class RepeatChange(RepeatFields):
    """What changes from the next invoice on; what is left out stays."""

    title: Title | None = None
    next_on: Annotated[Day | None, Field(description="Another day begins a new anchor.")] = None
    lines: Annotated[LinesGiven | None, Field(description="Replace all lines.")] = None


class RepeatFilters(paging.Paged):
    """Which repeating invoices a list shows."""

    state: StateFilter = "all"
    customer_id: UUID | None = None
    q: Annotated[Short, Field(max_length=100, description="Title or customer.")] = ""


@reads(router, "/repeats", needs=_VIEW, gives=paging.Page[RepeatSummary])
def list_repeats(request: HttpRequest, filters: Query[RepeatFilters]) -> Any:
    """List repeating invoices, the latest changed first; `held` are those whose next one could not be made."""
    page = queries.repeat_page(
        caller_of(request).member,
        state=filters.state,
        customer_id=filters.customer_id,
        search=filters.q.strip(),
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [
        RepeatSummary(row.id, row.title, row.customer_id, row.customer.name, _state(row), row.next_on, row.made_count)
        for row in page.rows
    ]
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/repeats/{uuid:repeat_id}", needs=_VIEW, gives=Repeat, is_record=True)
def get_repeat(request: HttpRequest, repeat_id: UUID) -> Any:
    """Get a repeating invoice with what is agreed now."""
    return _shape(request, repeat_id)


@reads(router, "/repeats/{uuid:repeat_id}/coming", needs=_VIEW, gives=list[ComingInvoice])
def list_coming_invoices(request: HttpRequest, repeat_id: UUID) -> Any:
    """List the next twelve invoices with their totals to the cent."""
    row = _record(request, repeat_id)
    return [
        ComingInvoice(
            each.ordinal, each.due_on, each.starts_on, each.last_day, each.currency, each.net_minor, each.total_minor,
            words_of(each.problem) if each.problem else "",
        )
        for each in queries.coming_of(row, queries.terms_for(row))
    ]  # fmt: skip


@reads(router, "/repeats/{uuid:repeat_id}/invoices", needs=_VIEW, gives=list[MadeInvoice])
def list_made_invoices(request: HttpRequest, repeat_id: UUID) -> Any:
    """List what a repeating invoice made, the latest first."""
    return [
        MadeInvoice(
            each.ordinal, each.due_on, each.version, each.document_id, each.number, each.is_draft, each.is_gone,
            each.total_minor, each.sending,
        )
        for each in queries.made_of(_record(request, repeat_id))
    ]  # fmt: skip


@writes(router, "/repeats", needs=_DRAFT, gives=Repeat, status=201)
def add_repeat(request: HttpRequest, repeat: RepeatEntry) -> Any:
    """Let an invoice repeat: what is agreed, and from which day on."""
    caller = caller_of(request)
    source = found(queries.source_for(caller.member, repeat.source_id)) if repeat.source_id else None
    customer_id = source.customer_id if source else repeat.customer_id
    if customer_id is None:
        raise RuleBroken("repeat.no_customer", "Say for whom it is, or what is repeated.")
    customer = found(crm.customer_for(caller.member, customer_id))
    _check_right(caller, repeat.does)
    head = {**(source.head if source else {}), **_head(repeat)}
    if repeat.currency:
        head["currency"] = repeat.currency
    lines = parts.entries(
        caller, repeat.lines, currency=head.get("currency") or customer.currency,
        language=head.get("language") or customer.language,
    ) or (source.lines if source else ())  # fmt: skip
    allowances = [parts.allowance(each) for each in repeat.allowances] or (source.allowances if source else ())
    agreed = Agreed(
        title=repeat.title, lines=tuple(lines), next_on=repeat.next_on, interval=Interval(repeat.interval),
        every=repeat.every, is_month_end=repeat.is_month_end, ends_on=repeat.ends_on,
        most_invoices=repeat.most_invoices, covers=Covers(repeat.covers), does=Does(repeat.does), head=head,
        allowances=tuple(allowances),
    )  # fmt: skip
    made = actions.create_repeat(
        customer=customer, agreed=agreed, source_id=repeat.source_id, actor=caller.actor, at=caller.at
    )
    return _shape(request, made.id)


@writes(router, "/repeats/{uuid:repeat_id}", method="PATCH", needs=_DRAFT, gives=Repeat)
def change_repeat(request: HttpRequest, repeat_id: UUID, changes: RepeatChange) -> Any:
    """Change what is agreed, from the next invoice on; lines that are given replace all lines."""
    caller, row = caller_of(request), _record(request, repeat_id)
    old = queries.agreed_of(row, queries.terms_for(row))
    known = given(changes)
    wanted: dict[str, Any] = {name: known[name] for name in _PLAIN if known.get(name, None) is not None}
    wanted |= {name: known[name] for name in ("ends_on", "most_invoices") if name in known}
    for name, kind in (("interval", Interval), ("covers", Covers), ("does", Does)):
        if name in known:
            wanted[name] = kind(known[name])
    if changes.lines is not None:
        wanted["lines"] = tuple(
            parts.entries(caller, changes.lines, currency=old.head["currency"], language=old.head["language"])
        )
    if "allowances" in known:
        wanted["allowances"] = tuple(parts.allowance(each) for each in changes.allowances)
    agreed = replace(old, head={**old.head, **_head(changes)}, **wanted)
    _check_right(caller, agreed.does.value)
    actions.change_repeat(repeat=row, agreed=agreed, actor=caller.actor, at=caller.at)
    return _shape(request, repeat_id)


@writes(router, "/repeats/{uuid:repeat_id}/pause", needs=_DRAFT, gives=Repeat)
def pause_repeat(request: HttpRequest, repeat_id: UUID) -> Any:
    """Let nothing be made until it is resumed."""
    caller = caller_of(request)
    actions.pause_repeat(repeat=_record(request, repeat_id), actor=caller.actor, at=caller.at)
    return _shape(request, repeat_id)


@writes(router, "/repeats/{uuid:repeat_id}/resume", needs=_DRAFT, gives=Repeat)
def resume_repeat(request: HttpRequest, repeat_id: UUID) -> Any:
    """Let it go on with the first of its days from today on; what fell into the pause is not made up."""
    caller = caller_of(request)
    actions.resume_repeat(repeat=_record(request, repeat_id), actor=caller.actor, at=caller.at)
    return _shape(request, repeat_id)


@writes(router, "/repeats/{uuid:repeat_id}/end", needs=_DRAFT, gives=Repeat)
def end_repeat(request: HttpRequest, repeat_id: UUID) -> Any:
    """End it now; what it made stays."""
    caller = caller_of(request)
    actions.end_repeat(repeat=_record(request, repeat_id), actor=caller.actor, at=caller.at)
    return _shape(request, repeat_id)


@writes(router, "/repeats/{uuid:repeat_id}/try-again", needs=_DRAFT, gives=Repeat)
def try_repeat_again(request: HttpRequest, repeat_id: UUID) -> Any:
    """Let what was held be made with the next run."""
    caller = caller_of(request)
    actions.try_again(repeat=_record(request, repeat_id), actor=caller.actor, at=caller.at)
    return _shape(request, repeat_id)


@writes(router, "/repeats/{uuid:repeat_id}/settle-unsent", needs=_DRAFT, gives=Repeat)
def settle_unsent(request: HttpRequest, repeat_id: UUID) -> Any:
    """Say that what could not be sent need not be."""
    caller = caller_of(request)
    actions.settle_unsent(repeat=_record(request, repeat_id), actor=caller.actor, at=caller.at)
    return _shape(request, repeat_id)


_PLAIN = ("title", "next_on", "every", "is_month_end")
_OF_ROW = (
    "id", "version", "customer_id", "legal_entity_id", "next_on", "made_count", "last_made_on", "changed_at",
)  # fmt: skip
_OF_VERSION = ("title", "interval", "every", "anchor_on", "ends_on", "most_invoices", "covers", "does", *HEAD)


def _record(request: HttpRequest, repeat_id: UUID) -> Any:
    return found(queries.repeat_for(caller_of(request).member, repeat_id))


def _state(row: Any) -> str:
    return "held" if row.held_code else str(row.state)


def _shape(request: HttpRequest, repeat_id: UUID) -> Repeat:
    row = _record(request, repeat_id)
    terms = queries.terms_for(row)
    held = RuleBroken(row.held_code, row.held_reason, **row.held_params) if row.held_code else None
    return Repeat(
        **{name: getattr(row, name) for name in _OF_ROW},
        **{name: getattr(terms.row, name) for name in _OF_VERSION},
        state=_state(row),
        held_for=words_of(held) if held else "",
        unsent_count=queries.unsent_count(row),
        lines=[
            RepeatLine(**{each.name: getattr(line, each.name) for each in fields(RepeatLine)}) for line in terms.lines
        ],
        allowances=[
            RepeatAllowance(each.reason, each.percent, each.amount_minor, each.is_charge) for each in terms.allowances
        ],
    )


def _head(entry: RepeatFields) -> dict[str, Any]:
    """Return what was given of what stands beside the lines; nothing of the customer's is what is left out."""
    known = {name: value for name, value in given(entry).items() if name in HEAD}
    return {name: value for name, value in known.items() if value is not None or name.startswith("early")}


def _check_right(caller: Caller, does: str) -> None:
    """Refuse who may not issue or send to let that be done.

    Source: RI-6.
    """
    for needed in _NEEDED[does]:
        if not caller.may(needed):
            raise NotAllowed("permission.missing_too", "This needs %(permission)s too.", permission=needed)
