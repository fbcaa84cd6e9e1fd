"""The words that invoices are sent with, and the mail as it would go out."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Entry, Id, Language
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.crm import queries as crm
from conto.apps.invoicing import queries as documents
from conto.apps.messaging import actions, queries
from conto.domain.invoice_words import LONGEST_SUBJECT, LONGEST_TEXT
from conto.domain.permissions import Permission
from conto.flows import send_document

router = noun("Documents")
_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
Kind = Annotated[Literal["invoice", "credit_note"], Field(description="What the words are sent with.")]
OccasionName = Annotated[
    Literal["", "overdue", "late", "first", "returning", "reliable"],
    Field(
        description="What the customer's history makes of the document: something else is overdue, the last was paid "
        "late, it is the first, the first in more than a year, all were paid in time. Empty: always.",
        examples=["first"],
    ),
]
Tag = Annotated[str, Field(max_length=50, description="Only customers with this tag; empty: all.", examples=["VIP"])]
SubjectText = Annotated[str, Field(min_length=1, max_length=LONGEST_SUBJECT, examples=["Invoice {number}"])]
LongText = Annotated[
    str,
    Field(
        min_length=1, max_length=LONGEST_TEXT, description="Places in braces are filled in: {link}, {total}, {due} …",
        examples=["Hello {contact},\n\nthank you for paying in time. {link}"],
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class InvoiceWords:
    """Words that invoices or credit notes are sent with."""

    id: Id
    kind: Kind
    language: Language
    customer_id: Id | None
    tag: Tag
    occasion: OccasionName
    subject: SubjectText
    text: LongText


class InvoiceWordsEntry(Entry):
    """Words for a customer, for a tag or for all."""

    kind: Kind = "invoice"
    language: Language
    customer_id: Id | None = None
    tag: Tag = ""
    occasion: OccasionName = ""
    subject: SubjectText
    text: LongText


@dataclass(frozen=True, slots=True)
class DocumentMessage:
    """The mail that a document would be sent with now; `{link}` becomes a link of the customer's own."""

    to_address: str
    subject: str
    text: str
    files: list[str]
    words_id: Annotated[Id | None, Field(description="The words that fit; none: those that come with Conto.")]
    occasions: Annotated[list[str], Field(examples=[["first"]], description="The most telling first.")]


def _shape(row: Any) -> InvoiceWords:
    tag = row.tag.name if row.tag else ""
    return InvoiceWords(
        row.id, row.kind, row.language, row.customer_id, tag, row.occasion, row.subject, row.text
    )  # fmt: skip


@reads(router, "/invoice-words", needs=_VIEW, gives=list[InvoiceWords])
def list_invoice_words(request: HttpRequest) -> Any:
    """List the words that invoices are sent with."""
    return [_shape(row) for row in queries.invoice_words_page(caller_of(request).member)]


@writes(router, "/invoice-words", needs=_EDIT, gives=InvoiceWords, status=201)
def add_invoice_words(request: HttpRequest, words: InvoiceWordsEntry) -> Any:
    """Add words for a customer, for a tag or for all, for always or on an occasion."""
    return _saved(request, None, words)


@writes(router, "/invoice-words/{uuid:invoice_words_id}", method="PUT", needs=_EDIT, gives=InvoiceWords)
def change_invoice_words(request: HttpRequest, invoice_words_id: UUID, words: InvoiceWordsEntry) -> Any:
    """Change words that invoices are sent with."""
    return _saved(request, found(queries.invoice_words_for(caller_of(request).member, invoice_words_id)), words)


def _saved(request: HttpRequest, row: Any, words: InvoiceWordsEntry) -> InvoiceWords:
    caller, given = caller_of(request), words.model_dump()
    customer_id = given.pop("customer_id")
    customer = found(crm.customer_for(caller.member, customer_id)) if customer_id else None
    return _shape(actions.save_invoice_words(row=row, customer=customer, **given, actor=caller.actor, at=caller.at))


@writes(router, "/invoice-words/{uuid:invoice_words_id}", method="DELETE", needs=_EDIT)
def remove_invoice_words(request: HttpRequest, invoice_words_id: UUID) -> Any:
    """Take words away; what fits next is sent."""
    caller = caller_of(request)
    row = found(queries.invoice_words_for(caller.member, invoice_words_id))
    actions.remove_invoice_words(row=row, actor=caller.actor, at=caller.at)


@reads(router, "/documents/{uuid:document_id}/message", needs=Permission.INVOICE_SEND, gives=DocumentMessage)
def get_document_message(request: HttpRequest, document_id: UUID) -> Any:
    """Get the mail that a document would be sent with now, in the words that fit the customer's history."""
    caller = caller_of(request)
    document = found(documents.document_for(caller.member, document_id))
    proposed = send_document.proposal(document, on=caller.today)
    return DocumentMessage(
        proposed.to_address, proposed.subject, proposed.text, list(proposed.file_names),
        proposed.words.id if proposed.words else None, [str(each) for each in proposed.occasions],
    )  # fmt: skip
