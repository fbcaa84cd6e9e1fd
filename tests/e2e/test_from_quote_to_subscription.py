"""From a plan to its invoices: built, quoted, signed on a phone, used, upgraded, and billed as previewed."""

import json
import re
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.integrations import actions as integrations
from conto.apps.invoicing.models import Document
from conto.apps.ledger.models import OpenItem
from conto.apps.quotes.models import Quote
from conto.apps.subscriptions.models import Settlement, Subscription
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission
from conto.flows.set_up_book import Numbers, set_up_book
from tests.e2e.axe import Audit
from tests.e2e.conftest import PHONE
from tests.e2e.hand import Hand
from tests.e2e.serving import Site, session_of
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e
SELLER = SellerDetails(
    name="Berg Studio", country="DE", currency="EUR", zone="Europe/Berlin", line1="Torstraße 1", postcode="10119",
    city="Berlin", vat_number="DE136695976", email="post@berg.example",
)  # fmt: skip


@pytest.fixture
def owner(site: Site) -> dict[str, str]:
    """The owner of a sandbox book that is set up whole, with a customer."""
    del site
    at = datetime.now(UTC)
    member = accounts.add_first_owner(email="nadia@example.com", name="Nadia Berg", password="correct horse 9", at=at)
    bank = BankAccountDetails(holder="Berg Studio", currency="EUR", iban="DE89370400440532013000")
    set_up_book(seller=SELLER, bank_account=bank, numbers=Numbers(), actor=SYSTEM, at=at, is_sandbox=True)
    address = PostalAddress(country="DE", line1="Lange Gasse 7", postcode="86152", city="Augsburg")
    new = NewCustomer(name="Kupfer & Söhne", email="eva@kupfer.example", currency="EUR", language="de", billing=address)
    crm.add_customer(new=new, actor=SYSTEM, at=at)
    return session_of(member)


def build_plan(hand: Hand) -> None:
    """Build a plan: a fee, seats, and what is used."""
    page = hand.page
    page.goto("/plans/new")
    hand.write("#id_name", "Team")
    hand.write("#id_code", "TEAM")
    page.locator("[name=items-0-name]").fill("Base fee")
    page.locator("[name=items-0-amount]").fill("29")
    for n, name, amount in ((1, "Seats", "10"), (2, "Calls", "0.10")):
        hand.click("Add an item")
        expect(page.locator(f"[name=items-{n}-name]")).to_be_visible()
        page.locator(f"[name=items-{n}-kind]").select_option("per_unit")
        expect(page.locator(f"[name=items-{n}-free_units]")).to_be_visible()
        page.locator(f"[name=items-{n}-name]").fill(name)
        page.locator(f"[name=items-{n}-amount]").fill(amount)
    page.locator("[name=items-1-quantity]").fill("3")
    page.locator("[name=items-2-metric]").locator("xpath=ancestor::details").locator("summary").click()
    page.locator("[name=items-2-metric]").fill("calls")
    expect(page.locator("#plan-preview")).to_contain_text("59.00")
    hand.both("plan")
    page.locator("form.form button[type=submit]:not([name=act])").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Team")


def offer(hand: Hand, audit: Audit) -> str:
    """Write a quote with a workshop and the plan, send it, and return the customer's link."""
    page = hand.page
    page.goto("/quotes/new")
    hand.click("Start a quote for Kupfer")
    hand.write("[name=lines-0-name]", "Workshop")
    hand.write("[name=lines-0-unit_price]", "1000")
    page.locator("#id_issues_at_once").check()
    hand.click("Offer a plan")
    shown = page.locator("#recurring-preview")
    expect(shown).to_contain_text("3 × Seats")
    page.locator("[name='items-1-quantity']").fill("5")
    expect(shown).to_contain_text("94.01")  # 79.00 with 19 % tax
    page.locator("#id_months").fill("12")
    expect(shown).to_contain_text("12 months")
    audit(page)
    hand.both("offer-a-plan")
    hand.click("Put it into the quote")
    expect(page.locator("#recurring")).to_contain_text("5 × Seats")
    expect(page.locator("[name=lines-0-name]")).to_have_value("Workshop")
    audit(page)
    hand.both("editor")
    hand.click("Check and send")
    hand.click("Send")
    expect(page.locator("h1")).to_contain_text("Q-")
    audit(page)
    hand.both("sent")
    hand.click("Link for the customer")
    return re.sub(r"^https?://[^/]+", "", str(page.locator("text=/\\/q\\//").first.inner_text()).strip())


def sign(hand: Hand, link: str, audit: Audit) -> None:
    """Read and sign the quote as the customer, on a phone."""
    phone = hand.page
    phone.goto(link)
    expect(phone.locator("main")).to_contain_text("94,01")
    audit(phone)
    hand.picture("quote")
    hand.write("[name=name]", "Eva Kupfer")
    hand.write("[name=signature]", "Eva Kupfer")
    hand.click("Annehmen und unterschreiben")
    expect(phone.locator("h1")).to_contain_text("Angenommen")
    expect(phone.locator("main")).to_contain_text("Ihr Abonnement S-")
    audit(phone)
    hand.picture("accepted")


def use(site: Site, member: Member, row: Subscription) -> None:
    """Let a program tell by the API what was used, twice the same."""
    at = datetime.now(UTC)
    key = integrations.make_key(
        member=member, name="Meter", scopes=[Permission.USAGE_RECORD], lasts_days=1, actor=SYSTEM, at=at, now=at
    )
    event = {
        "subscription": row.number,
        "event_id": "e1",
        "metric": "calls",
        "happened_at": at.isoformat(),
        "value": "50",
    }
    for became in ("recorded", "duplicate"):
        asked = urllib.request.Request(  # noqa: S310 -- our own server
            f"{site.url}/api/v1/usage/events", json.dumps({"events": [event]}).encode(),
            {"Authorization": f"Bearer {key.token}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            assert json.load(answer)["results"][0]["became"] == became


def upgrade(hand: Hand, row: Subscription, audit: Audit) -> list[str]:
    """Take two seats more, and return what the preview says comes next."""
    page = hand.page
    page.goto(f"/subscriptions/{row.id}/change?kind=quantity")
    assert page.locator("#id_item option").all_inner_texts() == ["Seats"], "a fee and what is used have no quantity"
    page.get_by_label("Quantity", exact=True).fill("7")
    shown = page.locator("#change-preview")
    expect(shown).to_contain_text("Seats: 7")
    audit(page)
    hand.both("upgrade")
    coming = shown.locator("xpath=.//h3[contains(., 'The next invoices')]/following-sibling::section/header/span")
    previewed = coming.all_inner_texts()
    hand.click("Confirm")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Team")
    hand.both("subscription")
    return previewed


def move_on(hand: Hand, row: Subscription) -> None:
    """Move the clock of the book on by three months; each bills one."""
    for billed in (2, 3, 4):
        hand.page.goto("/subscriptions/")
        hand.page.locator("#book-clock summary").click()
        hand.page.get_by_role("button", name="A month").click()
        wait_until(lambda: Settlement.objects.filter(subscription=row).count() == billed, "the month is not billed")  # noqa: B023
        expect(hand.page.locator("#book-clock summary")).to_be_visible()
    hand.page.goto(f"/subscriptions/{row.id}")
    hand.both("three-months-later")


def test_a_plan_is_quoted_signed_used_upgraded_and_billed_as_previewed(
    visit: Callable[..., Page], site: Site, owner: Any, audit: Audit
) -> None:
    desk, phone = Hand(visit(owner), "quoted-desk"), Hand(visit(size=PHONE), "quoted-phone")
    build_plan(desk)
    sign(phone, offer(desk, audit), audit)
    row = Subscription.objects.get()
    quote = Quote.objects.get()
    assert row.quote_id == quote.id
    assert Document.objects.get().payable_minor == 119000
    desk.page.goto(f"/quotes/{quote.id}")
    expect(desk.page.get_by_role("link", name=row.number)).to_be_visible()
    desk.both("accepted")
    use(site, Member.objects.get(), row)
    previewed = upgrade(desk, row, audit)
    move_on(desk, row)
    settled = list(Settlement.objects.filter(subscription=row).order_by("ordinal"))
    assert [each.net_minor for each in settled] == [9900, 10400, 9900, 9900], (
        "seven seats and the fee, and once fifty calls"
    )
    papers = [Document.objects.get(id__in=each.document_ids).payable_minor for each in settled[1:]]
    assert papers == [12376, 11781, 11781]
    assert previewed == ["€123.76 with tax", "€117.81 with tax", "€117.81 with tax"], (
        "as it was shown before it was confirmed"
    )
    assert not OpenItem.objects.filter(open_minor__lt=0).exists()
