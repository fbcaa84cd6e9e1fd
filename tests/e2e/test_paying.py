"""A customer pays behind the link, on the real gateway page; a member sees, takes off and refunds."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from conto.apps.accounts.models import LegalEntity
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, NumberSeries
from conto.apps.ledger import queries as ledger
from conto.gateways.payment.sandbox.server import SandboxServer
from tests.apps.payments.cast import ADA, Cast, make_customer
from tests.e2e.axe import Audit
from tests.e2e.conftest import PHONE
from tests.e2e.serving import Site, serving, session_of, set_up_business
from tests.house import FreshBook

pytestmark = pytest.mark.e2e
PICTURES = os.environ.get("CONTO_TEST_PICTURES")


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
    """The owner of a sandbox book."""
    return session_of(set_up_business(is_sandbox=True))


@pytest.fixture
def cast(owner: dict[str, str]) -> Cast:
    """A customer of the business."""
    seller = LegalEntity.objects.get()
    series = NumberSeries.objects.filter(kind="invoice").first() or invoicing.save_series(
        legal_entity=seller, kind="invoice", prefix="INV", actor=ADA, at=timezone.now()
    )
    return Cast(seller, make_customer(), series)


def link_to(document: Document) -> str:
    return f"/i/{invoicing.create_link(document=document, actor=ADA, at=timezone.now()).token}"


def look(page: Page, name: str) -> None:
    """Keep pictures in both themes when they are wanted."""
    if not PICTURES:
        return
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.screenshot(path=f"{PICTURES}/{name}-{theme}.png", full_page=True, caret="initial", animations="allow")


def test_a_customer_pays_on_a_phone(cast: Cast, visit: Callable[..., Page], audit: Audit) -> None:
    document = cast.invoice(11900, days_ago=3, early=("2", 10))
    phone = visit(None, PHONE)
    phone.goto(link_to(document))
    audit(phone)
    look(phone, "portal-phone")
    phone.get_by_role("button", name="Pay online now").click()
    expect(phone.get_by_label("Card number")).to_be_visible()
    look(phone, "gateway-phone")
    phone.get_by_label("Card number").fill("4000 0000 0000 0002")
    phone.get_by_role("button", name="Pay €119.00").click()
    expect(phone.get_by_role("alert")).to_contain_text("declined")
    phone.get_by_label("Card number").fill("4000 0000 0000 3220")
    phone.get_by_role("button", name="Pay €119.00").click()
    phone.get_by_role("button", name="Confirm", exact=True).click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    audit(phone)
    look(phone, "paid-phone")
    assert ledger.open_minor(document.id) == 0
    phone.get_by_role("link", name="Back to the invoice").click()
    expect(phone.get_by_role("heading", name="Paid")).to_be_visible()
    audit(phone)
    look(phone, "portal-paid-phone")


def test_the_page_on_a_desk_and_its_question(cast: Cast, visit: Callable[..., Page], audit: Audit) -> None:
    document = cast.invoice(123456, days_ago=40)
    desk = visit()
    desk.goto(link_to(document))
    audit(desk)
    look(desk, "portal-desk")
    desk.get_by_label("Your name").fill("Bo")
    desk.get_by_label("Your question").fill("What is this for?")
    desk.get_by_role("button", name="Send the question").click()
    expect(desk.get_by_text("your question is on its way")).to_be_visible()
    desk.goto("/i/nothing")
    audit(desk)
    look(desk, "portal-unknown")


def test_a_member_records_takes_off_and_refunds(cast: Cast, page: Page, phone: Page, audit: Audit) -> None:
    page.goto("/payments/")
    audit(page)
    look(page, "list-empty")
    cast.invoice(50000, days_ago=40)
    invoice = cast.invoice(11900, days_ago=3, early=("2", 10))
    page.goto(f"/payments/new?document={invoice.id}")
    audit(page)
    page.get_by_label("Amount").fill("116.62")
    expect(page.get_by_label("Paid early")).to_be_checked()
    look(page, "new-desk")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_role("heading", name="€116.62")).to_be_visible()
    assert ledger.open_minor(invoice.id) == 0
    audit(page)
    look(page, "payment-desk")
    page.get_by_role("button", name="Take off").click()
    expect(page.get_by_text("Taken off")).to_be_visible()
    page.locator(".toasts").get_by_text("Undo").click()
    expect(page.get_by_role("button", name="Take off")).to_be_visible()
    assert ledger.open_minor(invoice.id) == 0
    page.goto(f"{page.url}/refund")
    page.get_by_label("Amount").fill("16.62")
    expect(page.get_by_text("loses €16.62")).to_be_visible()
    audit(page)
    look(page, "refund-desk")
    page.get_by_role("button", name="Refund now").click()
    expect(page.get_by_role("heading", name="Refunds")).to_be_visible()
    for address in ("/payments/", "/payments/?view=refunds", page.url, f"{page.url}/receipt", "/payments/new"):
        phone.goto(address)
        audit(phone)
        look(phone, f"phone-{address.rpartition('/')[2][:12].strip('?=') or 'list'}")
        page.goto(address)
        audit(page)
    page.goto("/payments/")
    look(page, "list-desk")
    phone.goto(f"/payments/new?document={cast.invoice(500, days_ago=1).id}")
    audit(phone)
    look(phone, "phone-new")
