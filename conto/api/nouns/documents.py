"""Documents: what was issued, its papers, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Email, Entry, Flag, Id, Instant, Minor, Number
from conto.api.nouns import lines as parts
from conto.api.nouns.lines import Line, TaxGroup, Totals
from conto.api.operations import noun, reads, writes
from conto.api.own import Own, OwnAsked, own_shapes, own_wanted
from conto.api.reading import found
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.invoicing.entries import CreditPart
from conto.apps.ledger import queries as ledger
from conto.apps.payments import queries as payments
from conto.domain.fields import Subject
from conto.domain.permissions import Permission
from conto.flows import credit_invoice, get_documents, send_document

router = noun("Documents")
_VIEW = Permission.INVOICE_VIEW
Number_ = Annotated[str, Field(examples=["INV-2026-00042"])]
StateWord = Annotated[
    str,
    Field(
        examples=["open"],
        json_schema_extra={"enum": ["open", "part_paid", "overdue", "paid", "settled", "credited", "written_off"]},
    ),
]
KindWord = Annotated[
    str, Field(examples=["invoice"], json_schema_extra={"enum": ["invoice", "deposit", "final", "credit_note"]})
]


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document in a list."""

    id: Id
    kind: KindWord
    number: Number_
    customer_id: Id
    customer_name: Annotated[str, Field(examples=["Müller & Söhne"])]
    issued_on: date | None
    due_on: date | None
    currency: Currency
    payable_minor: Minor
    open_minor: Minor
    state: StateWord
    days_late: Annotated[int, Field(examples=[0])]
    own: Own


@dataclass(frozen=True, slots=True)
class Settlement:
    """A payment or credit note that settled a part of a document."""

    allocation_id: Id
    payment_id: UUID | None
    credit_note_id: UUID | None
    amount_minor: Minor
    allocated_on: Day


@dataclass(frozen=True, slots=True)
class Document:
    """An issued document. It never changes; what is open of it does."""

    id: Id
    kind: KindWord
    number: Number_
    customer_id: Id
    legal_entity_id: Id
    corrects_id: UUID | None
    issued_on: Day
    issued_at: Instant
    due_on: Day
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    language: Annotated[str, Field(examples=["de"])]
    terms_days: Annotated[int, Field(examples=[14])]
    early_discount_percent: Decimal | None
    early_discount_days: int | None
    details: Annotated[Mapping[str, Any], Field(description="References, dates of supply, texts.")]
    lines: list[Line]
    tax_groups: list[TaxGroup]
    totals: Totals
    open_minor: Minor
    state: StateWord
    settlements: list[Settlement]
    content_sha256: Annotated[str, Field(description="Of the content as it was frozen.", examples=["9f2c…"])]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a document."""

    id: Id
    name: Annotated[str, Field(examples=["hours.csv"])]
    mime: Annotated[str, Field(examples=["text/csv"])]
    is_sent: bool
    added_at: Instant


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A fresh link for the customer. Its address is shown once."""

    id: Id
    url: Annotated[str, Field(examples=["https://books.example/i/x1Yz…"])]
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was made for the customer."""

    id: Id
    created_at: Instant
    expires_at: Instant
    revoked_at: datetime | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class SentMail:
    """The mail with which a document left."""

    id: Id
    to_address: Email
    subject: str
    state: Annotated[str, Field(examples=["waiting"])]


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What was given up of an invoice."""

    id: Id
    document_id: Id
    amount_minor: Minor
    reason: str
    at: Instant


class SendEntry(Entry):
    """The mail; what is left out is as the customer's profile asks for."""

    to_address: Annotated[str, Field(max_length=254, examples=["einkauf@mueller.example"])] = ""
    subject: Annotated[str, Field(max_length=200, examples=["Your invoice"])] = ""
    text: Annotated[
        str, Field(max_length=10_000, description="`{link}` becomes the customer's link.", examples=["See {link}"])
    ] = ""


class CreditPartEntry(Entry):
    """What is credited of one line: a quantity, or an amount in the price mode of the document."""

    position: Annotated[int, Field(ge=1, le=5000, strict=True, examples=[1])]
    quantity: Number | None = None
    amount_minor: Annotated[Minor | None, Field(examples=[None])] = None


class CreditEntry(Entry):
    """What is credited and why. Without parts: all that is left."""

    reason: Annotated[str, Field(max_length=300, examples=["Wrong quantity"])] = ""
    parts: Annotated[list[CreditPartEntry], Field(max_length=5000)] = []
    issued_on: Annotated[Day | None, Field(examples=[None])] = None
    goods_stay: Annotated[Flag, Field(description="With the customer: credited quantities do not come back.")] = False


class WriteOffEntry(Entry):
    """Why an open amount is given up."""

    reason: Annotated[str, Field(min_length=1, max_length=300, examples=["Insolvent"])]
    amount_minor: Annotated[Minor | None, Field(description="Nothing: all that is open.", examples=[None])] = None


class DocumentFilters(paging.Paged):
    """Which documents a list shows."""

    state: Literal["all", "open", "overdue", "paid", "credited"] = "all"
    customer_id: UUID | None = None
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = ""
    q: Annotated[str, Field(max_length=100, description="Part of a number, a customer, an amount.")] = ""
    since: date | None = None
    until: date | None = None
    own: OwnAsked = []


@reads(router, "/documents", needs=_VIEW, gives=paging.Page[DocumentSummary])
def list_documents(request: HttpRequest, filters: Query[DocumentFilters]) -> Any:
    """List issued documents, the latest first."""
    caller = caller_of(request)
    page = queries.document_page(
        caller.member, today=caller.today, state=filters.state, customer_id=filters.customer_id,
        currency=filters.currency, search=filters.q.strip(), since=filters.since, until=filters.until,
        own=own_wanted(caller, Subject.INVOICE, filters.own),
        cursor=paging.read(filters.cursor, str)[0] if filters.cursor else "", limit=filters.limit,
    )  # fmt: skip
    own = own_shapes(caller, Subject.INVOICE, {row.id: row.customer_id for row in page.rows})
    rows = [
        DocumentSummary(
            row.id, row.kind, row.number, row.customer_id, row.customer_name, row.issued_on, row.due_on, row.currency,
            row.payable_minor, row.open_minor, row.state.value, row.days_late, own.get(row.id, {}),
        )
        for row in page.rows
    ]  # fmt: skip
    return paging.Page(rows, paging.written([page.next_cursor]) if page.next_cursor else None)


@reads(router, "/documents/{uuid:document_id}", needs=_VIEW, gives=Document, is_record=True)
def get_document(request: HttpRequest, document_id: UUID) -> Any:
    """Get a document with its lines, taxes, sums and what settled it."""
    return shape_of_document(request, record(request, document_id))


_SAME = (
    "id", "kind", "number", "customer_id", "legal_entity_id", "corrects_id", "issued_on", "issued_at", "due_on",
    "currency", "price_mode", "language", "terms_days", "early_discount_percent", "early_discount_days", "details",
)  # fmt: skip


def shape_of_document(request: HttpRequest, row: Any) -> Document:
    """Return a document as the API gives it."""
    open_minor = ledger.open_minor(row.id)
    settled = payments.allocations_of_document(row.id) if open_minor != row.payable_minor else ()
    return Document(
        **{name: getattr(row, name) for name in _SAME},
        lines=[
            parts.line_shape(line, line.net_minor, line.tax_category, line.tax_rate) for line in queries.lines_of(row)
        ],
        tax_groups=[
            TaxGroup(tax.category, tax.rate, tax.reason, tax.taxable_minor, tax.tax_minor)
            for tax in queries.taxes_of(row)
        ],
        totals=parts.totals_shape(row),
        open_minor=open_minor,
        state=queries.state_of(row, open_minor, caller_of(request).today).value,
        settlements=[
            Settlement(each.id, each.payment_id, each.credit_note_id, each.amount_minor, each.allocated_on)
            for each in settled
        ],
        content_sha256=bytes(row.content_sha256).hex(),
    )


def record(request: HttpRequest, document_id: UUID) -> Any:
    """Return the document that an operation is about."""
    return found(queries.document_for(caller_of(request).member, document_id))


Kind = Literal["document.pdf", "cii.xml", "ubl.xml"]
_KINDS: dict[str, tuple[queries.RenderingKind, str]] = {
    "document.pdf": ("pdf", "application/pdf"),
    "cii.xml": ("cii", "application/xml"),
    "ubl.xml": ("ubl", "application/xml"),
}


@reads(
    router,
    "/documents/{uuid:document_id}/files/{kind}",
    needs=_VIEW,
    gives=None,
    media_types=("application/pdf", "application/xml"),
)
def get_paper(request: HttpRequest, document_id: UUID, kind: Kind) -> Any:
    """Get the PDF or XML of a document. It is made and checked the first time, then kept for ever."""
    wanted, mime = _KINDS[kind]
    content = get_documents.content(record(request, document_id), wanted, at=caller_of(request).at)
    return HttpResponse(content, content_type=mime)


def _make_papers(request: HttpRequest, document_id: UUID) -> None:
    get_documents.kept(record(request, document_id), "pdf", at=caller_of(request).at)


@writes(
    router,
    "/documents/{uuid:document_id}/send",
    needs=Permission.INVOICE_SEND,
    gives=SentMail,
    status=201,
    prepares=_make_papers,
)
def send_document_by_mail(request: HttpRequest, document_id: UUID, mail: SendEntry) -> Any:
    """Send a document to the customer: papers, a link and a mail in the customer's language."""
    caller = caller_of(request)
    row = record(request, document_id)
    made = send_document.send(row, **mail.model_dump(), actor=caller.actor, at=caller.at)
    return SentMail(made.id, made.to_address, made.subject, made.state)


@writes(router, "/documents/{uuid:document_id}/credit", needs=Permission.INVOICE_CREDIT, gives=Document, status=201)
def credit_document(request: HttpRequest, document_id: UUID, credit: CreditEntry) -> Any:
    """Credit an invoice, whole or in parts: the credit note is issued and settles it at one stroke."""
    caller = caller_of(request)
    wanted = {part.position: CreditPart(part.quantity, part.amount_minor) for part in credit.parts}
    made = credit_invoice.credit(
        document=record(request, document_id),
        reason=credit.reason,
        parts=wanted or "whole",
        issued_on=credit.issued_on,
        goods_stay=credit.goods_stay,
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of_document(request, made)


@writes(
    router, "/documents/{uuid:document_id}/write-off", needs=Permission.INVOICE_WRITE_OFF, gives=WriteOff, status=201
)
def write_off_document(request: HttpRequest, document_id: UUID, how: WriteOffEntry) -> Any:
    """Give up what is open of an invoice, or a part of it, and correct its share of tax."""
    caller = caller_of(request)
    row = record(request, document_id)
    made = invoicing.write_off(
        document=row, reason=how.reason, amount_minor=how.amount_minor, actor=caller.actor, at=caller.at
    )
    return WriteOff(made.id, row.id, made.amount_minor, made.reason, made.at)


def subject(request: HttpRequest, subject_id: UUID) -> Any:
    """Return the draft or document of an id."""
    member = caller_of(request).member
    return queries.draft_for(member, subject_id) or found(queries.document_for(member, subject_id))


@reads(router, "/documents/{uuid:document_id}/links", needs=_VIEW, gives=list[Link])
def list_links(request: HttpRequest, document_id: UUID) -> Any:
    """List the links that were made for a document, the latest first."""
    return [_link(each) for each in queries.links_of(record(request, document_id))]


def _link(row: Any) -> Link:
    return Link(row.id, row.created_at, row.expires_at, row.revoked_at, row.first_seen_at, row.last_seen_at)


@writes(
    router,
    "/documents/{uuid:document_id}/links",
    needs=Permission.INVOICE_SEND,
    gives=MadeLink,
    status=201,
    reveals=("url",),
)
def make_link(request: HttpRequest, document_id: UUID) -> Any:
    """Make a link by which the customer sees, asks about and pays a document."""
    caller = caller_of(request)
    made = invoicing.create_link(document=record(request, document_id), actor=caller.actor, at=caller.at)
    return MadeLink(made.link_id, f"{settings.PUBLIC_URL}/i/{made.token}", made.expires_at)


@writes(
    router,
    "/documents/{uuid:document_id}/links/{uuid:link_id}",
    method="DELETE",
    needs=Permission.INVOICE_SEND,
)
def revoke_link(request: HttpRequest, document_id: UUID, link_id: UUID) -> Any:
    """Close a link at once."""
    caller = caller_of(request)
    links = queries.links_of(record(request, document_id)).select_related("document")
    invoicing.revoke_link(link=found(links.filter(id=link_id).first()), actor=caller.actor, at=caller.at)
