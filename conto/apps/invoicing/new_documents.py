"""What is handed to issuing: documents that are computed to the last cent and lack only their number."""

import hashlib
import json
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.invoicing.entries import DocumentKind
from conto.domain.document import Contact, Party, PostalAddress
from conto.domain.invoice import ComputedDocument, TaxPart

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PartySnapshot:
    """A seller or buyer as it will stand on documents; equal parties have equal hashes."""

    sha256: bytes
    body: str  # canonical JSON


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What a line says beside its amounts."""

    item_id: UUID | None = None
    description: str = ""
    unit_code: str = "C62"
    allowance_percent: Decimal = ZERO
    period_start_on: date | None = None
    period_end_on: date | None = None
    corrects_position: int | None = None
    corrects_quantity: Decimal | None = None  # 0 when a line is credited by amount


PLAIN_LINE = LineFacts()


@dataclass(frozen=True, slots=True)
class NewPrepayment:
    """A deposit that a final invoice deducts, with its parts by tax group."""

    deposit_id: UUID
    parts: tuple[TaxPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document before it has its number. `line_facts` has one entry per line, or none for plain lines."""

    id: UUID
    legal_entity_id: UUID
    customer_id: UUID
    series_id: UUID
    issued_on: date
    issued_at: datetime
    due_on: date
    language: str
    seller: PartySnapshot
    buyer: PartySnapshot
    computed: ComputedDocument
    kind: DocumentKind = "invoice"
    terms_days: int = 0
    line_facts: tuple[LineFacts, ...] = ()
    template_id: UUID | None = None
    quote_id: UUID | None = None
    deal_id: UUID | None = None
    corrects_id: UUID | None = None
    corrects_number: str = ""
    corrects_deposit: bool = False
    is_late_charge: bool = False  # or corrects one
    early_discount_percent: Decimal | None = None
    early_discount_days: int | None = None
    prepayments: tuple[NewPrepayment, ...] = ()
    goods_stay: bool = False  # with the customer, though they are credited
    overrides: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedNumber:
    """What became of a new document."""

    document_id: UUID
    entry_id: UUID
    number: str


def snapshot_of(party: Party) -> PartySnapshot:
    """Freeze a party for documents; do it once per seller and customer, not once per document."""
    body = _canonical(_told(party))
    return PartySnapshot(hashlib.sha256(body.encode()).digest(), body)


def body_sha256(body: dict[str, Any]) -> bytes:
    """Hash a stored party as it was hashed when it was frozen."""
    return hashlib.sha256(_canonical(body).encode()).digest()


def _canonical(body: dict[str, Any]) -> str:
    return _CANONICAL.encode(body)


_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def party_from(body: dict[str, Any]) -> Party:
    """Read a party back from its snapshot."""
    known = {f.name for f in fields(Party)}
    values = {name: value for name, value in body.items() if name in known}
    values["address"] = PostalAddress(**body.get("address", {}))
    if body.get("contact"):
        values["contact"] = Contact(**body["contact"])
    return Party(**values)


_NAMES = {kind: tuple(each.name for each in fields(kind)) for kind in (Party, PostalAddress, Contact)}


def _told(part: Party | PostalAddress | Contact) -> dict[str, Any]:
    """Give what a party, or a part of it, says; what is empty is left out, but for the parts themselves."""
    told: dict[str, Any] = {}
    for name in _NAMES[type(part)]:
        value = getattr(part, name)
        if isinstance(value, PostalAddress | Contact):
            told[name] = _told(value)
        elif value not in ("", None):
            told[name] = value
    return told
