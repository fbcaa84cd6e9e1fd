"""A page that lies open follows what happens elsewhere, without being loaded anew.

It shows within two seconds: the page asks once a second, by its own clock, and the first question after something
happened brings it. How long the answer and the page then take is measured by `python -m bench`; here it would say how
busy the machine is.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect
from pytest_django.plugin import DjangoDbBlocker

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, NumberSeries
from conto.apps.ledger import actions as ledger
from conto.apps.payments import actions as payments
from conto.config.home import Home
from tests import house
from tests.apps.payments.cast import ADA
from tests.e2e.axe import Audit
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.serving import Site, serving, session_of, set_up_business
from tests.house import FreshBook
from tests.scene import line
from tests.waiting import PATIENCE_MS

pytestmark = pytest.mark.e2e
PICTURES = os.environ.get("CONTO_TEST_PICTURES")
PULSE = re.compile("/pulse")
MOST_MS = 1100  # between two questions; the rest of two seconds is for the answer and the page
# What the page wants to wait for, noted beside.
NOTE_WAITS = """(() => {
    const wait = window.setTimeout;
    window.waits = [];
    window.setTimeout = (act, ms, ...more) => { window.waits.push(ms); return wait(act, ms, ...more); };
})()"""


@pytest.fixture(scope="module")
def served(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Site, dict[str, str]]]:
    """One server and its owner's session for this file; each test has an invoice of its own, the newest."""
    name = f"t_{os.getpid()}_live"
    house.copy_book(home, template_book, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        session = session_of(set_up_business())
        with serving(FreshBook(name, house.environment_of(name))) as site:
            yield site, session
    house.drop_book(home, name)


@pytest.fixture
def site(served: tuple[Site, dict[str, str]]) -> Site:
    """The server of this file."""
    return served[0]


@pytest.fixture
def owner(served: tuple[Site, dict[str, str]]) -> dict[str, str]:
    """The session of its owner."""
    return served[1]


@pytest.fixture
def invoice(owner: dict[str, str]) -> Document:
    """An invoice of 119.00 that nobody has paid."""
    del owner
    seller, now = LegalEntity.objects.get(), timezone.now()
    for kind, prefix in (("invoice", "INV"), ("credit_note", "CN")):
        if not NumberSeries.objects.filter(kind=kind).exists():
            invoicing.save_series(legal_entity=seller, kind=kind, prefix=prefix, actor=ADA, at=now)
    billing = PostalAddress(country="DE", line1="Lange Gasse 7", postcode="86152", city="Augsburg")
    new = NewCustomer(name="Müller", email="a@mueller.example", currency="EUR", language="en", billing=billing)
    customer = crm.add_customer(new=new, actor=ADA, at=now)
    draft = invoicing.create_draft(
        customer=customer,
        lines=[line("100", tax_category="S", tax_rate=Decimal(19))],
        delivered_on=now.date(),
        actor=ADA,
        at=now,
    )
    codes = ("check.no_way_to_pay", "check.buyer_address")
    return invoicing.issue_draft(draft=draft, actor=ADA, at=now, overrides=dict.fromkeys(codes, "a test"))


def pay(invoice: Document, amount_minor: int) -> None:
    payments.receive_payment(
        customer=invoice.customer,
        legal_entity=invoice.legal_entity,
        method="cash",
        amount_minor=amount_minor,
        currency="EUR",
        received_on=timezone.now().date(),
        allocate_to=[(invoice.id, amount_minor)],
        actor=ADA,
        at=timezone.now(),
    )


def wait_for_questions(page: Page) -> None:
    """Wait until the page has asked whether anything happened, and has been answered, from now on."""
    page.evaluate("0")  # lets what has been answered already be told
    for _ in range(2):  # the first answer may be to a question of before
        with page.expect_response(PULSE):
            pass


def hold_next_question(page: Page) -> Route:
    """Let the page ask once more, and keep its question from the server."""
    held: list[Route] = []
    page.route(PULSE, lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no method of a list
    for _ in range(PATIENCE_MS // 50):
        if held:
            break
        page.wait_for_timeout(50)
    (question,) = held
    return question


@pytest.mark.parametrize("where", ["invoice", "list", "customer", "today"])
def test_a_payment_elsewhere_shows_on_the_open_page_in_two_seconds(
    visit: Callable[..., Page], owner: dict[str, str], invoice: Document, where: str
) -> None:
    addresses = {
        "invoice": f"/invoices/{invoice.id}",
        "list": "/invoices/",
        "customer": f"/customers/{invoice.customer_id}/",
        "today": "/",
    }
    page = visit(owner)
    page.add_init_script(NOTE_WAITS)
    page.goto(addresses[where])
    page.evaluate("window.stayed = true")
    wait_for_questions(page)
    wait_for_questions(page)  # it has asked before, and nothing had happened
    question = hold_next_question(page)
    before = page.locator("main").inner_text()
    pay(invoice, 11_900)
    asked: list[str] = []
    page.on("request", lambda request: asked.append("pulse" if "/pulse" in request.url else "page"))
    question.continue_()
    page.unroute(PULSE)
    page.wait_for_function("before => document.querySelector('main').innerText !== before", arg=before)
    if where in {"invoice", "list"}:
        expect(page.locator("main .chip").first).to_have_text("Paid")
    assert page.evaluate("window.stayed") is True
    assert asked[0] == "page", "the one question that was under way was enough"
    waits = [ms for ms in page.evaluate("window.waits") if ms > MOST_MS / 2]
    assert len(waits) >= 3
    assert max(waits) <= MOST_MS


def test_a_page_waits_with_news_while_rows_are_picked(
    visit: Callable[..., Page], owner: dict[str, str], invoice: Document
) -> None:
    page = visit(owner)
    page.goto("/invoices/")
    page.locator(".pick").first.check()
    pay(invoice, 11_900)
    wait_for_questions(page)
    wait_for_questions(page)
    expect(page.locator(".pick").first).to_be_checked()
    expect(page.locator("main .chip").first).not_to_have_text("Paid")
    page.locator(".pick").first.uncheck()
    expect(page.locator("main .chip").first).to_have_text("Paid")


def test_a_page_out_of_sight_asks_nothing(visit: Callable[..., Page], owner: dict[str, str], invoice: Document) -> None:
    page = visit(owner)
    asked: list[Any] = []
    page.goto(f"/invoices/{invoice.id}")
    page.evaluate("Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })")
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(4000)
    assert [url for url in asked if "/pulse" in url] == []


def test_the_books_read_well_at_a_desk_and_on_a_phone(
    visit: Callable[..., Page], owner: dict[str, str], invoice: Document, audit: Audit
) -> None:
    pay(invoice, 5000)
    ledger.close_period(
        legal_entity=invoice.legal_entity, until=timezone.now().date() - timedelta(days=2), actor=ADA, at=timezone.now()
    )
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        page = visit(owner, size)
        for address in ("/books/", "/books/accounts", "/books/receivables", "/books/tax", "/books/closing"):
            page.goto(address)
            audit(page)
            if PICTURES:
                file = f"{name}{address.rstrip('/').replace('/', '-')}.png"
                page.screenshot(path=str(Path(PICTURES) / file), full_page=True)
        page.goto("/books/accounts")
        page.get_by_role("link", name="Receivables").last.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("1200")
        audit(page)
