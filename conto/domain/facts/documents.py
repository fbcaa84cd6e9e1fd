"""Facts about documents and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDrafted(Fact):
    """A draft exists: no number, no posting, can be discarded."""

    subject_kind: ClassVar[str] = "document"
    document_kind: str
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChanged(Fact):
    """A draft changed."""

    subject_kind: ClassVar[str] = "document"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHeld(Fact):
    """A draft was not issued because of what the check list found; it waits until somebody looks."""

    subject_kind: ClassVar[str] = "document"
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCarried(Fact):
    """What a billing run billed is below the minimum amount; it goes onto the next invoice of the customer."""

    subject_kind: ClassVar[str] = "document"
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentScheduled(Fact):
    """A draft of a billing run waits for its time: then it is issued by itself, unless somebody stops it."""

    subject_kind: ClassVar[str] = "document"
    issues_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentStopped(Fact):
    """Somebody stopped a draft from being issued by itself."""

    subject_kind: ClassVar[str] = "document"
    issues_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueBatchStarted(Fact):
    """Somebody had drafts checked, issued and sent together."""

    subject_kind: ClassVar[str] = "issue_batch"
    drafts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueBatchEnded(Fact):
    """A batch of drafts is through."""

    subject_kind: ClassVar[str] = "issue_batch"
    issued: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDiscarded(Fact):
    """A draft is gone."""

    subject_kind: ClassVar[str] = "document"
    document_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(Fact):
    """An invoice has its number and never changes again."""

    subject_kind: ClassVar[str] = "document"
    number: str
    currency: str
    total_minor: int
    issued_on: date
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued(Fact):
    """A credit note has its number; it points to the invoice that it corrects."""

    subject_kind: ClassVar[str] = "document"
    number: str
    currency: str
    total_minor: int
    issued_on: date
    corrects_id: UUID | None = None
    corrects_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositInvoiceIssued(Fact):
    """A deposit invoice (type 386) has its number."""

    subject_kind: ClassVar[str] = "document"
    number: str
    currency: str
    total_minor: int
    issued_on: date
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOverridden(Fact):
    """Somebody issued in spite of a warning and said why."""

    subject_kind: ClassVar[str] = "document"
    codes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProFormaSent(Fact):
    """A draft went out as a pro forma invoice."""

    subject_kind: ClassVar[str] = "document"
    recipient: str
    currency: str
    total_minor: int
    message_id: UUID | None = None
    pdf_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSent(Fact):
    """A document went out."""

    subject_kind: ClassVar[str] = "document"
    number: str
    channel: str
    recipient: str
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentViewed(Fact):
    """The customer opened the link of a document."""

    subject_kind: ClassVar[str] = "document"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDownloaded(Fact):
    """The customer downloaded a document."""

    subject_kind: ClassVar[str] = "document"
    number: str
    file_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Fact):
    """The customer asked something about a document."""

    subject_kind: ClassVar[str] = "document"
    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentAdded(Fact):
    """A file hangs on a document or customer."""

    subject_kind: ClassVar[str] = "attachment"
    file_name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWrittenOff(Fact):
    """The rest of an invoice is given up."""

    subject_kind: ClassVar[str] = "document"
    number: str
    currency: str
    amount_minor: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffReversed(Fact):
    """A write-off was undone, mostly because the money came after all."""

    subject_kind: ClassVar[str] = "document"
    number: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyDiscountTaken(Fact):
    """The customer paid in time and kept the agreed discount."""

    subject_kind: ClassVar[str] = "document"
    number: str
    currency: str
    discount_minor: int
    tax_corrected_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaid(Fact):
    """Nothing of the invoice is open any more."""

    subject_kind: ClassVar[str] = "document"
    number: str
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDelivered(Fact):
    """The receiving mail server took a message."""

    subject_kind: ClassVar[str] = "message"
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBounced(Fact):
    """A message did not arrive."""

    subject_kind: ClassVar[str] = "message"
    recipient: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMade(Fact):
    """A link was made by which the customer sees the document."""

    subject_kind: ClassVar[str] = "document"
    number: str
    expires_at: datetime
    is_printed: bool = False  # on the paper, where it leads to paying


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRevoked(Fact):
    """A customer's link was closed."""

    subject_kind: ClassVar[str] = "document"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(Fact):
    """A customer's question about a document was answered."""

    subject_kind: ClassVar[str] = "document"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRemoved(Fact):
    """A file was taken off a draft."""

    subject_kind: ClassVar[str] = "attachment"
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWordsChanged(Fact):
    """Words that invoices are sent with were added or changed."""

    subject_kind: ClassVar[str] = "invoice_words"
    whom: str  # a customer, a tag, or empty for all
    occasion: str
    language: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWordsRemoved(Fact):
    """Words that invoices are sent with were taken away."""

    subject_kind: ClassVar[str] = "invoice_words"
    whom: str
    occasion: str
    language: str
