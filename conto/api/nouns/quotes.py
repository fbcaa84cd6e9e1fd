"""Quotes: drafted, approved, sent, renewed, withdrawn; what customers answered."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Count, Currency, Day, Entry, Flag, Id, Instant, Language, Minor, Number, Short, Words
from conto.api.nouns import lines as parts
from conto.api.nouns.contract_offers import ContractOffered, ContractTerms, contract_shape
from conto.api.nouns.items import RateClass, Supply, Unit
from conto.api.nouns.lines import Check, LineGiven, TaxGroup, Totals
from conto.api.nouns.quote_advice import QuoteAdvice, QuoteProposal, QuoteTaken
from conto.api.nouns.quote_recurring import QuotedRecurring, RecurringList, entries, recurring_shapes
from conto.api.operations import noun, reads, writes
from conto.api.own import Own, OwnAsked, own_shapes, own_wanted
from conto.api.reading import found, given
from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.quotes import actions, queries
from conto.apps.quotes.entries import LineEntry
from conto.apps.quotes.queries import StateFilter
from conto.domain import quote as rules
from conto.domain.fields import Subject
from conto.domain.period import local_day
from conto.domain.permissions import Permission
from conto.flows import propose_terms
from conto.flows import send_quote as sending

router = noun("Quotes")
_VIEW, _DRAFT, _SEND = Permission.QUOTE_VIEW, Permission.QUOTE_DRAFT, Permission.QUOTE_SEND
_STATES = [state.value for state in rules.QuoteState]


@dataclass(frozen=True, slots=True)
class QuoteSummary:
    """A quote in a list."""

    id: Id
    number: Annotated[str, Field(description="With its version; empty for a draft that was never sent.")]
    title: str
    customer_id: Id
    customer_name: str
    state: Annotated[str, Field(examples=["sent"], json_schema_extra={"enum": _STATES})]
    valid_until: Day
    currency: Currency
    total_minor: Minor
    monthly_minor: Annotated[Minor, Field(description="Of what recurs, before discounts, tax and use.")]
    own: Own


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line of a quote."""

    position: Annotated[int, Field(examples=[1])]
    section: str
    kind: Annotated[str, Field(examples=["fixed"])]
    choice_group: str
    is_taken: Annotated[bool, Field(description="Whether the totals count it.")]
    item: str
    name: str
    description: str
    quantity: Decimal
    unit_code: Annotated[str, Field(examples=["HUR"])]
    unit_price: Decimal
    allowance_percent: Decimal
    amount_minor: Minor


@dataclass(frozen=True, slots=True)
class Answer:
    """That a customer accepted, and what was signed."""

    name: str
    signature_kind: str
    accepted_at: Instant
    chosen: list[int]
    chosen_recurring: Annotated[
        list[str], Field(description="Of what recurs, by `choice`.", examples=[["2.mailboxes"]])
    ]
    total_minor: Minor
    sha256: str
    subscription_ids: Annotated[list[UUID], Field(description="That it began, of those whoever asks may see.")]


@dataclass(frozen=True, slots=True)
class Quote:
    """One version of a quote, with its sums for what is chosen."""

    id: Id
    number: str
    version: Annotated[int, Field(examples=[1])]
    revision: Annotated[int, Field(description="Rises with every change of the draft.", examples=[3])]
    state: Annotated[str, Field(examples=["sent"], json_schema_extra={"enum": _STATES})]
    customer_id: Id
    deal_id: UUID | None
    owner_id: UUID | None
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    language: Language
    valid_until: Day
    title: str
    introduction: str
    terms: str
    discount_percent: Decimal
    billing_rule: Annotated[str, Field(examples=["full"])]
    deposit_percent: Decimal
    issues_at_once: bool
    contract: Annotated[ContractTerms | None, Field(description="The contract that accepting it makes.")]
    recurring: Annotated[list[QuotedRecurring], Field(description="What becomes subscriptions; in no total.")]
    terms_days: Annotated[int, Field(examples=[14])]
    sent_at: datetime | None
    sha256: Annotated[str, Field(description="Of what was sent; empty for a draft.")]
    lines: list[QuotedLine]
    tax_groups: list[TaxGroup]
    totals: Totals | None
    checks: Annotated[list[Check], Field(description="What stands against sending a draft.")]
    acceptance: Answer | None
    decline_reason: str
    changed_at: Instant


class QuoteLineGiven(Entry):
    """A line as it is typed. With `item_id`, what is left out is taken from the item."""

    item_id: Id | None = None
    name: Annotated[str, Field(max_length=300, examples=["Consulting"])] = ""
    description: Words = ""
    quantity: Number = Decimal(1)
    unit_code: Unit | None = None
    unit_price: Number | None = None
    allowance_percent: Number = Decimal(0)
    supply: Supply | None = None
    rate_class: RateClass | None = None
    section: Short = ""
    kind: Literal["fixed", "optional", "choice"] = "fixed"
    choice_group: Annotated[str, Field(max_length=100)] = ""
    is_chosen: Flag = False


class MilestoneGiven(Entry):
    """A part of the price that is billed for itself."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Start"])]
    percent: Annotated[Number, Field(examples=["30"])]


class QuoteFields(Entry):
    """What can be said of a quote."""

    currency: Currency | None = None
    price_mode: Literal["net", "gross"] = "net"
    language: Language | None = None
    valid_until: Day | None = None
    title: Annotated[str, Field(max_length=200)] = ""
    introduction: Words = ""
    terms: Words = ""
    discount_percent: Number = Decimal(0)
    billing_rule: Literal["full", "deposit", "milestones", "on_delivery"] = "full"
    deposit_percent: Number = Decimal(0)
    milestones: Annotated[list[MilestoneGiven], Field(max_length=20)] = []
    contract: Annotated[ContractOffered | None, Field(description="Nothing: accepting it makes no contract.")] = None
    recurring: RecurringList = []
    issues_at_once: Flag = False
    terms_days: Annotated[Count | None, Field(le=3650)] = None
    lines: Annotated[list[QuoteLineGiven], Field(max_length=500)] = []


class QuoteEntry(QuoteFields):
    """A new quote. What is left out is taken from the customer and the seller."""

    customer_id: Id


class QuoteChange(QuoteFields):
    """What changes of a draft; what is left out stays."""


class QuoteMail(Entry):
    """How a quote is sent; what is left out is as the page proposes it."""

    to_address: Annotated[str, Field(max_length=254)] = ""
    subject: Short = ""
    text: Words = ""


class QuoteWords(Entry):
    """A reason or a note."""

    note: Annotated[str, Field(max_length=500)] = ""


class QuoteDecision(QuoteWords):
    """Whether a discount above the limit is approved."""

    is_given: bool


class QuoteWay(Entry):
    """How quotes are made."""

    valid_days: Annotated[int, Field(ge=1, le=730, examples=[30])]
    discount_limit_percent: Annotated[Number | None, Field(description="Nothing: nobody has to approve.")] = None
    terms: Words = ""
    renewal_days: Annotated[
        int | None,
        Field(ge=0, le=365, description="So long before an end its renewal is worked on; 0: never.", examples=[60]),
    ] = None
    renewal_mails: Annotated[
        bool | None, Field(description="Whether the customer is reminded by mail then.", examples=[False])
    ] = None


@dataclass(frozen=True, slots=True)
class QuoteLinkShown:
    """A fresh link for the customer; it is shown once."""

    address: str
    expires_at: Instant


class QuoteFilters(paging.Paged):
    """Which quotes a list shows."""

    state: StateFilter = "all"
    customer_id: UUID | None = None
    deal_id: UUID | None = None
    q: Annotated[str, Field(max_length=100, description="Number, title or customer.")] = ""
    own: OwnAsked = []


@reads(router, "/quotes", needs=_VIEW, gives=paging.Page[QuoteSummary])
def list_quotes(request: HttpRequest, filters: Query[QuoteFilters]) -> Any:
    """List quotes, the latest changed first; superseded versions are left out."""
    caller = caller_of(request)
    page = queries.quote_page(
        caller.member,
        today=caller.today,
        state=filters.state,
        customer_id=filters.customer_id,
        deal_id=filters.deal_id,
        search=filters.q.strip(),
        own=own_wanted(caller, Subject.QUOTE, filters.own),
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    own = own_shapes(caller, Subject.QUOTE, {row.id: row.customer_id for row in page.rows})
    rows = [
        QuoteSummary(
            row.id, row.label, row.title, row.customer_id, row.customer_name, row.state.value, row.valid_until,
            row.currency, row.total_minor, row.monthly_minor, own.get(row.id, {}),
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/quotes/{uuid:quote_id}", needs=_VIEW, gives=Quote, is_record=True)
def get_quote(request: HttpRequest, quote_id: UUID) -> Any:
    """Get a quote with its lines, its sums and what the customer answered."""
    return _shape(request, quote_id)


@reads(router, "/quotes/{uuid:quote_id}/paper.pdf", needs=_VIEW, gives=None, media_types=("application/pdf",))
def get_quote_paper(request: HttpRequest, quote_id: UUID) -> Any:
    """Get a quote as PDF; a draft has the word draft across it."""
    content = sending.pdf(_record(request, quote_id), on=caller_of(request).today)
    return HttpResponse(content, content_type="application/pdf")


_SAME = (
    "id", "version", "revision", "customer_id", "owner_id", "currency", "price_mode", "language",
    "valid_until", "title", "introduction", "terms", "discount_percent", "billing_rule", "deposit_percent",
    "issues_at_once", "terms_days", "sent_at", "changed_at",
)  # fmt: skip


def _record(request: HttpRequest, quote_id: UUID) -> Any:
    return found(queries.quote_for(caller_of(request).member, quote_id))


def _shape(request: HttpRequest, quote_id: UUID) -> Quote:
    today, row = caller_of(request).today, _record(request, quote_id)
    acceptance, decline = queries.acceptance_of(row), queries.decline_of(row)
    own = acceptance if acceptance and acceptance.quote_id == row.id else None
    looked_at = local_day(own.accepted_at, row.legal_entity.zone) if own else today
    shown = queries.shown(row, looked_at, chosen=own.chosen if own else None,
                           chosen_recurring=own.chosen_recurring if own else None)  # fmt: skip
    recurring = recurring_shapes(request, row, shown.recurring, is_made=own is not None)
    is_draft = row.state == "draft"
    findings = queries.findings(row, today, is_approved=queries.is_approved(row)) if is_draft else []
    document = shown.document
    return Quote(
        **{name: getattr(row, name) for name in _SAME},
        deal_id=row.deal_id if deals.sees_deal(caller_of(request).member, row.deal_id) else None,
        number=queries.label_of(row),
        state=rules.state_on(row.state, row.valid_until, today).value,
        sha256=bytes(row.sha256).hex() if row.sha256 else "",
        lines=[
            QuotedLine(
                line.position, line.section, line.kind.value, line.choice_group,
                line.kind is rules.ChoiceKind.FIXED or line.position in shown.taken, line.item, line.name,
                line.description, line.quantity, line.unit_code, line.unit_price, line.allowance_percent, amount,
            )
            for line, amount in shown.lines
        ],
        tax_groups=[
            TaxGroup(g.category.value, g.rate, g.reason or "", g.taxable_minor, g.tax_minor)
            for g in (document.tax_groups if document else ())
        ],
        totals=parts.totals_shape(document.totals) if document else None,
        checks=[parts.check_shape(finding) for finding in findings],
        acceptance=Answer(
            own.name, own.signature_kind, own.accepted_at, own.chosen, own.chosen_recurring, own.total_minor,
            bytes(own.sha256).hex(),
            [each.subscription_id for each in recurring if each.subscription_id],
        )
        if own
        else None,
        recurring=recurring,
        decline_reason=decline.reason if decline else "",
        contract=contract_shape(request, row, is_made=acceptance is not None),
    )  # fmt: skip


def _fields(request: HttpRequest, entry: QuoteFields) -> dict[str, Any]:
    known = given(entry, "customer_id", "lines")
    if "recurring" in known:
        known["recurring"] = entries(request, entry.recurring)
    for name in ("currency", "language", "terms_days", "valid_until"):
        if known.get(name, "") is None:
            del known[name]
    if "contract" in known:
        del known["contract"]
        known["contract_terms"] = entry.contract.offer() if entry.contract else None
    if "milestones" in known:
        known["milestones"] = [{"name": each.name, "percent": str(each.percent)} for each in entry.milestones]
    return known


def _lines(request: HttpRequest, wanted: list[QuoteLineGiven], *, currency: str, language: str) -> list[LineEntry]:
    own = {"section", "kind", "choice_group", "is_chosen"}
    plain = [LineGiven(**line.model_dump(exclude=own)) for line in wanted]
    filled = parts.entries(caller_of(request), plain, currency=currency, language=language)
    return [
        LineEntry(
            name=line.name, quantity=line.quantity, unit_price=line.unit_price, item_id=line.item_id,
            description=line.description, unit_code=line.unit_code, allowance_percent=line.allowance_percent,
            supply=line.supply, rate_class=line.rate_class, **more.model_dump(include=own),
        )
        for line, more in zip(filled, wanted, strict=True)
    ]  # fmt: skip


@writes(router, "/quotes", needs=_DRAFT, gives=Quote, status=201)
def add_quote(request: HttpRequest, quote: QuoteEntry) -> Any:
    """Begin a quote for a customer, with its lines."""
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, quote.customer_id))
    entity = found(accounts.legal_entities().first())
    fields = _fields(request, quote)
    currency = fields.get("currency") or customer.currency or entity.currency
    language = fields.get("language") or customer.language
    made = actions.create_quote(
        customer=customer,
        lines=_lines(request, quote.lines, currency=currency, language=language),
        actor=caller.actor,
        at=caller.at,
        **fields,
    )
    return _shape(request, made.id)


@writes(router, "/quotes/{uuid:quote_id}", method="PATCH", needs=_DRAFT, gives=Quote)
def change_quote(request: HttpRequest, quote_id: UUID, changes: QuoteChange) -> Any:
    """Change a draft; lines that are given replace all lines, what the body leaves out stays."""
    caller, row = caller_of(request), _record(request, quote_id)
    is_given = "lines" in changes.model_fields_set
    lines = _lines(request, changes.lines, currency=row.currency, language=row.language) if is_given else None
    actions.change_quote(quote=row, changes=_fields(request, changes), lines=lines, actor=caller.actor, at=caller.at)
    return _shape(request, quote_id)


@writes(router, "/quotes/{uuid:quote_id}", method="DELETE", needs=_DRAFT)
def discard_quote(request: HttpRequest, quote_id: UUID) -> Any:
    """Remove a draft: the customer never saw it."""
    caller = caller_of(request)
    actions.discard_quote(quote=_record(request, quote_id), actor=caller.actor, at=caller.at)


@writes(router, "/quotes/{uuid:quote_id}/send", needs=_SEND, gives=Quote)
def send_quote(request: HttpRequest, quote_id: UUID, mail: QuoteMail) -> Any:
    """Send a draft by mail: it gets its number and is frozen; a sent quote goes out once more."""
    caller = caller_of(request)
    sending.send(_record(request, quote_id), **mail.model_dump(), actor=caller.actor, at=caller.at)
    return _shape(request, quote_id)


@writes(router, "/quotes/{uuid:quote_id}/renew", needs=_DRAFT, gives=Quote, status=201)
def renew_quote(request: HttpRequest, quote_id: UUID) -> Any:
    """Begin the next version of a sent quote; one that is begun already is given back."""
    caller = caller_of(request)
    made = actions.renew_quote(quote=_record(request, quote_id), actor=caller.actor, at=caller.at)
    return _shape(request, made.id)


@writes(router, "/quotes/{uuid:quote_id}/withdraw", needs=_SEND, gives=Quote)
def withdraw_quote(request: HttpRequest, quote_id: UUID, why: QuoteWords) -> Any:
    """Take a sent quote back."""
    caller = caller_of(request)
    actions.withdraw_quote(quote=_record(request, quote_id), reason=why.note, actor=caller.actor, at=caller.at)
    return _shape(request, quote_id)


@writes(router, "/quotes/{uuid:quote_id}/ask-approval", needs=_DRAFT, gives=Quote)
def ask_quote_approval(request: HttpRequest, quote_id: UUID, why: QuoteWords) -> Any:
    """Ask that the discount of a draft be approved."""
    caller = caller_of(request)
    actions.ask_approval(quote=_record(request, quote_id), note=why.note, actor=caller.actor, at=caller.at)
    return _shape(request, quote_id)


@writes(router, "/quotes/{uuid:quote_id}/decide-approval", needs=Permission.QUOTE_APPROVE, gives=Quote)
def decide_quote_approval(request: HttpRequest, quote_id: UUID, decision: QuoteDecision) -> Any:
    """Approve the discount of a draft, or refuse it."""
    caller = caller_of(request)
    actions.decide_approval(
        quote=_record(request, quote_id), is_given=decision.is_given, answer=decision.note, actor=caller.actor,
        at=caller.at,
    )  # fmt: skip
    return _shape(request, quote_id)


@reads(router, "/quotes/{uuid:quote_id}/proposals", needs=_VIEW, gives=QuoteAdvice)
def get_quote_proposals(request: HttpRequest, quote_id: UUID) -> Any:
    """Get what is proposed for a draft, and why; nothing for a sent quote, or who may not see invoices."""
    caller = caller_of(request)
    advice = propose_terms.advice_for(_record(request, quote_id), member=caller.member, on=caller.today)
    if advice is None:
        return QuoteAdvice(0, None, 0, 0, Decimal(0), [])
    pays = advice.pays
    return QuoteAdvice(
        pays.invoices if pays else 0, pays.average_days_late if pays else None, pays.overdue_days if pays else 0,
        advice.buys.months, advice.buys.discount_percent,
        [
            QuoteProposal(
                each.kind.value, each.percent or None, each.days or None, each.reason.message % each.reason.params,
                each.needs_approval,
            )
            for each in advice.proposals
        ],
    )  # fmt: skip


@writes(router, "/quotes/{uuid:quote_id}/take-proposals", needs=_DRAFT, gives=Quote)
def take_quote_proposals(request: HttpRequest, quote_id: UUID, taken: QuoteTaken) -> Any:
    """Take proposals into a draft; one above the limit has to be approved before the quote is sent."""
    caller = caller_of(request)
    propose_terms.take(
        _record(request, quote_id), taken.kinds, member=caller.member, on=caller.today, actor=caller.actor,
        at=caller.at,
    )  # fmt: skip
    return _shape(request, quote_id)


@writes(router, "/quotes/{uuid:quote_id}/link", needs=_SEND, gives=QuoteLinkShown, status=201)
def make_quote_link(request: HttpRequest, quote_id: UUID) -> Any:
    """Make a link by which the customer sees, accepts or declines a quote."""
    caller = caller_of(request)
    link = actions.create_link(quote=_record(request, quote_id), actor=caller.actor, at=caller.at)
    return QuoteLinkShown(f"{settings.PUBLIC_URL}/q/{link.token}", link.expires_at)


@writes(router, "/quotes/{uuid:quote_id}/answered", needs=_DRAFT, gives=Quote)
def mark_quote_questions_answered(request: HttpRequest, quote_id: UUID) -> Any:
    """Mark what the customer asked as answered."""
    caller, row = caller_of(request), _record(request, quote_id)
    for question in queries.questions_of(row).filter(answered_at=None).select_related("quote"):
        actions.answer_question(question=question, actor=caller.actor, at=caller.at)
    return _shape(request, quote_id)


@writes(router, "/quote-rules", method="PUT", needs=Permission.SETTINGS_EDIT)
def change_quote_rules(request: HttpRequest, way: QuoteWay) -> Any:
    """Say how quotes are made: how long they hold, above which discount somebody approves, the usual terms."""
    caller = caller_of(request)
    entity = found(accounts.legal_entities().first())
    actions.save_rules(legal_entity=entity, **way.model_dump(), actor=caller.actor, at=caller.at)
