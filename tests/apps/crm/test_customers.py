"""Customers: checked at entry, every change a fact, undone by its own before and after."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from conto.apps.accounts.models import Member
from conto.apps.audit import queries as audit
from conto.apps.crm import actions as crm
from conto.apps.crm import queries
from conto.apps.crm.entry import EntryRefused, NewContact, NewCustomer, PostalAddress
from conto.apps.crm.models import BankDetail, Customer, SearchToken
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import SYSTEM

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}
NEW = NewCustomer(
    name="Harbour & Finch",
    currency="EUR",
    language="en",
    email="Accounts@Harbour.example",
    phone="040 1234567",
    billing=PostalAddress(country="DE", line1="Am Kai 1", postcode="20457", city="Hamburg"),
    vat_number="DE 136 695 976",
    iban="DE89 3704 0044 0532 0130 00",
    contacts=(NewContact(name="Tom Finch", email="tom@harbour.example", receives_invoices=True),),
    tags=("VIP",),
    note="Came by recommendation.",
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return crm.add_customer(new=NEW, **WHO)


def kinds(customer: Customer) -> list[str]:
    return [fact.kind for fact in audit.facts_of_customer(customer.id)]


def changes(customer: Customer) -> dict[str, list[Any]]:
    return audit.facts_of_customer(customer.id)[0].payload.body["changes"]


def test_r9_what_is_entered_is_kept_in_its_normal_form(customer: Customer) -> None:
    profile = queries.billing_profile(customer)
    assert (customer.phone, customer.email) == ("+49401234567", "Accounts@harbour.example")
    assert profile.vat_number == "DE136695976"
    assert profile.recipients == ("tom@harbour.example",)
    assert profile.billing is not None
    assert profile.billing.postcode == "20457"


def test_r9_everything_that_cannot_stand_is_said_at_once_and_nothing_is_kept() -> None:
    wrong = replace(
        NEW,
        name=" ",
        email="nobody",
        phone="none",
        currency="EURO",
        billing=PostalAddress(country="DE", line1="Am Kai", postcode="2045"),
        vat_number="DE1",
        iban="DE00",
        contacts=(NewContact(name="", email="x"),),
    )
    with pytest.raises(EntryRefused) as refused:
        crm.add_customer(new=wrong, **WHO)
    assert refused.value.by_field.keys() == {
        "name", "email", "phone", "currency", "billing.postcode", "vat_number", "iban", "contacts.0.name",
        "contacts.0.email",
    }  # fmt: skip
    assert not Customer.objects.exists()


def test_the_iban_rests_sealed_and_opens_only_in_its_place(customer: Customer) -> None:
    detail = BankDetail.objects.get(customer=customer)
    assert "0532013000" not in detail.iban_sealed
    assert queries.bank_number(detail) == "DE89370400440532013000"
    everything = str([fact.payload.body for fact in audit.facts_of_customer(customer.id)])
    assert "0532013000" not in everything


def test_a_change_is_a_fact_with_before_and_after_and_can_be_undone(customer: Customer) -> None:
    fact_id = crm.change_customer(customer=customer, changes={"name": "Harbour Ltd", "terms_days": 30}, **WHO)
    assert fact_id is not None
    assert changes(customer) == {"name": ["Harbour & Finch", "Harbour Ltd"], "terms_days": [None, 30]}
    crm.undo_change(customer=customer, fact_id=fact_id, **WHO)
    customer.refresh_from_db()
    assert (customer.name, customer.terms_days, customer.sort_key) == ("Harbour & Finch", None, "harbour finch")


def test_a_change_that_changes_nothing_records_nothing(customer: Customer) -> None:
    before = kinds(customer)
    assert crm.change_customer(customer=customer, changes={"name": "Harbour & Finch"}, **WHO) is None
    assert kinds(customer) == before


def test_r7_an_address_changes_in_place_and_back(customer: Customer) -> None:
    moved = PostalAddress(country="DE", line1="Neuer Weg 2", postcode="22767", city="Hamburg")
    fact_id = crm.set_address(customer=customer, kind="billing", address=moved, **WHO)
    assert fact_id is not None
    assert changes(customer) == {"line1": ["Am Kai 1", "Neuer Weg 2"], "postcode": ["20457", "22767"]}
    crm.undo_change(customer=customer, fact_id=fact_id, **WHO)
    billing = queries.billing_profile(customer).billing
    assert billing is not None
    assert billing.line1 == "Am Kai 1"


def test_a_discount_needs_percent_and_days_within_the_terms(customer: Customer) -> None:
    with pytest.raises(EntryRefused) as refused:
        crm.change_customer(customer=customer, changes={"early_discount_percent": Decimal(2)}, **WHO)
    assert "early_discount_days" in refused.value.by_field
    late = {"early_discount_percent": Decimal(2), "early_discount_days": 14, "terms_days": 14}
    with pytest.raises(EntryRefused):
        crm.change_customer(customer=customer, changes=late, **WHO)


def test_a_new_tax_number_is_not_confirmed_until_somebody_says_so(customer: Customer) -> None:
    number = crm.set_tax_identifier(customer=customer, country="AT", value="ATU13585627", **WHO)
    assert number is not None
    assert not queries.billing_profile(customer).vat_is_confirmed
    crm.confirm_tax_identifier(customer=customer, tax_identifier_id=number.id, **WHO)
    assert queries.billing_profile(customer).vat_is_confirmed
    crm.set_tax_identifier(customer=customer, country="AT", value="", **WHO)
    assert queries.billing_profile(customer).vat_number == ""


def test_archiving_hides_and_restoring_shows_and_neither_happens_twice(customer: Customer) -> None:
    crm.archive_customer(customer=customer, **WHO)
    with pytest.raises(Conflict):
        crm.archive_customer(customer=customer, **WHO)
    crm.restore_customer(customer=customer, **WHO)
    with pytest.raises(Conflict):
        crm.restore_customer(customer=customer, **WHO)
    assert kinds(customer)[:2] == ["customer_restored", "customer_archived"]


def test_a_tag_in_another_spelling_is_the_same_tag(customer: Customer) -> None:
    crm.add_tag(customer=customer, name="vip", **WHO)
    assert kinds(customer).count("tag_added") == 1
    crm.remove_tag(customer=customer, name="Vip", **WHO)
    assert queries.choices_of_list(Member(role="owner")).tags == []


def test_a_note_keeps_what_it_said_before(customer: Customer) -> None:
    note = crm.write_note(customer=customer, body="Call on Monday", **WHO)
    fact_id = crm.change_note(customer=customer, note_id=note.id, body="Call on Tuesday", **WHO)
    assert fact_id is not None
    assert changes(customer) == {"text": ["Call on Monday", "Call on Tuesday"]}
    with pytest.raises(RuleBroken, match=r"note\.empty"):
        crm.write_note(customer=customer, body="  ", **WHO)


def test_a_contact_leaves_and_comes_back(customer: Customer) -> None:
    person = queries.contacts_of(customer).get()
    crm.archive_contact(customer=customer, contact_id=person.id, **WHO)
    assert not queries.contacts_of(customer).exists()
    assert not SearchToken.objects.filter(contact=person).exists()
    crm.restore_contact(customer=customer, contact_id=person.id, **WHO)
    assert queries.contacts_of(customer).get() == person


def test_another_customers_contact_cannot_be_changed(customer: Customer) -> None:
    other = crm.add_customer(new=replace(NEW, name="Other", contacts=()), **WHO)
    person = queries.contacts_of(customer).get()
    with pytest.raises(RuleBroken, match=r"contact\.unknown"):
        crm.change_contact(customer=other, contact_id=person.id, changes={"name": "X"}, **WHO)


def test_an_import_twice_adds_nothing_and_says_which_row_cannot_stand() -> None:
    rows = [replace(NEW, name=f"Row {n}", source="shop", external_ref=str(n)) for n in range(5)]
    first = crm.import_customers(rows=rows, **WHO)
    assert crm.import_customers(rows=[*rows, rows[0]], **WHO) == first
    assert Customer.objects.count() == 5
    wrong = replace(rows[0], external_ref="9", email="nobody")
    with pytest.raises(EntryRefused) as refused:
        crm.import_customers(rows=[*rows, wrong], **WHO)
    assert refused.value.params["row"] == 6


def test_the_double_of_a_customer_is_seen_by_number_mail_phone_and_name(customer: Customer, member: Any) -> None:
    def why(**given: str) -> list[str]:
        return [each.why for each in queries.duplicates_of(member, **given)]

    assert why(vat="DE136695976") == ["vat"]
    assert why(email="tom@HARBOUR.example") == ["email"]
    assert why(phone="+49401234567") == ["phone"]
    assert why(name="HARBOUR & finch") == ["name"]
    assert why(name="Somebody else", email="new@example.com") == []
