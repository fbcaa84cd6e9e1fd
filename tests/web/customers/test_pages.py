"""The customer pages: who sees what, what each says, and how many questions each asks of any book."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.audit import queries as audit
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.crm.entry import NewContact, NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing import actions as invoicing_actions
from conto.apps.invoicing import queries as invoicing
from conto.apps.ledger import queries as ledger
from conto.apps.payments import actions as payments
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.web.customers.folio import FolioFilters, folio_page
from conto.web.reading import Here
from tests.scene import NOW, TODAY, Scene, line, set_scene

WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}
FRAME = 3  # the session, the member, the business

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(client: Client) -> Scene:
    made = set_scene()
    Business.objects.create(
        id=1, name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    client.force_login(made.owner)
    client.get("/profile")  # the first page of a session also notes from where it is
    return made


def asked(client: Client, address: str, **headers: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        response = client.get(address, headers=headers)
    assert response.status_code == 200, response.content.decode()[:800]
    return len(seen)


def fill(scene: Scene, rows: int) -> None:
    for n in range(rows):
        new = NewCustomer(
            name=f"More {n}",
            currency="EUR",
            tags=("t",),
            billing=PostalAddress(country="DE", line1="W", city="B", postcode="10115"),
            contacts=(NewContact(name="P"),),
        )
        more = crm.add_customer(new=new, **WHO)
        invoice = scene.issued(line("100"), customer=more)
        pay(scene, more, invoice.payable_minor // 2)
        scene.issued(line("7"), customer=scene.customer)
        crm.write_note(customer=scene.customer, body=f"Note {n}", **WHO)


def pay(scene: Scene, customer: Customer, amount_minor: int, at: Any = NOW) -> None:
    payments.receive_payment(
        customer=customer, legal_entity=scene.seller, method="bank_transfer", amount_minor=amount_minor,
        currency="EUR", received_on=at.date(), actor=SYSTEM, at=at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("address", "questions"),
    [
        ("/customers/", FRAME + 5),
        ("/customers/?view=late", FRAME + 5),
        ("/customers/?q=more", FRAME + 5),
        ("/customers/totals", FRAME + 2),
        ("/customers/{id}/", FRAME + 5),
        ("/customers/{id}/?show=talk", FRAME + 3),
        ("/customers/{id}/people", FRAME + 2),
        ("/customers/{id}/files", FRAME + 3),
        ("/customers/{id}/statement", FRAME + 3),
        ("/search?q=more", FRAME + 5),
    ],
)
def test_the_questions_asked_stay_the_same_with_one_row_and_three(
    client: Client, scene: Scene, address: str, questions: int
) -> None:
    fill(scene, 1)
    address = address.format(id=scene.customer.id)
    with_one = asked(client, address)
    fill(scene, 2)
    assert asked(client, address) == with_one
    assert with_one <= questions <= 8


def test_the_list_says_who_owes_what_and_who_is_late(client: Client, scene: Scene) -> None:
    document = scene.issued(line("100"))
    page = client.get("/customers/").content.decode()
    assert "€119.00" in page or "119,00" in page
    assert "Anna Sommer" in page
    owing = client.get("/customers/?view=owing").content.decode()
    assert "Müller" in owing
    assert "Anna Sommer" not in owing
    assert not invoicing.late_customers(document.due_on).exists()
    assert invoicing.late_customers(document.due_on + timedelta(days=1)).get()["customer_id"] == scene.customer.id


@pytest.mark.parametrize("path", ["", "documents", "people", "files", "statement", "notes", "cards/billing"])
def test_a_customer_that_is_not_there_is_a_page_that_does_not_exist(client: Client, scene: Scene, path: str) -> None:
    assert client.get(f"/customers/{uuid4()}/{path}").status_code == 404


def test_marketing_sees_no_money_and_cannot_write(client: Client, scene: Scene) -> None:
    document = scene.issued(line("100"))
    invoicing_actions.ask_question(document=document, name="Eva", body="Why so much?", at=NOW)
    member = accounts.add_member(
        email="mia@example.com", name="Mia", role=Role.MARKETING, password="a long pass phrase 42", **WHO
    )
    client.force_login(member)
    page = client.get(f"/customers/{scene.customer.id}/").content.decode()
    assert "119.00" not in page
    assert "Why so much?" not in page, "what is asked about a document is for those who see it"
    assert document.number not in page
    owing = client.get("/customers/?view=owing").content.decode()
    assert scene.person.name in owing, "who owes is told to nobody else, not even by a list without sums"
    assert client.get(f"/customers/{scene.customer.id}/statement").status_code == 403
    assert client.post(f"/customers/{scene.customer.id}/notes", {"body": "x"}).status_code == 403
    assert client.get("/customers/export.csv").status_code == 403


def test_one_form_adds_a_customer_with_address_numbers_and_a_person(client: Client, scene: Scene) -> None:
    given = {
        "kind": "company", "name": "Weingut Sonnenhang", "country": "DE", "line1": "Hang 1", "postcode": "55116",
        "city": "Mainz", "email": "post@sonnenhang.example", "phone": "06131 123456", "vat_number": "DE136695976",
        "contact_name": "Rosa", "contact_email": "rosa@sonnenhang.example", "contact_receives": "on",
        "currency": "EUR", "language": "de", "delivery_method": "email_pdf", "tags": "Wein, VIP", "iban": "",
    }  # fmt: skip
    response = client.post("/customers/new", given)
    assert response.status_code == 303
    made = Customer.objects.get(name="Weingut Sonnenhang")
    profile = customers.billing_profile(made)
    assert (profile.recipients, made.phone) == (("rosa@sonnenhang.example",), "+496131123456")
    again = client.post("/customers/new", given)
    assert again.status_code == 422
    assert "has this VAT number" in again.content.decode()
    assert client.post("/customers/new", given | {"is_new": "1"}).status_code == 303


def test_each_refusal_stands_beside_its_field_in_words(client: Client, scene: Scene) -> None:
    given = {"kind": "company", "name": "X", "country": "DE", "line1": "Hang 1", "postcode": "5511", "email": "x",
             "currency": "EUR", "language": "de", "delivery_method": "email_pdf", "iban": "DE00"}  # fmt: skip
    page = client.post("/customers/new", given)
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert errors.keys() == {"postcode", "email", "iban"}
    assert errors["postcode"] == ["“5511” is not a postcode of DE."]


def test_a_field_is_checked_while_the_form_is_filled_in(client: Client, scene: Scene) -> None:
    headers = {"HX-Request": "true", "HX-Trigger-Name": "iban"}
    wrong = client.post("/customers/check", {"iban": "DE00", "name": ""}, headers=headers).content.decode()
    assert "is not an IBAN" in wrong
    assert "This is needed" not in wrong
    right = client.post("/customers/check", {"iban": "de89 3704 0044 0532 0130 00"}, headers=headers).content.decode()
    assert 'value="DE89370400440532013000"' in right


def test_a_card_saves_in_place_with_an_undo(client: Client, scene: Scene) -> None:
    address = f"/customers/{scene.customer.id}/cards/billing"
    form = client.get(address).context["form"]
    given = {name: form.initial[name] for name in form.fields if form.initial.get(name)} | {"terms_days": "30"}
    assert client.post(address, given).status_code == 303
    scene.customer.refresh_from_db()
    assert scene.customer.terms_days == 30
    fact = audit.facts_of_customer(scene.customer.id).filter(kind="customer_changed")[0]
    assert fact.payload.body["changes"] == {"terms_days": [None, 30]}
    client.post(f"/customers/{scene.customer.id}/undo/{fact.id}")
    scene.customer.refresh_from_db()
    assert scene.customer.terms_days is None


@pytest.mark.parametrize("name", ["identity", "billing", "address", "delivery", "tax"])
def test_every_card_opens_as_a_part_and_as_a_page(client: Client, scene: Scene, name: str) -> None:
    address = f"/customers/{scene.customer.id}/cards/{name}"
    assert "<html" in client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f'id="card-{name}"' in part


def test_bulk_acts_touch_only_what_was_picked(client: Client, scene: Scene) -> None:
    picked = {"pick": [str(scene.customer.id)], "next": "/customers/"}
    client.post("/customers/bulk", picked | {"do": "tag", "tag": "North"})
    client.post("/customers/bulk", picked | {"do": "owner", "owner": str(scene.owner.id)})
    client.post("/customers/bulk", picked | {"do": "archive"})
    scene.customer.refresh_from_db()
    scene.person.refresh_from_db()
    assert scene.customer.owner_id == scene.owner.id
    assert scene.customer.archived_at
    assert not scene.person.archived_at
    client.post(f"/customers/unarchive?ids={scene.customer.id}")
    scene.customer.refresh_from_db()
    assert not scene.customer.archived_at


def test_an_export_hides_formulas_from_spreadsheets(client: Client, scene: Scene) -> None:
    crm.add_customer(new=NewCustomer(name="=cmd|' /C calc'!A0", currency="EUR"), **WHO)
    text = b"".join(client.get("/customers/export.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=cmd" in text
    assert ",=cmd" not in text
    assert "\n=cmd" not in text


@pytest.mark.parametrize("seed", range(3))
def test_r8_the_folio_runs_as_the_ledger_does_whatever_happens(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    customer = scene.customer
    for _ in range(12):
        if chance.random() < 0.6:
            scene.issued(line(str(chance.randint(1, 900))), customer=customer)
        else:
            pay(scene, customer, chance.randint(100, 90_000), NOW + timedelta(minutes=chance.randint(0, 90)))
        if chance.random() < 0.4:
            crm.write_note(customer=customer, body="said", **WHO)
    balances = ledger.customer_balances([customer.id]).get(customer.id, {})
    now = {currency: balance.net_minor for currency, balance in balances.items()}
    here = Here(scene.owner, Business(), NOW, TODAY)
    whole = folio_page(here, customer.id, FolioFilters(), now=now, size=200)
    short, cursor = [], ""
    while True:
        page = folio_page(here, customer.id, FolioFilters(), cursor=cursor, now=now, size=4)
        short.extend(page.rows)
        cursor = page.after
        if not cursor:
            break
    assert _said(whole.rows[0].balance) == now.get("EUR", 0)
    money = {row.fact_id: row.balance for row in whole.rows if row.charged or row.paid}
    assert {row.fact_id: row.balance for row in short if row.charged or row.paid} == money
    assert _said(whole.rows[-1].balance) == 0
    postings = ledger.customer_postings(customer.id)
    assert postings[-1].balance_minor == now.get("EUR", 0)


def _said(text: str) -> int:
    plain = text.replace("−", "-").replace("\u00a0", "")
    plain = plain.replace(",", "") if "." in plain[-3:] else plain.replace(".", "").replace(",", ".")
    return int(Decimal(plain) * 100)


def test_notes_and_calls_stand_on_the_folio(client: Client, scene: Scene) -> None:
    address = f"/customers/{scene.customer.id}"
    assert client.post(f"{address}/notes", {"body": "Wants blue"}).status_code == 303
    given = {"body": "Rang back", "with_name": "Rosa", "minutes": "12"}
    assert client.post(f"{address}/calls", given).status_code == 303
    assert client.post(f"{address}/notes", {"body": " "}).status_code == 422
    page = client.get(f"{address}/").content.decode()
    assert "Wants blue" in page
    assert "Call with Rosa" in page


def test_the_statement_as_of_an_earlier_day_forgets_what_came_later(client: Client, scene: Scene) -> None:
    scene.issued(line("100"))
    address = f"/customers/{scene.customer.id}/statement"
    assert client.get(address, {"as_of": "2026-11-22"}).context["account"].closing_minor == 11900
    assert client.get(address, {"as_of": "2026-11-21"}).context["account"].closing_minor == 0
    assert client.get(address, {"as_of": "yesterday"}).status_code == 200


def test_a_person_is_added_changed_and_removed(client: Client, scene: Scene) -> None:
    address = f"/customers/{scene.customer.id}"
    client.post(f"{address}/people/new", {"name": "Rosa", "email": "rosa@example.com"})
    person = customers.contacts_of(scene.customer).get()
    client.post(f"{address}/people/{person.id}", {"name": "Rosa Lind"})
    assert customers.contacts_of(scene.customer).get().name == "Rosa Lind"
    client.post(f"{address}/people/{person.id}/remove")
    assert not customers.contacts_of(scene.customer).exists()
    client.post(f"{address}/people/{person.id}/back")
    assert client.get(f"{address}/people").content.decode().count("Rosa Lind") >= 1


def test_search_finds_numbers_and_amounts_and_respects_permissions(client: Client, scene: Scene) -> None:
    document = scene.issued(line("1050.42"))
    for typed in (document.number, document.number[:8], str(document.ordinal), "1250", "1.250,00", "1,250.00", "€1250"):
        page = client.get("/search", {"q": typed}, headers={"HX-Request": "true"}).content.decode()
        assert (document.number in page) == (typed[0] in "I1€" or typed == str(document.ordinal)), typed
    member = accounts.add_member(
        email="mia@example.com", name="Mia", role=Role.MARKETING, password="a long pass phrase 42", **WHO
    )
    client.force_login(member)
    assert (
        document.number
        not in client.get("/search", {"q": document.number}, headers={"HX-Request": "true"}).content.decode()
    )
