"""Today: figures that add up to their rows, work by what is at stake, and a beginning for a new book."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.deals.models import Deal
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import LineEntry
from conto.apps.invoicing.models import Document
from conto.apps.invoicing.queries import today as figures
from conto.apps.payments import actions as payments
from conto.apps.quotes import actions as quotes
from conto.apps.quotes.entries import LineEntry as QuoteLine
from conto.apps.quotes.models import Quote
from conto.apps.subscriptions import actions as subscriptions
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.flows import billing_run, issue_document
from conto.flows.set_up_book import Numbers, set_up_book
from tests.agreements import subscribed

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


def sell(olga: Member, name: str, **days: int) -> Deal:
    """Add a deal of Olga's with a next step in so many days, `touched` so many days ago at this time by her clock.

    By her clock, since days are counted by it: 40 times 24 hours ago can be 39 days, across a change to winter time.
    """
    at = datetime.now(ZoneInfo(SELLER.zone)) - timedelta(days=days.get("touched", 0))
    customer = crm.add_customer(new=NewCustomer(name=name, email="a@example.com"), actor=SYSTEM, at=at)
    new = NewDeal(name=f"Deal {name}", value_minor=100_000, owner_id=olga.id)
    deal = deals.add_deal(customer=customer, new=new, actor=SYSTEM, at=at)
    if "due" in days:
        due_at = datetime.now(UTC) + timedelta(days=days["due"])
        call = NewActivity(title=f"Call {name}", due_at=due_at, owner_id=olga.id)
        deals.add_activity(customer=customer, new=call, deal=deal, actor=SYSTEM, at=at)
    return deal


def offer(customer: Customer, owner: Member, **fields: Any) -> Quote:
    """Draft a quote that somebody looks after."""
    address = PostalAddress(country="DE", line1="Weg 1", postcode="10119", city="Berlin")
    crm.set_address(customer=customer, kind="billing", address=address, actor=SYSTEM, at=datetime.now(UTC))
    lines = [QuoteLine(name="Work", unit_price=Decimal(100))]
    return quotes.create_quote(
        customer=customer, lines=lines, actor=SYSTEM, at=datetime.now(UTC), owner_id=owner.id, **fields
    )


def test_deals_that_slip_and_steps_that_are_due_wait_for_whose_they_are(client: Client, olga: Member) -> None:
    late, bare = sell(olga, "Overdue", due=-3), sell(olga, "Bare")
    silent, fine = sell(olga, "Silent", touched=40, due=5), sell(olga, "Fine", due=5)
    page = client.get("/").content.decode()
    for words in (
        "Call Overdue",
        "Overdue, 3 days overdue",
        "Plan what comes next with Bare",
        "Get in touch with Silent",
    ):
        assert words in page
    assert "40 days silent" in page
    for deal, is_told in ((late, 1), (bare, 1), (silent, 1), (fine, 0)):
        assert page.count(f'href="/deals/{deal.id}/"') == is_told, f"{deal.name} is told once at most"
    somebody = accounts.add_member(
        email="s@example.com", name="Sam", role=Role.SALES, password=PASSWORD, actor=SYSTEM, at=datetime.now(UTC)
    )
    client.force_login(somebody)
    assert f"/deals/{late.id}/" not in client.get("/").content.decode()


def test_quotes_that_wait_for_a_member_are_work(client: Client, olga: Member) -> None:
    now = datetime.now(UTC)
    customer = sell(olga, "Quoted", due=5).customer
    asked = offer(customer, olga, valid_until=now.date() + timedelta(days=20))
    asked = quotes.freeze_quote(quote=asked, actor=SYSTEM, at=now)
    quotes.ask_question(quote=asked, name="", body="Is it blue?", at=now)
    ending = offer(customer, olga, valid_until=now.date() + timedelta(days=2))
    ending = quotes.freeze_quote(quote=ending, actor=SYSTEM, at=now)
    quotes.save_rules(
        legal_entity=ending.legal_entity, valid_days=30, discount_limit_percent=Decimal(5), terms="", actor=SYSTEM,
        at=now,
    )  # fmt: skip
    low = offer(customer, olga, discount_percent=Decimal(20))
    quotes.ask_approval(quote=low, actor=SYSTEM, at=now)
    with CaptureQueriesContext(connection) as asked_for:
        page = client.get("/").content.decode()
    assert "“Is it blue?”" in page
    assert "Approve the discount for Quoted" in page
    assert "20 % off" in page
    assert f"{ending.number} expires in 2 days" in page or f"{ending.number} expires in 1 day" in page
    assert len(asked_for) <= 8
    mine = Actor(olga.id, "member", olga.name)
    quotes.change_quote(quote=low, changes={"discount_percent": Decimal(21)}, actor=mine, at=now)
    quotes.ask_approval(quote=low, actor=mine, at=now)
    assert "Approve the discount" not in client.get("/").content.decode(), "nobody approves what they asked for"


def test_what_a_run_set_aside_is_to_do_until_it_is_billed(client: Client, olga: Member) -> None:
    bill("Late", 60, 100)
    at = datetime.now(UTC)
    address = PostalAddress(country="DE", line1="Weg 1", postcode="10119", city="Berlin")
    wanted = NewCustomer(name="Aside", email="a@example.com", billing=address)
    customer = crm.add_customer(new=wanted, actor=SYSTEM, at=at)
    rows = [subscribed(customer, n, starts_on=at.date()) for n in (1, 2)]
    run = subscriptions.begin_run(actor=SYSTEM, at=at)
    refusal = RuleBroken("subscription.not_on_paper", "What this would credit is not issued yet. "
                         "Issue the draft first, then try again.")  # fmt: skip
    subscriptions.set_aside(row=rows[0], refusal=refusal, actor=SYSTEM, at=at, run_id=run.id)
    client.get("/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/").content.decode()
    assert len(asked) <= 8
    assert "Bill Aside" in page
    assert f"{rows[0].number}: What this would credit is not issued yet." in page
    assert f"/subscriptions/runs/{run.id}" in page
    subscriptions.set_aside(row=rows[1], refusal=refusal, actor=SYSTEM, at=at, run_id=run.id)
    assert "2 subscriptions could not be billed" in client.get("/").content.decode()
    seller = accounts.add_member(
        email="sel@example.com", name="Sel", role=Role.SALES, password=PASSWORD, actor=SYSTEM, at=at
    )
    theirs = Client()
    theirs.force_login(seller)
    assert "could not be billed" not in theirs.get("/").content.decode(), "sales may not bill"
    billing_run.run(actor=SYSTEM, at=at)
    page = client.get("/").content.decode()
    assert "could not be billed" not in page
    assert "Bill Aside" not in page
