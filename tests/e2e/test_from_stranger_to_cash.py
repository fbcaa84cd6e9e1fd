"""From a stranger to cash: a form, a lead, a deal, and a quote that is signed on a phone, bills itself and is paid."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.deals.models import Deal
from conto.apps.invoicing.models import Document
from conto.apps.leads.models import Lead
from conto.apps.ledger import queries as ledger
from conto.domain.facts import SYSTEM
from conto.flows.set_up_book import Numbers, set_up_book
from conto.gateways.payment.sandbox.server import SandboxServer
from tests.e2e.axe import Audit
from tests.e2e.conftest import PHONE
from tests.e2e.hand import Hand
from tests.e2e.serving import NOW, Site, serving, session_of
from tests.house import FreshBook

pytestmark = pytest.mark.e2e
A_PERSONS_MS = 3200
SELLER = SellerDetails(
    name="Berg Studio", country="DE", currency="EUR", zone="Europe/Berlin", line1="Torstraße 1", postcode="10119",
    city="Berlin", vat_number="DE136695976", email="post@berg.example",
)  # fmt: skip


@pytest.fixture
def site(fresh_book: FreshBook, tmp_path: Path) -> Iterator[Site]:
    """The real web server, and the sandbox gateway beside it."""
    gateway = SandboxServer(0, tmp_path / "gateway.sqlite", settings.SANDBOX_GATEWAY_KEY, delay_seconds=1)
    threading.Thread(target=gateway.serve, daemon=True).start()
    fresh_book.env["CONTO_SANDBOX_PORT"] = str(gateway.port)
    with serving(fresh_book) as site:
        yield site
    gateway.stop()


@pytest.fixture
def owner(site: Site) -> dict[str, str]:
    """The owner of a sandbox book that is set up whole."""
    del site
    member: Member = accounts.add_first_owner(
        email="nadia@example.com", name="Nadia Berg", password="correct horse 9", at=NOW
    )
    bank = BankAccountDetails(holder="Berg Studio", currency="EUR", iban="DE89370400440532013000")
    set_up_book(seller=SELLER, bank_account=bank, numbers=Numbers(), actor=SYSTEM, at=NOW, is_sandbox=True)
    return session_of(member)


def open_form(hand: Hand) -> str:
    """Make the form for strangers and return its address."""
    hand.page.goto("/settings/lead-forms/new")
    hand.write("#id_name", "Website")
    hand.choose("#id_company", "needed")
    hand.choose("#id_country", "needed")  # the tax hangs on it
    hand.both("form")
    hand.click("Save")
    address = hand.page.get_by_role("link", name="Open the form").get_attribute("href")
    assert address
    return address


def arrive(hand: Hand, address: str, audit: Audit) -> None:
    """Fill in the form as a stranger, on a phone; only here is typed who they are."""
    hand.page.goto(address)
    audit(hand.page)
    hand.write("#id_name", "Eva Kupfer")
    hand.write("#id_email", "eva@kupfer.example")
    hand.write("#id_company", "Kupfer & Söhne GmbH")
    hand.choose("#id_country", "DE")
    hand.write("#id_message", "We need 24 chairs.")
    hand.picture("form")
    hand.page.wait_for_timeout(A_PERSONS_MS)  # whoever is quicker is taken for a machine
    hand.click("Send")
    expect(hand.page).to_have_url(re.compile("/thanks"))
    hand.picture("thanks")


def convert(hand: Hand) -> None:
    """Make the lead a customer with a deal."""
    hand.page.goto(f"/leads/{Lead.objects.get().id}/")
    expect(hand.page.locator("main")).to_contain_text("We need 24 chairs.")
    hand.both("lead")
    hand.click("Make a customer", "link")
    hand.write("#id_deal_name", "24 chairs")
    hand.both("convert")
    hand.click("Make a customer")
    hand.page.goto(f"/deals/{Deal.objects.get().id}/")
    expect(hand.page.locator("h1")).to_have_text("24 chairs")
    hand.both("deal")


def offer(hand: Hand) -> str:
    """Write the quote with an option, send it, and return the link that the customer gets."""
    page = hand.page
    hand.click("New quote", "link")
    hand.click("Start the quote")
    hand.write("[name=lines-0-name]", "Chair")
    hand.write("[name=lines-0-quantity]", "24")
    hand.write("[name=lines-0-unit_price]", "49.90")
    hand.click("Add a line")
    hand.write("[name=lines-1-name]", "Delivery to the third floor")
    hand.write("[name=lines-1-unit_price]", "80")
    hand.choose("[name=lines-1-kind]", "optional")
    page.locator("#id_issues_at_once").check()
    expect(page.locator("#lines-sums")).to_contain_text("1,425.14")
    hand.both("editor")
    hand.click("Check and send")
    hand.both("send")
    expect(page.locator("#id_to_address")).to_have_value("eva@kupfer.example")  # typed once, on the lead
    hand.click("Send")
    expect(page.locator("h1")).to_contain_text("Q-")
    hand.both("sent")
    hand.click("Link for the customer")
    return str(page.locator("text=/\\/q\\//").first.inner_text()).strip()


def sign_and_pay(hand: Hand, link: str, audit: Audit) -> None:
    """Choose, sign and pay as the customer, on a phone."""
    phone = hand.page
    phone.goto(re.sub(r"^https?://[^/]+", "", link))
    audit(phone)
    hand.picture("quote")
    phone.get_by_label(re.compile("Delivery to the third floor")).check()
    expect(phone.locator("#quote-sums")).to_contain_text("1,520.34")
    hand.write("[name=name]", "Eva Kupfer")
    hand.write("[name=line1]", "Lange Gasse 7")  # nobody knows it yet, and the invoice needs it
    hand.write("[name=postcode]", "86152")
    hand.write("[name=city]", "Augsburg")
    hand.write("[name=signature]", "Eva Kupfer")
    hand.click("Accept and sign")
    expect(phone.locator("h1")).to_contain_text("Accepted")
    audit(phone)
    hand.picture("accepted")
    hand.click("Open invoice")
    hand.click("Pay online now")
    phone.get_by_label("Card number").fill("4242 4242 4242 4242")
    hand.click("Pay €1,520.34")
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    hand.picture("paid")


def test_a_stranger_becomes_a_customer_whose_signed_quote_bills_itself_and_is_paid(
    page: Page, visit: Callable[..., Page], audit: Audit
) -> None:
    desk = Hand(page, "stranger")
    phone = Hand(visit(None, PHONE), "stranger-phone")
    arrive(phone, open_form(desk), audit)
    convert(desk)
    link = offer(desk)
    sign_and_pay(phone, link, audit)
    deal, document = Deal.objects.get(), Document.objects.get()
    assert (deal.state, document.deal_id, document.payable_minor) == ("won", deal.id, 152_034)
    assert deal.value_minor == 127_760, "what the customer took, before tax: nobody typed it"
    assert ledger.open_minor(document.id) == 0
    page.goto(f"/deals/{deal.id}/")
    expect(page.locator("aside", has_text="Money of this deal")).to_contain_text("Collected")
    desk.both("collected")
    page.goto("/deals/won")
    expect(page.locator("#cash-collected")).to_contain_text("24 chairs")
    audit(page)
    desk.both("won")
