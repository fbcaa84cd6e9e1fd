"""From an empty book to an invoice that is sent, paid and booked, as a person does it on the first day."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document
from conto.apps.ledger import queries as ledger
from conto.apps.payments.models import Payment
from conto.domain.facts import SYSTEM
from conto.flows import issue_document
from conto.flows.set_up_book import Numbers, set_up_book
from conto.gateways.payment.sandbox.server import SandboxServer
from tests.e2e.axe import Audit
from tests.e2e.conftest import PHONE
from tests.e2e.hand import PICTURES, Hand
from tests.e2e.serving import NOW, Site, serving
from tests.house import FreshBook
from tests.jobs.postbox import Postbox, open_postbox
from tests.scene import line
from tests.waiting import PATIENCE_MS, PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.e2e
A_PERSONS_SECONDS = 300  # from nothing to the paid invoice


def set_up(hand: Hand) -> None:
    """Answer the seven steps of the wizard."""
    hand.page.goto("/")
    hand.both("owner")
    hand.write("#id_name", "Nadia Berg")
    hand.write("#id_email", "nadia@berg.example")
    hand.write("#id_password", "correct horse 9")
    hand.click("Next")
    hand.choose("#id_country", "DE")
    expect(hand.page.locator("#id_zone")).to_have_value("Europe/Berlin")
    hand.write("#id_name", "Berg Studio")
    hand.write("#id_line1", "Torstraße 1")
    hand.write("#id_postcode", "10119")
    hand.write("#id_city", "Berlin")
    hand.both("business")
    hand.click("Next")
    hand.page.get_by_text("Freelancer", exact=True).click()
    hand.both("preset")
    hand.click("Next")
    hand.write("#id_vat_number", "DE136695976")
    hand.both("tax")
    hand.click("Next")
    hand.write("#id_iban", "DE89370400440532013000")
    hand.both("bank")
    hand.click("Next")
    hand.both("look")
    hand.click("Next")
    hand.both("numbers")
    hand.click("Open the book")
    expect(hand.page.locator("h1")).to_have_text("Your book is ready")
    hand.both("ready")


def bill(hand: Hand) -> None:
    """Add the first customer and issue an invoice for it."""
    hand.click("Add a customer", "link")
    hand.write("#id_name", "Kupfer & Söhne GmbH")
    hand.write("#id_email", "ap@kupfer.example")
    hand.write("#id_line1", "Lange Gasse 7")
    hand.write("#id_postcode", "86152")
    hand.write("#id_city", "Augsburg")
    hand.both("customer")
    hand.click("Add and write an invoice")
    hand.click("Start the invoice")
    hand.write("[name=lines-0-name]", "Website, design and build")
    hand.write("[name=lines-0-quantity]", "3.5")
    hand.write("[name=lines-0-unit_price]", "800")
    hand.click("Add a line")
    hand.write("[name=lines-1-name]", "Hosting, one year")
    hand.write("[name=lines-1-unit_price]", "240")
    hand.write("#id_delivered_on", "2026-11-20")
    expect(hand.page.locator("#lines-sums")).to_contain_text("3,617.60")
    hand.both("draft")
    hand.click("Check and issue")
    expect(hand.page.locator(".checks")).to_contain_text("All checks passed")
    hand.both("checks")
    hand.click("Issue INV")
    expect(hand.page.locator("h1")).to_contain_text("INV-")
    hand.both("issued")


def connect_mail(hand: Hand, postbox: Postbox) -> None:
    """Set the mail server up, so that what waits leaves."""
    hand.page.goto("/settings/mail")
    hand.write("#id_host", "127.0.0.1")
    hand.write("#id_port", str(postbox.port))
    hand.choose("#id_security", "none")
    hand.write("#id_from_address", "billing@berg.example")
    hand.both("mail")
    hand.page.locator("form[action$='/save'] button[type=submit]").first.click()


def letter_of(postbox: Postbox) -> str:
    """Return the text of the first mail, as soon as the worker has delivered it."""
    wait_until(lambda: postbox.taken, "no mail arrived")
    text = next(part for part in postbox.taken[0].walk() if part.get_content_type() == "text/plain")
    return bytes(text.get_payload(decode=True)).decode()  # type: ignore[arg-type]


def test_a_first_invoice_is_written_sent_paid_and_booked(
    site: Site, visit: Callable[..., Page], fresh_book: FreshBook
) -> None:
    hand = Hand(visit(), "first")
    set_up(hand)
    bill(hand)
    hand.click("Send", "link")
    hand.both("mail-to-customer")
    hand.click("Send")
    expect(hand.page.locator(".toast")).to_contain_text("waits in the outbox")
    hand.page.goto("/outbox/")
    hand.both("outbox")
    needed = hand.seconds
    with open_postbox() as postbox:
        worker = fresh_book.start("-m", "conto.config.cli", "worker")
        try:
            connect_mail(hand, postbox)
            letter = letter_of(postbox)
        finally:
            worker.terminate()
            worker.wait(PATIENCE_SECONDS)
    names = [part.get_filename() for part in postbox.taken[0].walk() if part.get_filename()]
    assert any(name.endswith(".pdf") for name in names)
    link = re.search(r"http://localhost:\d+/i/\S+", letter)
    assert link is not None, letter
    phone = Hand(visit(None, PHONE), "customer")
    phone.page.goto(link[0])
    expect(phone.page.locator("main")).to_contain_text("3.617,60")
    phone.picture("invoice")
    document = Document.objects.get()
    start = hand.seconds
    hand.page.goto(f"/invoices/{document.id}")
    hand.click("Record payment", "link")
    hand.both("payment")
    hand.click("Record the payment")
    expect(hand.page.locator(".toast")).to_contain_text("recorded")
    hand.both("paid")
    hand.page.goto(f"/customers/{document.customer_id}/")
    hand.both("folio")
    hand.page.goto("/")
    hand.both("today")
    needed += hand.seconds - start
    (PICTURES / "first-hand.txt").write_text(
        f"{needed:.0f} s: {hand.keys} keys, {hand.points} clicks, {hand.thoughts} choices\n"
    )
    assert needed < A_PERSONS_SECONDS
    assert_settled(fresh_book, document)


def assert_settled(book: FreshBook, document: Document) -> None:
    """See that the ledger has the money and every rule of the book holds."""
    payment = Payment.objects.get()
    assert payment.amount_minor == document.payable_minor
    assert ledger.open_minor(document.id) == 0
    verified = book.conto("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.fixture
def gateway(fresh_book: FreshBook, tmp_path: Path) -> Iterator[SandboxServer]:
    """The sandbox gateway beside the site."""
    server = SandboxServer(0, tmp_path / "gateway.sqlite", settings.SANDBOX_GATEWAY_KEY, delay_seconds=0.5)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    fresh_book.env["CONTO_SANDBOX_PORT"] = str(server.port)
    yield server
    server.stop()
    thread.join()


def open_invoice() -> tuple[Document, str]:
    """Issue an invoice in a book for trying out, and return it with the token of its link."""
    seller = SellerDetails(
        name="Berg Studio", country="DE", currency="EUR", zone="Europe/Berlin", language="de", line1="Torstraße 1",
        postcode="10119", city="Berlin", vat_number="DE136695976", email="post@berg.example",
    )  # fmt: skip
    account = BankAccountDetails(holder="Berg Studio", currency="EUR", iban="DE89370400440532013000")
    set_up_book(
        seller=seller, bank_account=account, numbers=Numbers(prefix="INV"), actor=SYSTEM, at=NOW, is_sandbox=True
    )
    customer = crm.add_customer(
        new=NewCustomer(
            name="Kupfer & Söhne GmbH", email="ap@kupfer.example", currency="EUR", language="de",
            billing=PostalAddress(country="DE", line1="Lange Gasse 7", postcode="86152", city="Augsburg"),
        ),
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    draft = invoicing.create_draft(
        customer=customer, lines=[line("800", "3.5", "Website")], delivered_on=NOW.date(), actor=SYSTEM, at=NOW
    )
    document = issue_document.issue(draft=draft, actor=SYSTEM, at=NOW)
    return document, invoicing.create_link(document=document, actor=SYSTEM, at=NOW).token


@pytest.fixture
def shop(gateway: SandboxServer, fresh_book: FreshBook) -> Iterator[Site]:
    """The site with a gateway to pay at."""
    del gateway
    with serving(fresh_book) as site:
        yield site


def test_a_customer_pays_by_card_on_the_phone(
    shop: Site, chromium: Browser, fresh_book: FreshBook, audit: Audit
) -> None:
    document, token = open_invoice()
    context = chromium.new_context(base_url=shop.url, viewport=PHONE, locale="de-DE", service_workers="block")
    context.set_default_timeout(PATIENCE_MS)
    try:
        hand = Hand(context.new_page(), "online")
        hand.page.goto(f"/i/{token}")
        hand.picture("invoice")
        audit(hand.page)
        hand.page.locator("form[action$='/pay'] button").click()
        hand.page.locator("[name=number]").fill("4000000000000002")
        hand.page.locator("form button").first.click()
        expect(hand.page.locator("[role=alert]")).to_be_visible()
        hand.picture("declined")
        hand.page.locator("[name=number]").fill("4242424242424242")
        hand.page.locator("form button").first.click()
        expect(hand.page.locator("h1.is-settled")).to_be_visible()
        hand.picture("thanks")
        audit(hand.page)
        hand.page.goto(f"/i/{token}")
        expect(hand.page.locator("h1.is-settled")).to_be_visible()
        hand.picture("settled")
    finally:
        context.close()
    assert_settled(fresh_book, document)
