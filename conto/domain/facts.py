"""What happened: one frozen dataclass per fact, recorded in the transaction that made it true.

A fact names its subject, its customer (for the timeline) and the journal entry that it posted, if any; everything
else is its payload. Personal words are kept out where an id will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

Changes = dict[str, list[Any]]
ActorKind = Literal["member", "system", "customer", "import"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a member, the system, a customer on the portal, or an import."""

    member_id: UUID | None
    kind: ActorKind
    name: str


SYSTEM = Actor(None, "system", "Conto")

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_HEAD = frozenset({"subject_id", "customer_id", "entry_id"})
_OWN_FIELDS: dict[type, tuple[str, ...]] = {}
FACTS: dict[str, type[Fact]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The head that all facts share."""

    kind: ClassVar[str] = "fact"
    subject_kind: ClassVar[str] = ""

    subject_id: UUID
    customer_id: UUID | None = None
    entry_id: UUID | None = None

    def __init_subclass__(cls) -> None:
        cls.kind = _WORD.sub("_", cls.__name__).lower()
        FACTS[cls.kind] = cls

    def payload(self) -> dict[str, Any]:
        """This function will give the fact's own fields as JSON values."""
        cls = type(self)
        names = _OWN_FIELDS.get(cls)
        if names is None:
            names = _OWN_FIELDS[cls] = tuple(f.name for f in fields(cls) if f.name not in _HEAD)
        return {
            name: value if value is None or type(value) in _PLAIN else _json(value)
            for name in names
            for value in (getattr(self, name),)
        }


_PLAIN = frozenset({str, int, bool})


def _json(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return str(value) if type(value) not in _PLAIN and isinstance(value, str) else value
        case UUID() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): _json(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_json(item) for item in _ordered(value)]
    raise TypeError(f"{type(value).__name__} has no place in a fact")


def _ordered(items: Any) -> Iterator[Any]:
    return iter(sorted(items)) if isinstance(items, set | frozenset) else iter(items)


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    """This function will list what differs as {name: [before, after]}, in the order of `after`."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}


# --- members and the business -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(Fact):
    """A person can now work in the book."""

    subject_kind: ClassVar[str] = "member"
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(Fact):
    """A member's name, role or state changed."""

    subject_kind: ClassVar[str] = "member"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPasswordChanged(Fact):
    """A member has a new password."""

    subject_kind: ClassVar[str] = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignedIn(Fact):
    """A member logged in."""

    subject_kind: ClassVar[str] = "member"
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignedOut(Fact):
    """A member logged out."""

    subject_kind: ClassVar[str] = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignInFailed(Fact):
    """Somebody tried to log in as a member and failed."""

    subject_kind: ClassVar[str] = "member"
    address: str = ""
    reason: str = "password"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessAdded(Fact):
    """A legal entity (seller) exists."""

    subject_kind: ClassVar[str] = "business"
    name: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessChanged(Fact):
    """The legal entity's own details changed."""

    subject_kind: ClassVar[str] = "business"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Fact):
    """A setting of an area changed."""

    subject_kind: ClassVar[str] = "settings"
    area: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChanged(Fact):
    """A number series was added or its pattern or start changed."""

    subject_kind: ClassVar[str] = "series"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class BookClockMoved(Fact):
    """The clock of a demo or sandbox book was moved forward."""

    subject_kind: ClassVar[str] = "book"
    moved_to: datetime


# --- customers --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAdded(Fact):
    """A company or person became a record."""

    subject_kind: ClassVar[str] = "customer"
    number: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Fact):
    """Something about a customer changed."""

    subject_kind: ClassVar[str] = "customer"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerArchived(Fact):
    """A customer is out of daily sight; nothing is lost."""

    subject_kind: ClassVar[str] = "customer"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRestored(Fact):
    """An archived customer is back in daily sight."""

    subject_kind: ClassVar[str] = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAdded(Fact):
    """A customer has one more person to talk to."""

    subject_kind: ClassVar[str] = "contact"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Fact):
    """A contact's details changed."""

    subject_kind: ClassVar[str] = "contact"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRemoved(Fact):
    """A person is no longer a contact of the customer."""

    subject_kind: ClassVar[str] = "contact"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAdded(Fact):
    """A customer has one more address."""

    subject_kind: ClassVar[str] = "address"
    address_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChanged(Fact):
    """An address changed; issued documents keep the old one."""

    subject_kind: ClassVar[str] = "address"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Fact):
    """Somebody wrote something down about a customer."""

    subject_kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAdded(Fact):
    """A customer got a tag."""

    subject_kind: ClassVar[str] = "customer"
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRemoved(Fact):
    """A customer lost a tag."""

    subject_kind: ClassVar[str] = "customer"
    tag: str


# --- catalog ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAdded(Fact):
    """A product or service can be sold."""

    subject_kind: ClassVar[str] = "item"
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged(Fact):
    """An item changed; old documents keep what they printed."""

    subject_kind: ClassVar[str] = "item"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemArchived(Fact):
    """An item is no longer offered."""

    subject_kind: ClassVar[str] = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSet(Fact):
    """An item has a price in a currency from a day on."""

    subject_kind: ClassVar[str] = "item"
    currency: str
    amount: Decimal
    valid_from: date


# --- invoices ---------------------------------------------------------------------------------------------------


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


# --- messages ---------------------------------------------------------------------------------------------------


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


# --- payments ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStarted(Fact):
    """The customer was sent to the payment provider."""

    subject_kind: ClassVar[str] = "payment"
    currency: str
    amount_minor: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived(Fact):
    """Money came in."""

    subject_kind: ClassVar[str] = "payment"
    currency: str
    amount_minor: int
    method: str
    received_on: date | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Fact):
    """A payment was tried and did not go through."""

    subject_kind: ClassVar[str] = "payment"
    currency: str
    amount_minor: int
    method: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAllocated(Fact):
    """A part of a payment or credit settles an invoice."""

    subject_kind: ClassVar[str] = "allocation"
    credit_id: UUID
    document_id: UUID
    number: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationReversed(Fact):
    """An allocation was undone; the money is the customer's credit again."""

    subject_kind: ClassVar[str] = "allocation"
    credit_id: UUID
    document_id: UUID
    number: str
    currency: str
    amount_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded(Fact):
    """Money went back to the customer."""

    subject_kind: ClassVar[str] = "refund"
    payment_id: UUID | None = None
    currency: str
    amount_minor: int
    method: str
    reason: str = ""


# --- imports ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFinished(Fact):
    """An import is through."""

    subject_kind: ClassVar[str] = "import"
    source: str
    added: int
    skipped: int
    refused: int
    totals_minor: dict[str, int] = field(default_factory=dict)
