"""Facts about customers and what is sold to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


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
class ConsentGiven(Fact):
    """A person agreed to something."""

    subject_kind: ClassVar[str] = "contact"
    name: str
    purpose: str
    way: str
    wording: str
    agreed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Fact):
    """A person took back what they agreed to, or said no."""

    subject_kind: ClassVar[str] = "contact"
    name: str
    purpose: str
    way: str


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
class NoteChanged(Fact):
    """The words of a note were changed."""

    subject_kind: ClassVar[str] = "note"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogged(Fact):
    """Somebody spoke with a customer and wrote down what was said."""

    subject_kind: ClassVar[str] = "note"
    with_name: str = ""
    minutes: int | None = None
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
class ItemRestored(Fact):
    """An item is offered again."""

    subject_kind: ClassVar[str] = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSet(Fact):
    """An item has a price in a currency from a day on."""

    subject_kind: ClassVar[str] = "item"
    currency: str
    amount: Decimal
    valid_from: date
