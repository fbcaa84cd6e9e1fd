"""Today: figures that add up to their rows, work by what is at stake, and a beginning for a new book."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import LineEntry
from conto.apps.invoicing.models import Document
from conto.apps.invoicing.queries import today as figures
from conto.apps.payments import actions as payments
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows import issue_document
from conto.flows.set_up_book import Numbers, set_up_book

PASSWORD = "correct-horse-battery"
SELLER = SellerDetails(
    name="Kestrel", country="DE", currency="EUR", zone="Europe/Berlin", line1="Torstraße 1", postcode="10119",
    city="Berlin", vat_number="DE136695976", email="hello@kestrel.example",
)  # fmt: skip
ACCOUNT = BankAccountDetails(holder="Kestrel", currency="EUR", iban="DE89370400440532013000")

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client: Client) -> Member:
    long_ago = datetime.now(UTC) - timedelta(days=100)
    member = accounts.add_first_owner(email="olga@example.com", name="Olga", password=PASSWORD, at=long_ago)
    set_up_book(seller=SELLER, bank_account=ACCOUNT, numbers=Numbers(), actor=SYSTEM, at=long_ago)
    client.force_login(member)
    client.get("/profile")  # the first page of a session also notes from where it is
    return member


def bill(name: str, days_ago: int, price: int) -> Document:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    address = PostalAddress(country="DE", line1="Weg 1", postcode="10119", city="Berlin")
    customer = crm.add_customer(new=NewCustomer(name=name, email="a@example.com", billing=address), actor=SYSTEM, at=at)
    draft = invoicing.create_draft(
        customer=customer,
        lines=[LineEntry(name="Work", unit_price=Decimal(price))],
        delivered_on=at.date(),
        actor=SYSTEM,
        at=at,
    )
    return issue_document.issue(draft=draft, actor=SYSTEM, at=at)


def test_a_new_book_is_led_to_its_first_steps(client: Client, olga: Member) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/").content.decode()
    assert "/customers/new" in page
    assert len(asked) <= 8


def test_figures_are_the_sum_of_their_rows_and_each_opens_them(client: Client, olga: Member) -> None:
    bill("Late", 60, 100)
    bill("Later", 50, 200)
    soon = bill("Soon", 1, 400)
    today = datetime.now(UTC).date()
    (standing,) = figures.standing(olga, today)
    for name, minor in (("late", 35700), ("coming", 47600), ("owed", 83300)):
        rows = figures.rows_of(olga, name, "EUR", today)  # type: ignore[arg-type]
        assert sum(row.open_minor for row in rows) == getattr(standing, f"{name}_minor") == minor
        assert client.get(f"/today/{name}/EUR").status_code == 200
    payments.receive_payment(
        customer=soon.customer,
        legal_entity=soon.legal_entity,
        method="bank_transfer",
        amount_minor=50000,
        currency="EUR",
        received_on=today,
        actor=SYSTEM,
        at=datetime.now(UTC),
    )
    page = client.get("/").content.decode()
    assert "Chase Later" in page
    assert page.index("Chase Later") < page.index("Chase Late<"), "the larger amount first"
    assert "Use the credit of Soon" in page
    assert client.get("/today/collected/EUR").status_code == 200


def test_today_asks_at_most_eight_questions_however_much_waits(client: Client, olga: Member) -> None:
    bill("One", 60, 100)
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for n in range(3):
        bill(f"More {n}", 50, 100)
    with CaptureQueriesContext(connection) as four:
        client.get("/")
    assert len(four) == len(one) <= 8


def test_who_sees_no_money_sees_no_figures(client: Client, olga: Member) -> None:
    bill("Late", 60, 100)
    mark = accounts.add_member(
        email="m@example.com", name="Mark", role=Role.MARKETING, password=PASSWORD, actor=SYSTEM,
        at=datetime.now(UTC),
    )  # fmt: skip
    client.force_login(mark)
    page = client.get("/")
    assert page.status_code == 200
    assert "Chase" not in page.content.decode()
    assert "119.00" not in page.content.decode()
    assert client.get("/today/owed/EUR").status_code == 403
