"""Lists and states of drafts and documents."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value

from conto.apps.accounts.models import Member
from conto.apps.bulk.composed import Composed, given
from conto.apps.crm import queries as crm
from conto.apps.fields import queries as fields
from conto.apps.fields.filters import Wanted
from conto.apps.invoicing.entries import PREPAID_CREDIT
from conto.apps.invoicing.models import Document, DocumentLine, DocumentTax, Draft, WriteOff
from conto.apps.invoicing.queries.briefs import with_ordinal
from conto.apps.invoicing.queries.loading import available_deposits
from conto.apps.ledger import queries as ledger
from conto.domain.errors import RuleBroken
from conto.domain.fields import Subject
from conto.domain.money import to_minor
from conto.domain.permissions import Permission

StateFilter = Literal["all", "open", "overdue", "paid", "credited", "draft", "held", "waiting", "carried"]
_CUSTOMERS_SEARCHED = 50
_LONGEST_AMOUNT = 15


class DocumentState(StrEnum):
    """Where a document stands today."""

    DRAFT = "draft"
    OPEN = "open"
    PART_PAID = "part_paid"
    OVERDUE = "overdue"
    PAID = "paid"
    SETTLED = "settled"  # a credit note that is used up
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One row of the list of documents. A draft has no number, and its amount is the one computed last."""

    id: UUID
    kind: str
    number: str  # empty for a draft
    customer_id: UUID
    customer_name: str
    issued_on: date | None
    due_on: date | None
    currency: str
    payable_minor: int
    open_minor: int
    state: DocumentState
    days_late: int
    held_for: tuple[str, ...] = ()  # codes of what holds a draft
    issues_at: datetime | None = None  # when a draft is issued by itself
    carried_at: datetime | None = None  # since when a draft waits for more


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of the list; `next_cursor` is empty on the last one."""

    rows: tuple[DocumentRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """What is open in one currency: how many documents, how much, and how much of it is late."""

    currency: str
    count: int
    open_minor: int
    overdue_minor: int


@dataclass(frozen=True, slots=True)
class CustomerDebt:
    """What a customer owes in one currency, and what of it is late."""

    owed_minor: int
    late_minor: int
    oldest_due_on: date | None
    credit_minor: int


def drafts(member: Member) -> QuerySet[Draft]:
    """Return the drafts that a member may see, the latest changed first."""
    if not member.may(Permission.INVOICE_VIEW):
        return Draft.objects.none()
    return Draft.objects.filter(crm.sight_of(member)).select_related("customer").order_by("-changed_at", "-id")


def drafts_of_run(member: Member, run_id: UUID) -> QuerySet[Draft]:
    """Return the drafts of a billing run that are not issued yet, of what a member may see: held, or looked at first.

    Source: GU-4.
    """
    return drafts(member).filter(run_id=run_id)


def documents(member: Member) -> QuerySet[Document]:
    """Return the documents that a member may see, the latest first."""
    if not member.may(Permission.INVOICE_VIEW):
        return Document.objects.none()
    return Document.objects.filter(crm.sight_of(member)).select_related("customer").order_by("-issued_on", "-id")


def draft_for(member: Member, draft_id: UUID) -> Draft | None:
    """Return a draft with its customer and seller, or nothing when it is not visible."""
    return drafts(member).select_related("customer", "legal_entity", "corrects").filter(id=draft_id).first()


_ISSUABLE = Composed(lambda: Draft.objects.only("kind").filter(id=given("id")))


def issuable_for(member: Member, draft_id: UUID) -> Draft | None:
    """Return a draft with nothing but what issuing asks for: who issues locks it and reads the rest then."""
    if crm.sight_of(member):
        return drafts(member).filter(id=draft_id).first()
    return _ISSUABLE.first(id=draft_id) if member.may(Permission.INVOICE_VIEW) else None


def document_for(member: Member, document_id: UUID) -> Document | None:
    """Return a document with its customer and seller, or nothing when it is not visible."""
    return documents(member).select_related("customer", "legal_entity", "corrects").filter(id=document_id).first()


_LINES = Composed(lambda: DocumentLine.objects.filter(document_id=given("id")).order_by("position"))
_TAXES = Composed(lambda: DocumentTax.objects.filter(document_id=given("id")).order_by("position"))


def deductible_deposits(
    member: Member, customer_id: UUID, *, legal_entity_id: UUID, currency: str
) -> list[tuple[Document, int]]:
    """Return the paid deposits of a customer that no invoice and no draft deducts, each with what was paid."""
    rows = list(
        documents(member)
        .filter(
            kind="deposit",
            customer=customer_id,
            legal_entity=legal_entity_id,
            currency=currency,
            deducted_as=None,
        )
        .exclude(source=PREPAID_CREDIT)
        .exclude(id__in=Draft.deposits.through.objects.values("document"))
        .order_by("issued_on", "ordinal")
    )
    available = available_deposits(rows) if rows else {}
    return [(row, available[row.id]) for row in rows if available[row.id]]


def documents_by_id(ids: Collection[UUID]) -> dict[UUID, Document]:
    """Return issued documents by id, for writers that know them; what is still a draft is missing."""
    return {row.id: row for row in Document.objects.filter(id__in=ids)}


def taxes_of_lines(wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], tuple[str, Decimal]]:
    """Return category and rate of issued lines by document and position, with one query."""
    if not wanted:
        return {}
    rows = DocumentLine.objects.filter(
        document__in={document_id for document_id, _position in wanted}, position__in={each[1] for each in wanted}
    )
    return {(row.document_id, row.position): (row.tax_category, row.tax_rate) for row in rows}


def lines_of(document: Document) -> list[DocumentLine]:
    """Return the lines of a document in their order."""
    return _LINES(id=document.id)


def taxes_of(document: Document) -> list[DocumentTax]:
    """Return the tax groups of a document in their order."""
    return _TAXES(id=document.id)


def document_page(  # noqa: PLR0913 -- a list has these filters
    member: Member,
    *,
    today: date,
    state: StateFilter = "all",
    customer_id: UUID | None = None,
    currency: str = "",
    search: str = "",
    since: date | None = None,
    until: date | None = None,
    due_until: date | None = None,
    own: Sequence[Wanted] = (),
    run_id: UUID | None = None,
    cursor: str = "",
    limit: int = 50,
) -> DocumentPage:
    """Return a page of documents, the latest first, with a constant number of rows read and of queries."""
    narrowed = Q()
    if customer_id:
        narrowed &= Q(customer_id=customer_id)
    if currency:
        narrowed &= Q(currency=currency)
    if own:
        narrowed &= Q(id__in=fields.ids_with(Subject.INVOICE, own))
    if state in _OF_DRAFTS:
        narrowed &= (Q(run_id=run_id) if run_id else Q()) & _OF_DRAFTS[state]
        return _draft_page(drafts(member).filter(narrowed), search, cursor, limit)
    if since:
        narrowed &= Q(issued_on__gte=since)
    if until:
        narrowed &= Q(issued_on__lte=until)
    if due_until:
        narrowed &= Q(due_on__lte=due_until)
    if search:
        narrowed &= _like(member, search)
    chosen = documents(member).filter(narrowed, _in_state(state, today), _behind(cursor, "issued_on"))
    # Plain tuples: a model with its forty columns costs more than the rest of the page for rows that are only shown.
    found = [_Read(*values) for values in chosen.values_list(*_READ)[: limit + 1]]
    rows = tuple(_rows(found[:limit], today))
    last = found[limit - 1] if len(found) > limit else None
    return DocumentPage(rows, f"{last.issued_on.isoformat()}~{last.id}" if last else "")


_OF_DRAFTS = {
    "draft": Q(),
    "held": ~Q(held_for=""),
    "waiting": Q(issues_at__isnull=False),
    "carried": Q(carried_at__isnull=False),
}


class _Read(NamedTuple):
    """What a row of the list is made from."""

    id: UUID
    kind: str
    number: str
    customer_id: UUID
    customer_name: str
    issued_on: date
    due_on: date
    currency: str
    payable_minor: int


_READ = ("id", "kind", "number", "customer_id", "customer__name", "issued_on", "due_on", "currency", "payable_minor")


def _in_state(state: StateFilter, today: date) -> Q:
    still_open = Q(id__in=ledger.open_items("receivable").values("item_id"))
    match state:
        case "open":
            return still_open
        case "overdue":
            return still_open & Q(due_on__lt=today)
        case "paid":
            return ~still_open & ~Q(kind="credit_note")
        case "credited":
            return Q(kind="credit_note")
        case _:
            return Q()


def _like(member: Member, search: str) -> Q:
    """Return what a search word can mean: a number by its beginning or its end, a customer, an amount."""
    named = [customer.id for customer in crm.find(member, search, limit=_CUSTOMERS_SEARCHED)]
    meant = Q(number__startswith=search.upper()) | Q(id__in=with_ordinal(search)) | Q(customer_id__in=named)
    amount = _amount(search)
    if amount is not None:
        for code, minor in amount.items():
            meant |= Q(payable_minor=minor, minor_digits=code)
    return meant


def _amount(search: str) -> dict[int, int] | None:
    plain = search.strip().replace(" ", "").replace("'", "")
    if len(plain) > _LONGEST_AMOUNT or not plain.replace(",", "").replace(".", "").isdigit():
        return None
    if "," in plain and (plain.rfind(",") > plain.rfind(".")):
        plain = plain.replace(".", "").replace(",", ".")
    else:
        plain = plain.replace(",", "")
    try:
        value = Decimal(plain)
        return {2: to_minor(value, "EUR"), 0: to_minor(value, "JPY")}
    except (RuleBroken, ArithmeticError):
        return None


def _behind(cursor: str, column: str) -> Q:
    key, _, last_id = cursor.partition("~")
    try:
        behind = UUID(last_id)
        if column == "issued_on":
            date.fromisoformat(key)
    except ValueError:
        return Q()
    return Q(**{f"{column}__lt": key}) | Q(**{column: key}) & Q(id__lt=behind)


def _rows(found: Sequence[_Read], today: date) -> Iterable[DocumentRow]:
    open_minor = ledger.open_by_document(document.id for document in found)
    corrected = _corrected([document.id for document in found if not open_minor[document.id]])
    for document in found:
        left = open_minor[document.id]
        is_late = bool(left) and document.kind != "credit_note" and document.due_on < today
        yield DocumentRow(
            id=document.id,
            kind=document.kind,
            number=document.number,
            customer_id=document.customer_id,
            customer_name=document.customer_name,
            issued_on=document.issued_on,
            due_on=document.due_on,
            currency=document.currency,
            payable_minor=document.payable_minor,
            open_minor=left,
            state=_state(document, left, today, corrected.get(document.id)),
            days_late=(today - document.due_on).days if is_late else 0,
        )


def _corrected(ids: Sequence[UUID]) -> dict[UUID, DocumentState]:
    """Return which of these settled documents ended by a credit note or a write-off rather than by money."""
    if not ids:
        return {}
    credited = (
        Document.objects.filter(corrects_id__in=ids)
        .order_by()
        .values("corrects_id")
        .annotate(kept=F("corrects__gross_minor"), total=Sum("gross_minor"), flag=Value(0, IntegerField()))
        .values_list("corrects_id", "kept", "total", "flag")
    )
    written = (
        WriteOff.objects.filter(document_id__in=ids)
        .values("document_id")
        .annotate(kept=Value(0, IntegerField()), total=Sum("amount_minor"), flag=Value(1, IntegerField()))
        .values_list("document_id", "kept", "total", "flag")
    )
    ended: dict[UUID, DocumentState] = {}
    rows: Any = credited.union(written, all=True)
    for document_id, gross, total, is_written in rows:
        if is_written:
            ended[document_id] = DocumentState.WRITTEN_OFF
        elif total >= gross:
            ended.setdefault(document_id, DocumentState.CREDITED)
    return ended


def _state(document: Document | _Read, open_minor: int, today: date, ended: DocumentState | None) -> DocumentState:
    if document.kind == "credit_note":
        return DocumentState.OPEN if open_minor else DocumentState.SETTLED
    if not open_minor:
        return ended or DocumentState.PAID
    if document.due_on < today:
        return DocumentState.OVERDUE
    return DocumentState.PART_PAID if open_minor < document.payable_minor else DocumentState.OPEN


def state_of(document: Document, open_minor: int, today: date) -> DocumentState:
    """Return where a document stands."""
    ended = None if open_minor else _corrected([document.id]).get(document.id)
    return _state(document, open_minor, today, ended)


def _draft_page(chosen: QuerySet[Draft], search: str, cursor: str, limit: int) -> DocumentPage:
    for word in search.split():
        chosen = chosen.filter(customer__name__icontains=word)
    found = list(chosen.filter(_behind(cursor, "changed_at"))[: limit + 1])
    rows = tuple(
        DocumentRow(
            id=draft.id,
            kind=draft.kind,
            number="",
            customer_id=draft.customer_id,
            customer_name=draft.customer.name,
            issued_on=None,
            due_on=None,
            currency=draft.currency,
            payable_minor=draft.shown_total_minor,
            open_minor=0,
            state=DocumentState.DRAFT,
            days_late=0,
            held_for=tuple(draft.held_for.split()),
            issues_at=draft.issues_at,
            carried_at=draft.carried_at,
        )
        for draft in found[:limit]
    )
    last = found[limit - 1] if len(found) > limit else None
    return DocumentPage(rows, f"{last.changed_at.isoformat()}~{last.id}" if last else "")


def _with_open() -> QuerySet[Document, Any]:
    left = ledger.open_items("receivable").filter(item_id=OuterRef("id")).values("open_minor")[:1]
    return (
        Document.objects.filter(id__in=ledger.open_items("receivable").values("item_id"))
        .order_by()
        .annotate(left=Subquery(left))
    )


def totals(
    member: Member, *, today: date, customer_id: UUID | None = None, since: date | None = None
) -> list[CurrencyTotals]:
    """Return what is open per currency; only open documents are read, however many there are in all."""
    if not member.may(Permission.INVOICE_VIEW):
        return []
    chosen = _with_open().filter(crm.sight_of(member))
    if customer_id:
        chosen = chosen.filter(customer_id=customer_id)
    if since:
        chosen = chosen.filter(issued_on__gte=since)
    rows = chosen.values_list("currency").annotate(
        count=Count("id"), total=Sum("left"), late=Sum("left", filter=Q(due_on__lt=today))
    )
    return [
        CurrencyTotals(currency, count, total, late or 0) for currency, count, total, late in rows.order_by("currency")
    ]


_DEBTS = """
SELECT o.customer_id, o.currency,
    coalesce(sum(o.open_minor) FILTER (WHERE o.side = 'receivable'), 0)::bigint,
    coalesce(sum(o.open_minor) FILTER (WHERE d.due_on < %s), 0)::bigint,
    min(d.due_on) FILTER (WHERE d.due_on < %s),
    coalesce(sum(o.open_minor) FILTER (WHERE o.side = 'credit'), 0)::bigint
FROM ledger_openitem o LEFT JOIN invoicing_document d ON d.id = o.item_id AND o.side = 'receivable'
WHERE o.customer_id = ANY(%s) AND o.open_minor > 0
GROUP BY o.customer_id, o.currency ORDER BY o.customer_id, o.currency
"""


def late_by_customer(customer_ids: Iterable[UUID], today: date) -> dict[UUID, dict[str, CustomerDebt]]:
    """Return per customer and currency what is owed, what of it is late since when, and what is credit."""
    found: dict[UUID, dict[str, CustomerDebt]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_DEBTS, [today, today, list(customer_ids)])
        for customer_id, currency, *amounts in cursor.fetchall():
            found[customer_id][currency] = CustomerDebt(*amounts)
    return dict(found)
