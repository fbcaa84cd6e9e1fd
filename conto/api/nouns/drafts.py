"""Drafts: begun, changed, checked, issued."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Count, Currency, Day, Entry, Id, Instant, Language, Minor, Number, Short, Words
from conto.api.nouns import lines as parts
from conto.api.nouns.documents import Document, shape_of_document
from conto.api.nouns.lines import AllowanceGiven, Check, KindGiven, Line, LinesGiven, TaxGroup, Totals
from conto.api.operations import Match, noun, reads, writes
from conto.api.problem import Refused
from conto.api.reading import found, given, lock
from conto.apps.accounts import queries as accounts
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.domain.permissions import Permission
from conto.flows import get_documents, issue_document

router = noun("Drafts")
_VIEW, _DRAFT = Permission.INVOICE_VIEW, Permission.INVOICE_DRAFT


@dataclass(frozen=True, slots=True)
class Allowance:
    """A discount or charge on the whole draft."""

    reason: str
    percent: Decimal | None
    amount_minor: int | None
    is_charge: bool


IssuesAt = Annotated[
    datetime | None, Field(description="When it is issued by itself unless stopped; null: when somebody issues it.")
]


CarriedAt = Annotated[
    datetime | None,
    Field(description="Since when it waits for the next run, below the minimum amount; null: it does not."),
]


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """A draft in a list."""

    id: Id
    kind: Annotated[str, Field(examples=["invoice"])]
    customer_id: Id
    customer_name: str
    currency: Currency
    payable_minor: Annotated[Minor, Field(description="As computed last.")]
    held_for: Annotated[
        list[str], Field(description="Codes of what the check list held it for.", examples=[["check.amount_unusual"]])
    ]
    issues_at: IssuesAt
    carried_at: CarriedAt


@dataclass(frozen=True, slots=True)
class Draft:
    """A document in the making, with its sums as of today. Its id becomes that of the issued document."""

    id: Id
    kind: Annotated[str, Field(examples=["invoice"])]
    version: Annotated[int, Field(description="Rises with every change.", examples=[3])]
    customer_id: Id
    contact_id: UUID | None
    legal_entity_id: Id
    corrects_id: UUID | None
    series_id: UUID | None
    template_id: UUID | None
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    language: Language
    terms_days: Annotated[int, Field(examples=[14])]
    early_discount_percent: Decimal | None
    early_discount_days: int | None
    delivered_on: date | None
    period_start_on: date | None
    period_end_on: date | None
    buyer_reference: str
    order_reference: str
    contract_reference: str
    intro: str
    notes: str
    lines: list[Line]
    allowances: list[Allowance]
    due_on: Day
    tax_groups: list[TaxGroup]
    totals: Annotated[Totals | None, Field(description="Null while it cannot be computed; `checks` say why.")]
    checks: Annotated[list[Check], Field(description="What stands against issuing it.")]
    issues_at: IssuesAt
    carried_at: CarriedAt
    changed_at: Instant


class DraftFields(Entry):
    """What can be said of a draft."""

    contact_id: Id | None = None
    series_id: Id | None = None
    template_id: Id | None = None
    currency: Currency | None = None
    price_mode: Literal["net", "gross"] = "net"
    language: Language | None = None
    terms_days: Annotated[Count | None, Field(le=3650)] = None
    early_discount_percent: Number | None = None
    early_discount_days: Annotated[Count | None, Field(le=365)] = None
    delivered_on: Day | None = None
    period_start_on: Day | None = None
    period_end_on: Day | None = None
    buyer_reference: Short = ""
    order_reference: Short = ""
    contract_reference: Short = ""
    intro: Words = ""
    notes: Words = ""


class DraftEntry(DraftFields):
    """A new draft. What is left out is taken from the customer and the seller."""

    customer_id: Id
    legal_entity_id: Annotated[Id | None, Field(description="Nothing: the default seller.")] = None
    kind: KindGiven = "invoice"
    lines: LinesGiven = []


class DraftChange(DraftFields):
    """What changes of a draft; what is left out stays."""


class DraftLines(Entry):
    """All lines of a draft."""

    lines: LinesGiven


class DraftAllowances(Entry):
    """All discounts and charges on a draft."""

    allowances: Annotated[list[AllowanceGiven], Field(max_length=50)]


class IssueEntry(Entry):
    """How a draft is issued."""

    overrides: Annotated[
        Mapping[Annotated[str, Field(max_length=60)], Annotated[str, Field(min_length=1, max_length=500)]],
        Field(
            description="Reasons for warnings that may stand, by their code. Needs `invoice:override_checks`.",
            examples=[{"check.no_delivery_date": "delivered over the month"}],
        ),
    ] = {}
    issued_on: Annotated[Day | None, Field(description="Nothing: today.", examples=[None])] = None


class DepositEntry(Entry):
    """How much of a draft the deposit invoice asks for."""

    percent: Annotated[Number, Field(examples=["30"])]


class DraftFilters(paging.Paged):
    """Which drafts a list shows."""

    customer_id: UUID | None = None
    q: Annotated[str, Field(max_length=100, description="Words of the customer's name.")] = ""
    is_held: Annotated[bool, Field(description="Only those that wait for somebody to look.")] = False
    is_carried: Annotated[bool, Field(description="Only those that go onto the next invoice of a run.")] = False
    is_waiting: Annotated[bool, Field(description="Only those that are issued by themselves at a time.")] = False
    run_id: Annotated[UUID | None, Field(description="Only those that a billing run made.")] = None


def _state(filters: DraftFilters) -> queries.StateFilter:
    if filters.is_held:
        return "held"
    if filters.is_carried:
        return "carried"
    return "waiting" if filters.is_waiting else "draft"


@reads(router, "/drafts", needs=_VIEW, gives=paging.Page[DraftSummary])
def list_drafts(request: HttpRequest, filters: Query[DraftFilters]) -> Any:
    """List drafts, the latest changed first."""
    caller = caller_of(request)
    page = queries.document_page(
        caller.member,
        today=caller.today,
        state=_state(filters),
        run_id=filters.run_id,
        customer_id=filters.customer_id,
        search=filters.q.strip(),
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "",
        limit=filters.limit,
    )
    rows = [
        DraftSummary(
            row.id, row.kind, row.customer_id, row.customer_name, row.currency, row.payable_minor, list(row.held_for),
            row.issues_at, row.carried_at,
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/drafts/{uuid:draft_id}", needs=_VIEW, gives=Draft, is_record=True)
def get_draft(request: HttpRequest, draft_id: UUID) -> Any:
    """Get a draft with its sums and what stands against issuing it."""
    return shape_of(request, draft_id)


def shape_of(request: HttpRequest, draft_id: UUID) -> Draft:
    """Return a draft as the API gives it."""
    caller = caller_of(request)
    row = record(request, draft_id)
    computed = queries.computed(row, caller.today)
    document = computed.document
    lines = list(row.lines.order_by("position"))
    known = document.lines if document and len(document.lines) == len(lines) else [None] * len(lines)
    return Draft(
        **{name: getattr(row, name) for name in _SAME},
        lines=[
            parts.line_shape(
                line, made.net_minor if made else None, made.tax.category.value if made else line.tax_category,
                made.tax.rate if made else line.tax_rate,
            )
            for line, made in zip(lines, known, strict=True)
        ],
        allowances=[
            Allowance(each.reason, each.percent, each.amount_minor, each.is_charge)
            for each in row.allowances.order_by("position")
        ],
        due_on=computed.due_on,
        tax_groups=[
            TaxGroup(g.category.value, g.rate, g.reason or "", g.taxable_minor, g.tax_minor)
            for g in (document.tax_groups if document else ())
        ],
        totals=parts.totals_shape(document.totals) if document else None,
        checks=[parts.check_shape(finding) for finding in queries.findings(row, caller.today)],
    )  # fmt: skip


_SAME = (
    "id", "kind", "version", "customer_id", "contact_id", "legal_entity_id", "corrects_id", "series_id", "template_id",
    "currency", "price_mode", "language", "terms_days", "early_discount_percent", "early_discount_days",
    "delivered_on", "period_start_on", "period_end_on", "buyer_reference", "order_reference", "contract_reference",
    "issues_at", "carried_at", "intro", "notes", "changed_at",
)  # fmt: skip


def record(request: HttpRequest, draft_id: UUID) -> Any:
    """Return the draft that an operation is about."""
    return found(queries.draft_for(caller_of(request).member, draft_id))


def _hold(request: HttpRequest, draft_id: UUID) -> None:
    lock(queries.drafts(caller_of(request).member), draft_id)


_MATCH = Match(shape_of, _hold)


def _fields(request: HttpRequest, entry: DraftFields, customer_id: UUID, entity: Any) -> dict[str, Any]:
    """Return the fields that were given; what they point to must be there and belong to the customer and seller."""
    known = given(entry, "customer_id", "legal_entity_id", "kind", "lines")
    for name in ("currency", "language", "terms_days"):
        if known.get(name, "") is None:
            del known[name]
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, customer_id))
    reachable: dict[str, Callable[[Any], bool]] = {
        "contact_id": lambda wanted: crm.contacts_of(customer).filter(id=wanted).exists(),
        "series_id": lambda wanted: queries.series_of(entity).filter(id=wanted).exists(),
        "template_id": lambda wanted: queries.templates_of(entity).filter(id=wanted).exists(),
    }
    for name, is_there in reachable.items():
        if known.get(name) and not is_there(known[name]):
            raise Refused(422, "draft.no_such_part", _("%(name)s: there is no such record.") % {"name": name})
    return known


@writes(router, "/drafts", needs=_DRAFT, gives=Draft, status=201)
def begin_draft(request: HttpRequest, draft: DraftEntry) -> Any:
    """Begin a draft for a customer, with its lines."""
    caller = caller_of(request)
    customer = found(crm.customer_for(caller.member, draft.customer_id))
    entity = found(
        accounts.legal_entities().filter(id=draft.legal_entity_id).first()
        if draft.legal_entity_id
        else accounts.legal_entities().first()
    )
    fields = _fields(request, draft, customer.id, entity)
    currency = fields.get("currency") or customer.currency or entity.currency
    language = fields.get("language") or customer.language
    made = invoicing.create_draft(
        customer=customer,
        kind=draft.kind,
        legal_entity=entity,
        lines=parts.entries(caller, draft.lines, currency=currency, language=language),
        actor=caller.actor,
        at=caller.at,
        **fields,
    )
    return shape_of(request, made.id)


@writes(router, "/drafts/{uuid:draft_id}", method="PATCH", needs=_DRAFT, gives=Draft, match=_MATCH)
def change_draft(request: HttpRequest, draft_id: UUID, changes: DraftChange) -> Any:
    """Change the head of a draft; what the body leaves out stays."""
    caller = caller_of(request)
    row = record(request, draft_id)
    fields = _fields(request, changes, row.customer_id, row.legal_entity)
    invoicing.change_draft(draft=row, changes=fields, actor=caller.actor, at=caller.at)
    return shape_of(request, draft_id)


@writes(router, "/drafts/{uuid:draft_id}/lines", method="PUT", needs=_DRAFT, gives=Draft, match=_MATCH)
def set_lines(request: HttpRequest, draft_id: UUID, given: DraftLines) -> Any:
    """Replace the lines of a draft."""
    caller = caller_of(request)
    row = record(request, draft_id)
    lines = parts.entries(caller, given.lines, currency=row.currency, language=row.language)
    invoicing.set_lines(draft=row, lines=lines, actor=caller.actor, at=caller.at)
    return shape_of(request, draft_id)


@writes(router, "/drafts/{uuid:draft_id}/allowances", method="PUT", needs=_DRAFT, gives=Draft, match=_MATCH)
def set_allowances(request: HttpRequest, draft_id: UUID, given: DraftAllowances) -> Any:
    """Replace the discounts and charges on a whole draft."""
    caller = caller_of(request)
    wanted = [parts.allowance(each) for each in given.allowances]
    invoicing.set_allowances(draft=record(request, draft_id), allowances=wanted, actor=caller.actor, at=caller.at)
    return shape_of(request, draft_id)


@writes(router, "/drafts/{uuid:draft_id}", method="DELETE", needs=_DRAFT)
def discard_draft(request: HttpRequest, draft_id: UUID) -> Any:
    """Remove a draft: it had no number and nothing was booked."""
    caller = caller_of(request)
    invoicing.discard_draft(draft=record(request, draft_id), actor=caller.actor, at=caller.at)


@writes(router, "/drafts/{uuid:draft_id}/copy", needs=_DRAFT, gives=Draft, status=201)
def copy_draft(request: HttpRequest, draft_id: UUID) -> Any:
    """Begin a draft with the lines of another one."""
    caller = caller_of(request)
    made = invoicing.copy_document(document=record(request, draft_id), actor=caller.actor, at=caller.at)
    return shape_of(request, made.id)


@writes(router, "/drafts/{uuid:draft_id}/deposit", needs=_DRAFT, gives=Draft, status=201)
def draft_deposit(request: HttpRequest, draft_id: UUID, deposit: DepositEntry) -> Any:
    """Draft a deposit invoice over a part of a draft."""
    caller = caller_of(request)
    row = record(request, draft_id)
    made = invoicing.draft_deposit(
        customer=row.customer, of=row, percent=deposit.percent, actor=caller.actor, at=caller.at
    )
    return shape_of(request, made.id)


@writes(router, "/drafts/{uuid:draft_id}/issue", needs=Permission.INVOICE_ISSUE, gives=Document)
def issue_draft(request: HttpRequest, draft_id: UUID, how: IssueEntry) -> Any:
    """Issue a draft: it gets its number, is booked and never changes again.

    What stands against it is answered 422 with every finding in `errors`.
    """
    caller = caller_of(request)
    if how.overrides and not caller.may(Permission.INVOICE_OVERRIDE_CHECKS):
        words = _("Overriding a check needs the scope %(scope)s.")
        raise Refused(403, "permission.missing", words % {"scope": Permission.INVOICE_OVERRIDE_CHECKS.value})
    document = issue_document.issue(
        draft=found(queries.issuable_for(caller.member, draft_id)),
        overrides=dict(how.overrides),
        issued_on=how.issued_on,
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of_document(request, document)


@reads(router, "/drafts/{uuid:draft_id}/preview.pdf", needs=_VIEW, gives=None, media_types=("application/pdf",))
def preview_draft(request: HttpRequest, draft_id: UUID) -> Any:
    """Get a draft as a PDF, with the word draft across it."""
    content = get_documents.preview(record(request, draft_id), on=caller_of(request).today)
    return HttpResponse(content, content_type="application/pdf")
