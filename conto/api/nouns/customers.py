"""Customers: the record, its list, archive and tags."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import (
    Count,
    Country,
    Currency,
    Email,
    Entry,
    Flag,
    Id,
    Instant,
    Language,
    Line,
    Name,
    Number,
    Short,
    Words,
    instant_of,
)
from conto.api.operations import Match, noun, reads, writes
from conto.api.own import Own, OwnAsked, OwnGiven, own_of, own_shapes, own_wanted
from conto.api.reading import found, given, lock
from conto.apps.crm import actions as crm
from conto.apps.crm import queries
from conto.apps.crm.entry import NewContact, NewCustomer, PostalAddress
from conto.apps.payments.queries import made_lists
from conto.domain.fields import Subject
from conto.domain.permissions import Permission

router = noun("Customers")
Kind = Literal["company", "person"]
Delivery = Literal["email_pdf", "einvoice", "portal", "post"]
KindWord = Annotated[str, Field(json_schema_extra={"enum": ["company", "person"]}, examples=["company"])]
DeliveryWord = Annotated[
    str, Field(json_schema_extra={"enum": ["email_pdf", "einvoice", "portal", "post"]}, examples=["email_pdf"])
]
AddressKind = Annotated[str, Field(json_schema_extra={"enum": ["billing", "delivery"]}, examples=["billing"])]
Method = Literal["bank_transfer", "card", "cash", "cheque", "direct_debit", "other"]


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a customer."""

    id: Id
    kind: AddressKind
    line1: str
    line2: str
    postcode: str
    city: str
    region: str
    country: Country


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a customer."""

    id: Id
    name: Annotated[str, Field(examples=["Eva Kupfer"])]
    job_title: str
    email: Email
    phone: str
    receives_invoices: bool
    own: Own


@dataclass(frozen=True, slots=True)
class TaxNumber:
    """A tax number of a customer."""

    id: Id
    country: Country
    value: Annotated[str, Field(examples=["DE136695976"])]
    is_vat: bool
    is_confirmed: bool
    consultation_number: str


@dataclass(frozen=True, slots=True)
class BankHint:
    """That a customer has a bank account; the rest is asked for with the permission to see it in full."""

    id: Id
    last4: Annotated[str, Field(examples=["2051"])]


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """A customer in a list."""

    id: Id
    kind: KindWord
    name: Annotated[str, Field(examples=["Müller & Söhne"])]
    email: Email
    phone: Annotated[str, Field(examples=["+493012345678"])]
    city: Annotated[str, Field(examples=["Augsburg"])]
    country: Country
    currency: Currency
    owner_name: str
    tags: Annotated[list[str], Field(examples=[["studio"]])]
    created_at: Instant
    archived_at: datetime | None
    own: Own


@dataclass(frozen=True, slots=True)
class Customer:
    """A company or person that buys, with everything that new invoices take from it."""

    id: Id
    kind: KindWord
    name: Annotated[str, Field(examples=["Müller & Söhne"])]
    legal_name: str
    email: Email
    phone: Annotated[str, Field(examples=["+493012345678"])]
    website: str
    owner_id: UUID | None
    language: Language
    currency: Currency
    zone: str
    terms_days: Annotated[int | None, Field(description="Days to pay; null: the seller's.", examples=[14])]
    early_discount_percent: Number | None
    early_discount_days: int | None
    delivery_method: DeliveryWord
    payment_methods: Annotated[list[Method], Field(description="Empty: all that the seller offers.")]
    buyer_reference: str
    electronic_address_scheme: str
    electronic_address: str
    is_tax_exempt: bool
    addresses: list[Address]
    contacts: list[Contact]
    tax_numbers: list[TaxNumber]
    bank: BankHint | None
    tags: Annotated[list[str], Field(examples=[["studio"]])]
    created_at: Instant
    changed_at: Instant
    archived_at: datetime | None
    own: Own


class AddressEntry(Entry):
    """A postal address."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]
    line1: Line = ""
    line2: Line = ""
    postcode: Annotated[str, Field(max_length=20, examples=["86152"])] = ""
    city: Annotated[str, Field(max_length=100, examples=["Augsburg"])] = ""
    region: Short = ""

    def address(self) -> PostalAddress:
        """Return the address as the area takes it."""
        return PostalAddress(**self.model_dump())


class ContactEntry(Entry):
    """A person at a customer."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Eva Kupfer"])]
    job_title: Short = ""
    email: Email = ""
    phone: Annotated[str, Field(max_length=40, examples=["+493012345678"])] = ""
    receives_invoices: Flag = False
    own: OwnGiven = {}


class CustomerFields(Entry):
    """The fields of a customer's record."""

    kind: Kind = "company"
    legal_name: Line = ""
    email: Email = ""
    phone: Annotated[str, Field(max_length=40, examples=["+493012345678"])] = ""
    website: Annotated[str, Field(max_length=200, examples=["https://mueller.example"])] = ""
    owner_id: Id | None = None
    zone: Annotated[str, Field(max_length=50, examples=["Europe/Berlin"])] = ""
    terms_days: Count | None = None
    early_discount_percent: Number | None = None
    early_discount_days: Count | None = None
    delivery_method: Delivery = "email_pdf"
    payment_methods: Annotated[list[Method], Field(max_length=6)] = []
    buyer_reference: Short = ""
    electronic_address_scheme: Annotated[str, Field(max_length=10, examples=["0204"])] = ""
    electronic_address: Short = ""
    is_tax_exempt: Flag = False
    own: OwnGiven = {}


class CustomerEntry(CustomerFields):
    """A new customer with what is known on the first day. Only the name is needed."""

    name: Name
    language: Annotated[Literal["", "en", "de", "fr"], Field(description="Empty: the business's.")] = ""
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$", description="Empty: the business's.", examples=["EUR"])] = (
        ""
    )
    billing: AddressEntry | None = None
    delivery: AddressEntry | None = None
    vat_number: Annotated[str, Field(max_length=40, examples=["DE136695976"])] = ""
    tax_number: Annotated[str, Field(max_length=40, examples=[""])] = ""
    iban: Annotated[str, Field(max_length=42, examples=["DE02120300000000202051"])] = ""
    bank_holder: Line = ""
    contacts: Annotated[list[ContactEntry], Field(max_length=50)] = []
    tags: Annotated[list[Annotated[str, Field(max_length=50, examples=["studio"])]], Field(max_length=50)] = []
    note: Words = ""


class CustomerChange(CustomerFields):
    """What changes of a customer's record; what is left out stays."""

    name: Name = "-"
    language: Language = "en"
    currency: Currency = "EUR"


class CustomerFilters(paging.Paged):
    """Which customers a list shows."""

    q: Annotated[str, Field(description="Beginnings of names, mails, phones.", max_length=100)] = ""
    tag: Annotated[str, Field(max_length=50)] = ""
    owner_id: UUID | None = None
    country: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ""
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = ""
    kind: Literal["", "company", "person"] = ""
    archived: Annotated[bool, Field(description="The archived ones instead.")] = False
    own: OwnAsked = []
    sort: Annotated[Literal["name", "newest"], Field(description="By name, or the newest first.")] = "name"


class TagEntry(Entry):
    """A tag."""

    name: Annotated[str, Field(min_length=1, max_length=50, examples=["studio"])]


@reads(router, "/customers", needs=Permission.CUSTOMER_VIEW, gives=paging.Page[CustomerSummary])
def list_customers(request: HttpRequest, filters: Query[CustomerFilters]) -> Any:
    """List customers by name or age."""
    cursor = None
    if filters.cursor:
        key_kind = str if filters.sort == "name" else _instant_text
        key, row_id = paging.read(filters.cursor, key_kind, UUID)
        cursor = queries.Cursor(key=key, id=row_id)
    caller = caller_of(request)
    chosen = queries.CustomerFilters(
            text=filters.q.strip(), tag=filters.tag, owner_id=filters.owner_id, country=filters.country,
            currency=filters.currency, kind=filters.kind, is_archived=filters.archived, order=filters.sort,
            own=own_wanted(caller, Subject.CUSTOMER, filters.own),
    )  # fmt: skip
    chosen = made_lists.narrowed(caller.business, caller.member, chosen, caller.today)
    page = queries.customer_page(caller.member, chosen, cursor, filters.limit)
    more = paging.written([page.after.key, page.after.id]) if page.after else None
    own = own_shapes(caller, Subject.CUSTOMER, {row.id: row.id for row in page.rows})
    return paging.Page([_summary(row, own.get(row.id, {})) for row in page.rows], more)


def _instant_text(text: Any) -> str:
    return instant_of(text).isoformat()


def _summary(row: queries.CustomerRow, own: dict[str, Any]) -> CustomerSummary:
    return CustomerSummary(
        row.id, row.kind, row.name, row.email, row.phone, row.city, row.country, row.currency, row.owner_name,
        list(row.tags), row.created_at, row.archived_at, own,
    )  # fmt: skip


@reads(router, "/customers/{uuid:customer_id}", needs=Permission.CUSTOMER_VIEW, gives=Customer, is_record=True)
def get_customer(request: HttpRequest, customer_id: UUID) -> Any:
    """Get a customer with all that belongs to it."""
    return shape_of(request, customer_id)


def shape_of(request: HttpRequest, customer_id: UUID) -> Customer:
    """Return a customer as the API gives it."""
    caller = caller_of(request)
    row, around = found(queries.customer_with_surroundings(caller.member, customer_id))
    people = own_shapes(caller, Subject.CONTACT, {each["id"]: row.id for each in around.contacts})
    return Customer(
        id=row.id, kind=row.kind, name=row.name, legal_name=row.legal_name, email=row.email, phone=row.phone,
        website=row.website, owner_id=row.owner_id, language=row.language, currency=row.currency, zone=row.zone,
        terms_days=row.terms_days, early_discount_percent=row.early_discount_percent,
        early_discount_days=row.early_discount_days, delivery_method=row.delivery_method,
        payment_methods=row.payment_methods, buyer_reference=row.buyer_reference,
        electronic_address_scheme=row.electronic_address_scheme, electronic_address=row.electronic_address,
        is_tax_exempt=row.is_tax_exempt,
        addresses=[address_shape(each) for each in around.addresses],
        contacts=[Contact(**each, own=people.get(each["id"], {})) for each in around.contacts],
        tax_numbers=[TaxNumber(**each) for each in around.tax_numbers],
        bank=BankHint(**around.bank) if around.bank else None,
        tags=list(around.tags), created_at=row.created_at, changed_at=row.changed_at, archived_at=row.archived_at,
        own=own_shapes(caller, Subject.CUSTOMER, {row.id: row.id}).get(row.id, {}),
    )  # fmt: skip


def address_shape(of: queries.PostalLines) -> Address:
    """Return an address as the API gives it."""
    return Address(of.id, of.kind, of.line1, of.line2, of.postcode, of.city, of.region, of.country)


def record(request: HttpRequest, customer_id: UUID) -> Any:
    """Return the customer that an operation is about."""
    return found(queries.customer_for(caller_of(request).member, customer_id))


def hold(request: HttpRequest, customer_id: UUID) -> None:
    """Hold a customer until the change is done."""
    lock(queries.customers(caller_of(request).member), customer_id)


MATCH = Match(shape_of, hold)


@writes(router, "/customers", needs=Permission.CUSTOMER_EDIT, gives=Customer, status=201, match=None)
def add_customer(request: HttpRequest, given: CustomerEntry) -> Any:
    """Add a customer.

    Nothing is written when one detail cannot stand; `errors` of the answer names every field.
    """
    caller = caller_of(request)
    known = {name: getattr(given, name) for name in type(given).model_fields}
    for name in ("billing", "delivery"):
        known[name] = known[name].address() if known[name] else None
    known["contacts"] = tuple(
        NewContact(**each.model_dump(exclude={"own"}), own=own_of(each)) for each in given.contacts
    )
    known["own"] = own_of(given)
    known["tags"], known["payment_methods"] = tuple(given.tags), tuple(given.payment_methods)
    made = crm.add_customer(new=NewCustomer(**known), actor=caller.actor, at=caller.at)
    return shape_of(request, made.id)


@writes(
    router, "/customers/{uuid:customer_id}", method="PATCH", needs=Permission.CUSTOMER_EDIT, gives=Customer, match=MATCH
)
def change_customer(request: HttpRequest, customer_id: UUID, changes: CustomerChange) -> Any:
    """Change a customer's record; what the body leaves out stays."""
    caller = caller_of(request)
    row = record(request, customer_id)
    crm.change_customer(
        customer=row, changes=given(changes, "own"), own=own_of(changes), actor=caller.actor, at=caller.at
    )
    return shape_of(request, customer_id)


@writes(router, "/customers/{uuid:customer_id}/archive", needs=Permission.CUSTOMER_ARCHIVE, gives=Customer)
def archive_customer(request: HttpRequest, customer_id: UUID) -> Any:
    """Take a customer out of daily sight; documents, payments and history stay."""
    caller = caller_of(request)
    crm.archive_customer(customer=record(request, customer_id), actor=caller.actor, at=caller.at)
    return shape_of(request, customer_id)


@writes(router, "/customers/{uuid:customer_id}/restore", needs=Permission.CUSTOMER_ARCHIVE, gives=Customer)
def restore_customer(request: HttpRequest, customer_id: UUID) -> Any:
    """Bring a customer back from the archive."""
    caller = caller_of(request)
    crm.restore_customer(customer=record(request, customer_id), actor=caller.actor, at=caller.at)
    return shape_of(request, customer_id)


@writes(router, "/customers/{uuid:customer_id}/tags", needs=Permission.CUSTOMER_EDIT, gives=Customer)
def add_tag(request: HttpRequest, customer_id: UUID, tag: TagEntry) -> Any:
    """Give a customer a tag."""
    caller = caller_of(request)
    crm.add_tag(customer=record(request, customer_id), name=tag.name, actor=caller.actor, at=caller.at)
    return shape_of(request, customer_id)


@writes(
    router, "/customers/{uuid:customer_id}/tags/{name}", method="DELETE", needs=Permission.CUSTOMER_EDIT, gives=Customer
)
def remove_tag(request: HttpRequest, customer_id: UUID, name: str) -> Any:
    """Take a tag off a customer."""
    caller = caller_of(request)
    crm.remove_tag(customer=record(request, customer_id), name=name, actor=caller.actor, at=caller.at)
    return shape_of(request, customer_id)
