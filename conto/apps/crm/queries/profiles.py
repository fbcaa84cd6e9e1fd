"""What a customer's page and a new document read: billing profile, addresses, people, numbers, notes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.bulk.composed import Composed, given
from conto.apps.crm.models import Address, BankDetail, Contact, Customer, Note, TaxIdentifier
from conto.apps.crm.queries.lists import customers
from conto.apps.crm.sealed import IBAN_COLUMN
from conto.apps.vault.sealing import unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalLines:
    """An address of a customer."""

    id: UUID
    kind: str
    line1: str
    line2: str
    postcode: str
    city: str
    region: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingContact:
    """A person who receives invoices."""

    id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProfile:
    """Everything that a draft takes from the customer, untyped."""

    customer_id: UUID
    kind: str
    name: str
    legal_name: str
    email: str
    phone: str
    language: str
    currency: str
    zone: str
    terms_days: int | None  # none: the seller's
    early_discount_percent: Decimal | None
    early_discount_days: int | None
    delivery_method: str
    payment_methods: tuple[str, ...]  # empty: all that the seller offers
    buyer_reference: str
    electronic_address_scheme: str
    electronic_address: str
    is_tax_exempt: bool
    is_archived: bool
    vat_number: str
    vat_country: str
    vat_is_confirmed: bool
    tax_number: str
    billing: PostalLines | None
    delivery: PostalLines | None
    contacts: tuple[BillingContact, ...]

    @property
    def printed_name(self) -> str:
        """The name for documents: the legal one, where it differs."""
        return self.legal_name or self.name

    @property
    def is_business(self) -> bool:
        """Tell whether tax treats the customer as a business."""
        return self.kind == "company"

    @property
    def recipients(self) -> tuple[str, ...]:
        """Where invoices go: the contacts that receive them, else the customer's own address."""
        chosen = tuple(person.email for person in self.contacts if person.email)
        return chosen or ((self.email,) if self.email else ())


_ADDRESS = ("id", "kind", "line1", "line2", "postcode", "city", "region", "country")
_PROFILE = (
    "kind",
    "name",
    "legal_name",
    "email",
    "phone",
    "language",
    "currency",
    "zone",
    "terms_days",
    "early_discount_percent",
    "early_discount_days",
    "delivery_method",
    "buyer_reference",
    "electronic_address_scheme",
    "electronic_address",
    "is_tax_exempt",
)


_RECORD = ("id", "archived_at", "payment_methods")
_CUSTOMERS = Composed(lambda: Customer.objects.filter(id__one_of=given("customers")).values_list(*_RECORD, *_PROFILE))
_ADDRESSES = Composed(
    lambda: (
        Address.objects.filter(customer_id__one_of=given("customers"))
        .order_by("-id")
        .values_list("customer_id", *_ADDRESS)
    )
)
_TAX_NUMBERS = Composed(lambda: TaxIdentifier.objects.filter(customer_id__one_of=given("customers")).order_by("-id"))
_RECEIVING = Composed(
    lambda: (
        Contact.objects.filter(customer_id__one_of=given("customers"), receives_invoices=True, archived_at=None)
        .order_by("sort_key")
        .values_list("customer_id", "id", "name", "email")
    )
)


def billing_profile(customer: Customer) -> BillingProfile:
    """Return what a new document takes from one customer."""
    row = tuple(getattr(customer, name) for name in (*_RECORD, *_PROFILE))
    return _profiles([row])[customer.id]


def billing_profiles(customer_ids: Collection[UUID]) -> dict[UUID, BillingProfile]:
    """Return what new documents take from customers, with four queries however many they are."""
    return _profiles(_CUSTOMERS(customers=list(customer_ids)))


def _profiles(rows: Sequence[tuple[Any, ...]]) -> dict[UUID, BillingProfile]:
    ids = [row[0] for row in rows]
    addresses: dict[tuple[UUID, str], PostalLines] = {}
    for owner, *values in _ADDRESSES(customers=ids):
        line = PostalLines(**dict(zip(_ADDRESS, values, strict=True)))
        addresses[owner, line.kind] = line
    numbers: dict[tuple[UUID, bool], TaxIdentifier] = {}
    for number in _TAX_NUMBERS(customers=ids):
        numbers[number.customer_id, number.is_vat] = number
    people: dict[UUID, list[BillingContact]] = defaultdict(list)
    for owner, id_, name, email in _RECEIVING(customers=ids):
        people[owner].append(BillingContact(id=id_, name=name, email=email))
    return {
        id_: BillingProfile(
            customer_id=id_,
            is_archived=archived_at is not None,
            payment_methods=tuple(payment_methods),
            contacts=tuple(people[id_]),
            billing=addresses.get((id_, "billing")),
            delivery=addresses.get((id_, "delivery")),
            **_numbers(numbers.get((id_, True)), numbers.get((id_, False))),
            **dict(zip(_PROFILE, values, strict=True)),
        )
        for id_, archived_at, payment_methods, *values in rows
    }


def _numbers(vat: TaxIdentifier | None, other: TaxIdentifier | None) -> dict[str, Any]:
    return {
        "vat_number": vat.value if vat else "",
        "vat_country": vat.country if vat else "",
        "vat_is_confirmed": vat.is_confirmed if vat else False,
        "tax_number": other.value if other else "",
    }


def phone_country(customer: Customer) -> str:
    """Return the country in which a customer's national phone numbers are read: of the bill, else of the business."""
    own = Address.objects.filter(customer=customer, kind="billing").values_list("country", flat=True).first()
    if own:
        return own
    business = accounts.business()
    return business.country if business else ""


def contacts_of(customer: Customer) -> QuerySet[Contact]:
    """Return the people at a customer by name, without those who left."""
    return Contact.objects.filter(customer=customer, archived_at=None).order_by("sort_key", "id")


def contacts_by_customer(customer_ids: Collection[UUID]) -> dict[UUID, list[Contact]]:
    """Return the people at some customers by name, without those who left, by one query."""
    made: dict[UUID, list[Contact]] = {}
    rows = Contact.objects.filter(customer_id__in=customer_ids, archived_at=None).order_by("sort_key", "id")
    for person in rows:
        made.setdefault(person.customer_id, []).append(person)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What belongs to a customer beside its record."""

    addresses: tuple[PostalLines, ...]
    contacts: tuple[dict[str, Any], ...]
    tax_numbers: tuple[dict[str, Any], ...]
    bank: dict[str, Any] | None
    tags: tuple[str, ...]

    def address(self, kind: str) -> PostalLines | None:
        """Return the address of a kind, if there is one."""
        return next((each for each in self.addresses if each.kind == kind), None)

    def tax_number(self, *, is_vat: bool = True) -> dict[str, Any] | None:
        """Return the VAT number, or the other tax number, if there is one."""
        return next((each for each in self.tax_numbers if each["is_vat"] is is_vat), None)


_SURROUNDINGS = {
    "around_addresses": """
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'line1', a.line1, 'line2', a.line2,
     'postcode', a.postcode, 'city', a.city, 'region', a.region, 'country', a.country) ORDER BY a.kind, a.id), '[]')
   FROM crm_address a WHERE a.customer_id = crm_customer.id)""",
    "around_contacts": """
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'job_title', p.job_title, 'email', p.email,
     'phone', p.phone, 'receives_invoices', p.receives_invoices) ORDER BY p.sort_key, p.id), '[]')
   FROM crm_contact p WHERE p.customer_id = crm_customer.id AND p.archived_at IS NULL)""",
    "around_numbers": """
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'country', t.country, 'value', t.value, 'is_vat', t.is_vat,
     'is_confirmed', t.is_confirmed, 'consultation_number', t.consultation_number) ORDER BY t.id), '[]')
   FROM crm_taxidentifier t WHERE t.customer_id = crm_customer.id)""",
    "around_bank": """
  (SELECT jsonb_build_object('id', b.id, 'last4', b.iban_last4)
   FROM crm_bankdetail b WHERE b.customer_id = crm_customer.id ORDER BY b.id LIMIT 1)""",
    "around_tags": """
  (SELECT coalesce(jsonb_agg(g.name ORDER BY g.folded), '[]')
   FROM crm_tag g JOIN crm_tag_customers c ON c.tag_id = g.id WHERE c.customer_id = crm_customer.id)""",
}


def customer_with_surroundings(member: Member | None, customer_id: UUID) -> tuple[Customer, Surroundings] | None:
    """Return a customer with its owner and all that belongs to it, with one query."""
    parts = {name: RawSQL(sql, (), output_field=JSONField()) for name, sql in _SURROUNDINGS.items()}  # noqa: S611
    row: Any = customers(member).select_related("owner").annotate(**parts).filter(id=customer_id).first()
    if row is None:
        return None
    bank = row.around_bank
    return row, Surroundings(
        addresses=tuple(PostalLines(**{**each, "id": UUID(each["id"])}) for each in row.around_addresses),
        contacts=tuple({**each, "id": UUID(each["id"])} for each in row.around_contacts),
        tax_numbers=tuple({**each, "id": UUID(each["id"])} for each in row.around_numbers),
        bank=bank and {**bank, "id": UUID(bank["id"])},
        tags=tuple(row.around_tags),
    )


def notes_by_id(note_ids: Collection[UUID]) -> dict[UUID, Note]:
    """Return notes by id, as they read now."""
    return Note.objects.in_bulk(list(note_ids))


def bank_detail(customer: Customer) -> BankDetail | None:
    """Return a customer's bank account; its number stays sealed."""
    return BankDetail.objects.filter(customer=customer).order_by("id").first()


def bank_number(detail: BankDetail) -> str:
    """Return the IBAN of a bank account in the open, for those who may see it."""
    return unseal(detail.iban_sealed, column=IBAN_COLUMN, row_id=detail.id)


def billing_country(customer_id: UUID) -> str | None:
    """Return the country of a billing address that no invoice can go to yet; nothing when it is complete.

    Empty when even the country is not known.
    """
    row = Address.objects.filter(customer_id=customer_id, kind="billing").order_by("id").first()
    if row is None:
        return ""
    return None if row.line1 and row.city and row.country else row.country
