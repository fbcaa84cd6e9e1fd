"""What belongs to a customer: addresses, people, tax numbers, bank account, notes and calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Count, Entry, Flag, Id, Instant, InstantGiven, Line, Short
from conto.api.nouns.customers import MATCH, AddressEntry, Contact, ContactEntry, Customer, record, shape_of
from conto.api.operations import noun, reads, writes
from conto.api.own import OwnGiven, own_of, own_shapes
from conto.api.reading import found, given
from conto.apps.crm import actions as crm
from conto.apps.crm import queries
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.fields import Subject
from conto.domain.permissions import Permission

router = noun("Customers")
_EDIT = Permission.CUSTOMER_EDIT


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A customer's bank account in full."""

    id: Id
    holder: Annotated[str, Field(examples=["Müller & Söhne"])]
    iban: Annotated[str, Field(examples=["DE02120300000000202051"])]
    bic: str


@dataclass(frozen=True, slots=True)
class Note:
    """A few words about a customer."""

    id: Id
    body: Annotated[str, Field(examples=["Prefers the phone."])]
    at: Instant
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, or took back, for one purpose; the step with the highest number holds."""

    purpose: Annotated[str, Field(examples=["news"])]
    step: Annotated[int, Field(examples=[1])]
    is_given: Annotated[bool, Field(examples=[True])]
    way: Annotated[str, Field(description="form, by_hand, api, page or one_click.", examples=["api"])]
    wording: Annotated[str, Field(examples=["You may write to me about your offers."])]
    address: Annotated[str, Field(description="From which network address it was said.", examples=["203.0.113.7"])]
    agreed_at: Instant


class GivenConsent(Entry):
    """Consent as it is given or taken back; what is given has its words."""

    purpose: Annotated[Literal["news", "measuring"], Field(examples=["news"])]
    is_given: Annotated[bool, Field(examples=[True])]
    wording: Annotated[str, Field(max_length=2000, examples=["You may write to me about your offers."])] = ""
    agreed_at: InstantGiven | None = None


class ContactChange(Entry):
    """What changes of a person; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Eva Kupfer"])] = "-"
    job_title: Short = ""
    email: Annotated[str, Field(max_length=254, examples=["eva@kupfer.example"])] = ""
    phone: Annotated[str, Field(max_length=40, examples=["+493012345678"])] = ""
    receives_invoices: Flag = False
    own: OwnGiven = {}


class TaxNumberEntry(Entry):
    """A tax number; an empty value removes it."""

    value: Annotated[str, Field(max_length=40, examples=["DE136695976"])]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]


class ConfirmationEntry(Entry):
    """How a tax number was found to be valid."""

    consultation_number: Annotated[str, Field(max_length=60, examples=["WAPIAAAAZ1234567"])] = ""


class BankAccountEntry(Entry):
    """A bank account; an empty IBAN removes it."""

    iban: Annotated[str, Field(max_length=42, examples=["DE02120300000000202051"])]
    bic: Annotated[str, Field(max_length=11, examples=["BYLADEM1001"])] = ""
    holder: Line = ""


class NoteEntry(Entry):
    """A note."""

    body: Annotated[str, Field(min_length=1, max_length=10_000, examples=["Prefers the phone."])]


class CallEntry(NoteEntry):
    """A call: with whom, how long, what was said."""

    with_name: Line = ""
    minutes: Count | None = None


@writes(
    router,
    "/customers/{uuid:customer_id}/addresses/{kind}",
    method="PUT",
    needs=_EDIT,
    gives=Customer,
    match=MATCH,
)
def set_address(
    request: HttpRequest, customer_id: UUID, kind: Literal["billing", "delivery"], address: AddressEntry
) -> Any:
    """Write the billing or delivery address; issued documents keep the old one."""
    caller = caller_of(request)
    row = record(request, customer_id)
    crm.set_address(customer=row, kind=kind, address=address.address(), actor=caller.actor, at=caller.at)
    return shape_of(request, customer_id)


@writes(router, "/customers/{uuid:customer_id}/contacts", needs=_EDIT, gives=Contact, status=201)
def add_contact(request: HttpRequest, customer_id: UUID, contact: ContactEntry) -> Any:
    """Add a person to a customer."""
    caller = caller_of(request)
    row = record(request, customer_id)
    made = crm.add_contact(
        customer=row, given=contact.model_dump(exclude={"own"}), own=own_of(contact), actor=caller.actor, at=caller.at
    )
    return _contact(request, made)


@writes(router, "/customers/{uuid:customer_id}/contacts/{uuid:contact_id}", method="PATCH", needs=_EDIT, gives=Contact)
def change_contact(request: HttpRequest, customer_id: UUID, contact_id: UUID, changes: ContactChange) -> Any:
    """Change a person at a customer; what the body leaves out stays."""
    caller = caller_of(request)
    row = record(request, customer_id)
    _person(row, contact_id)
    crm.change_contact(
        customer=row, contact_id=contact_id, changes=given(changes, "own"), own=own_of(changes), actor=caller.actor,
        at=caller.at,
    )  # fmt: skip
    return _contact(request, _person(row, contact_id))


@writes(router, "/customers/{uuid:customer_id}/contacts/{uuid:contact_id}", method="DELETE", needs=_EDIT)
def remove_contact(request: HttpRequest, customer_id: UUID, contact_id: UUID) -> Any:
    """Take a person off a customer; what they wrote and signed stays."""
    caller = caller_of(request)
    row = record(request, customer_id)
    _person(row, contact_id)
    crm.archive_contact(customer=row, contact_id=contact_id, actor=caller.actor, at=caller.at)


@reads(
    router, "/customers/{uuid:customer_id}/contacts/{uuid:contact_id}/consents", needs=Permission.CUSTOMER_VIEW,
    gives=list[Consent],
)  # fmt: skip
def list_consents(request: HttpRequest, customer_id: UUID, contact_id: UUID) -> Any:
    """List what a person agreed to and took back, the latest step of each purpose first."""
    person = _person(record(request, customer_id), contact_id)
    return [_consent(each) for each in queries.consents_of([person.id])[person.id]]


@writes(
    router, "/customers/{uuid:customer_id}/contacts/{uuid:contact_id}/consents", needs=_EDIT, gives=Consent, status=201,
)  # fmt: skip
def note_consent(request: HttpRequest, customer_id: UUID, contact_id: UUID, consent: GivenConsent) -> Any:
    """Note that a person agreed, or took it back; what is so already is not noted twice."""
    caller = caller_of(request)
    customer = record(request, customer_id)
    person = _person(customer, contact_id)
    purpose = Purpose(consent.purpose)
    if not consent.is_given:
        crm.withdraw_consent(contact=person, purposes=[purpose], way=Way.API, actor=caller.actor, at=caller.at)
        return _consent(next(each for each in queries.consents_of([person.id])[person.id] if each.purpose == purpose))
    noted = ConsentEntry(
        purpose=purpose, is_given=True, way=Way.API, wording=consent.wording, agreed_at=consent.agreed_at,
        language=customer.language,
    )  # fmt: skip
    return _consent(crm.note_consent(contact=person, entry=noted, actor=caller.actor, at=caller.at))


def _consent(row: Any) -> Consent:
    return Consent(row.purpose, row.step, row.is_given, row.way, row.wording, row.address, row.agreed_at)


def _person(customer: Any, contact_id: UUID) -> Any:
    return found(queries.contacts_of(customer).filter(id=contact_id).first())


def _contact(request: HttpRequest, row: Any) -> Contact:
    own = own_shapes(caller_of(request), Subject.CONTACT, {row.id: row.customer_id}).get(row.id, {})
    return Contact(row.id, row.name, row.job_title, row.email, row.phone, row.receives_invoices, own)


@writes(
    router,
    "/customers/{uuid:customer_id}/tax-numbers/{kind}",
    method="PUT",
    needs=_EDIT,
    gives=Customer,
    match=MATCH,
)
def set_tax_number(
    request: HttpRequest, customer_id: UUID, kind: Literal["vat", "other"], number: TaxNumberEntry
) -> Any:
    """Write a customer's VAT number or other tax number, checked by its digits."""
    caller = caller_of(request)
    row = record(request, customer_id)
    crm.set_tax_identifier(
        customer=row, country=number.country, value=number.value, is_vat=kind == "vat", actor=caller.actor, at=caller.at
    )
    return shape_of(request, customer_id)


@writes(
    router,
    "/customers/{uuid:customer_id}/tax-numbers/{uuid:number_id}/confirm",
    needs=_EDIT,
    gives=Customer,
)
def confirm_tax_number(request: HttpRequest, customer_id: UUID, number_id: UUID, how: ConfirmationEntry) -> Any:
    """Note that a tax number was found to be valid."""
    caller = caller_of(request)
    row = record(request, customer_id)
    crm.confirm_tax_identifier(
        customer=row,
        tax_identifier_id=number_id,
        consultation_number=how.consultation_number,
        actor=caller.actor,
        at=caller.at,
    )
    return shape_of(request, customer_id)


@reads(router, "/customers/{uuid:customer_id}/bank-account", needs=Permission.CUSTOMER_VIEW_BANK, gives=BankAccount)
def get_customer_bank_account(request: HttpRequest, customer_id: UUID) -> Any:
    """Get a customer's bank account with its number."""
    detail = found(queries.bank_detail(record(request, customer_id)))
    return BankAccount(detail.id, detail.holder, queries.bank_number(detail), detail.bic)


@writes(router, "/customers/{uuid:customer_id}/bank-account", method="PUT", needs=_EDIT, gives=Customer, match=MATCH)
def set_customer_bank_account(request: HttpRequest, customer_id: UUID, account: BankAccountEntry) -> Any:
    """Write a customer's bank account; its number is kept sealed."""
    caller = caller_of(request)
    row = record(request, customer_id)
    crm.set_bank_detail(
        customer=row, holder=account.holder, iban=account.iban, bic=account.bic, actor=caller.actor, at=caller.at
    )
    return shape_of(request, customer_id)


@writes(router, "/customers/{uuid:customer_id}/notes", needs=_EDIT, gives=Note, status=201)
def write_note(request: HttpRequest, customer_id: UUID, note: NoteEntry) -> Any:
    """Write a note about a customer."""
    caller = caller_of(request)
    row = record(request, customer_id)
    return _note(crm.write_note(customer=row, body=note.body, actor=caller.actor, at=caller.at))


@writes(router, "/customers/{uuid:customer_id}/calls", needs=_EDIT, gives=Note, status=201)
def log_call(request: HttpRequest, customer_id: UUID, call: CallEntry) -> Any:
    """Write down a call with a customer."""
    caller = caller_of(request)
    row = record(request, customer_id)
    made = crm.log_call(
        customer=row,
        body=call.body,
        with_name=call.with_name,
        minutes=call.minutes,
        actor=caller.actor,
        at=caller.at,
    )
    return _note(made)


@reads(router, "/customers/{uuid:customer_id}/notes/{uuid:note_id}", needs=Permission.CUSTOMER_VIEW, gives=Note)
def get_note(request: HttpRequest, customer_id: UUID, note_id: UUID) -> Any:
    """Get a note as it reads now."""
    return _note(_note_of(record(request, customer_id), note_id))


@writes(router, "/customers/{uuid:customer_id}/notes/{uuid:note_id}", method="PATCH", needs=_EDIT, gives=Note)
def change_note(request: HttpRequest, customer_id: UUID, note_id: UUID, note: NoteEntry) -> Any:
    """Change the words of a note."""
    caller = caller_of(request)
    row = record(request, customer_id)
    _note_of(row, note_id)
    crm.change_note(customer=row, note_id=note_id, body=note.body, actor=caller.actor, at=caller.at)
    return _note(_note_of(row, note_id))


def _note_of(customer: Any, note_id: UUID) -> Any:
    note = queries.notes_by_id([note_id]).get(note_id)
    return found(note if note and note.customer_id == customer.id else None)


def _note(row: Any) -> Note:
    return Note(row.id, row.body, row.at, row.changed_at)


@writes(router, "/customers/{uuid:customer_id}/contacts/{uuid:contact_id}/restore", needs=_EDIT, gives=Contact)
def restore_contact(request: HttpRequest, customer_id: UUID, contact_id: UUID) -> Any:
    """Bring back a person who was removed."""
    caller = caller_of(request)
    row = record(request, customer_id)
    crm.restore_contact(customer=row, contact_id=contact_id, actor=caller.actor, at=caller.at)
    return _contact(request, found(queries.contacts_of(row).filter(id=contact_id).first()))


@writes(router, "/customers/{uuid:customer_id}/undo/{uuid:fact_id}", needs=_EDIT, gives=Customer)
def undo_customer_change(request: HttpRequest, customer_id: UUID, fact_id: UUID) -> Any:
    """Take back a change of a customer, named by its fact; the undoing is a change of its own."""
    caller = caller_of(request)
    crm.undo_change(customer=record(request, customer_id), fact_id=fact_id, actor=caller.actor, at=caller.at)
    return shape_of(request, customer_id)
