"""A day's work of four people in one book, each by what a person would click: owner, seller, accountant, auditor.

The seller works in German. Pictures of each step, at a desk's width and a phone's, lie in .cache/pictures.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.models import Session
from django.utils import translation
from playwright.sync_api import Page, expect

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import LegalEntity
from conto.apps.accounts.queries import BankAccountDetails
from conto.apps.audit.models import Fact
from conto.apps.crm.models import Contact, Customer
from conto.apps.invoicing.models import Document, Draft
from conto.apps.ledger import queries as ledger
from conto.domain.facts import SYSTEM
from conto.flows.set_up_book import Numbers, set_up_book
from conto.web import freshness
from tests.apps.factors.virtual import code_of
from tests.e2e.hand import Hand
from tests.e2e.serving import NOW, Site
from tests.house import FreshBook
from tests.web.living import SELLER

pytestmark = pytest.mark.e2e
PASSWORD = "blue lamp 47 window"
ACTING = "main form[method=post i]"


@dataclass
class Person(Hand):
    """Somebody at work, in a language of their own: what they press is named in English here and found in theirs."""

    language: str = "en"

    def words(self, english: str, **known: str) -> str:
        """Say it in the person's language."""
        with translation.override(self.language):
            return translation.gettext(english) % known

    def press(self, english: str, role: str = "button") -> None:
        """Press what says these words."""
        self.page.get_by_role(role, name=self.words(english), exact=True).first.click()  # type: ignore[arg-type]

    def go(self, area: str) -> None:
        """Go to an area by the sidebar."""
        self.page.locator(f".side a.area[href='{area}']").click()

    def has_no(self, english: str) -> None:
        """See that nothing says these words."""
        for role in ("button", "link"):
            named = self.page.get_by_role(role, name=self.words(english), exact=True)  # type: ignore[arg-type]
            expect(named).to_have_count(0)

    def is_refused(self, address: str, status: int = 403) -> None:
        """Write an address by hand, and read that it is not for this role."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, f"{address}: {answer.status}"


@pytest.fixture
def boss(site: Site) -> str:
    """A business that is set up, and the mail address of its owner."""
    del site
    accounts.add_first_owner(email="nadia@berg.example", name="Nadia Berg", password=PASSWORD, at=NOW)
    bank = BankAccountDetails(holder="Berg Studio", currency="EUR", iban="DE89370400440532013000")
    set_up_book(seller=SELLER, bank_account=bank, numbers=Numbers(prefix="INV"), actor=SYSTEM, at=NOW)
    return "nadia@berg.example"


def test_four_people_share_the_work_of_a_day(
    boss: str, visit: Callable[..., Page], fresh_book: FreshBook, tmp_path: Path
) -> None:
    owner = Person(visit(), "role-owner")
    owner.page.goto("/")
    sign_in(owner, boss)
    owner.both("first-page")
    links = invite_three(owner)
    require_second_step(owner)
    seller = join(Person(visit(), "role-seller", language="de"), links["sales"])
    sell(seller)
    accountant = join(Person(visit(), "role-accountant"), links["finance"])
    add_second_step(accountant)
    account(accountant)
    auditor = join(Person(visit(), "role-auditor"), links["auditor"])
    look_into_it(auditor, tmp_path)
    see_as_others(owner)
    verified = fresh_book.conto("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def sign_in(person: Person, email: str) -> None:
    person.write("[name=email]", email)
    person.write("[name=password]", PASSWORD)
    person.press("Sign in")
    person.page.wait_for_url(re.compile(r"/$"))


def invite_three(owner: Person) -> dict[str, str]:
    """Invite a seller, an accountant and an auditor, and copy their links."""
    links = {}
    for name, role, language in (
        ("Sven Kurz", "sales", "de"), ("Fiona Lang", "finance", "en"), ("Auguste Prüfer", "auditor", "en"),
    ):  # fmt: skip
        owner.go("/settings/")
        owner.page.get_by_role("link", name="Members", exact=True).click()
        owner.press("Invite a member", "link")
        owner.write("#id_name", name)
        owner.write("#id_email", f"{role}@berg.example")
        owner.choose("#id_role", role)
        owner.choose("#id_language", language)
        if role == "sales":
            owner.both("invite")
        owner.press("Invite")
        links[role] = re.search(r"http://\S+/join/[\w-]+", owner.page.locator("#link").inner_text())[0]  # type: ignore[index]
    owner.both("link-to-copy")
    owner.press("Done", "link")
    expect(owner.page.locator("#invited")).to_contain_text("Auguste Prüfer")
    owner.both("members")
    return links


def require_second_step(owner: Person) -> None:
    """Let nobody of Finance in by a password alone."""
    owner.page.goto("/settings/security")
    owner.page.get_by_label("Finance").check()
    owner.press("Save")
    expect(owner.page.locator(".toast")).to_be_visible()
    owner.both("second-step")


def join(person: Person, link: str) -> Person:
    """Follow the link, choose a password, and be in."""
    person.page.goto(link)
    person.both("invited")
    person.write("#id_password", PASSWORD)
    person.press("Join")
    expect(person.page.locator("h1")).to_be_visible()
    person.page.wait_for_url(re.compile(r"/(profile/security)?$"))
    return person


def sell(seller: Person) -> None:
    """Add a customer, a contact and a draft; issuing it, bank details and settings are not a seller's."""
    seller.both("first-page")
    expect(seller.page.locator(".side a.area[href='/settings/']")).to_have_count(0)
    expect(seller.page.locator(".side a.area[href='/books/']")).to_have_count(0)
    seller.page.locator("#create-menu summary").click()
    seller.page.locator("#create-menu").get_by_text(seller.words("New customer")).click()
    seller.write("#id_name", "Kupfer & Söhne Metallwarenhandelsgesellschaft mbH")
    seller.write("#id_email", "ap@kupfer.example")
    seller.write("#id_line1", "Lange Gasse 7")
    seller.write("#id_postcode", "86152")
    seller.write("#id_city", "Augsburg")
    seller.both("customer")
    seller.press("Add customer")
    expect(seller.page.locator("h1")).to_contain_text("Kupfer")
    customer = Customer.objects.get()
    seller.page.locator("#card-people header a").click()
    seller.write(".side-card.is-edited #id_name", "Eva Kupfer")
    seller.write(".side-card.is-edited #id_email", "eva@kupfer.example")
    seller.page.locator(".side-card.is-edited").get_by_role("button", name=seller.words("Save"), exact=True).click()
    expect(seller.page.locator("#card-people")).to_contain_text("Eva Kupfer")
    assert Contact.objects.get().customer_id == customer.id
    seller.write("#note-body", "Wünscht die Rechnung am Monatsende.")
    seller.press("Keep")
    expect(seller.page.locator("main")).to_contain_text("Wünscht die Rechnung")
    seller.both("folio")
    draft_an_invoice(seller, customer)
    for address in (
        f"/invoices/{Draft.objects.get().id}/issue", f"/customers/{customer.id}/bank", "/settings/business",
        "/settings/audit", "/books/", "/payments/new",
    ):  # fmt: skip
        seller.is_refused(address)
    seller.both("refused")


def draft_an_invoice(seller: Person, customer: Customer) -> None:
    seller.page.goto(f"/invoices/new?customer={customer.id}")
    seller.press("Start the invoice")
    seller.write("[name=lines-0-name]", "Website, Gestaltung und Umsetzung")
    seller.write("[name=lines-0-quantity]", "3,5")
    seller.write("[name=lines-0-unit_price]", "800")
    today = datetime.now(ZoneInfo(SELLER.zone)).date()  # the tax report shows the period that runs
    seller.write("#id_delivered_on", today.isoformat())
    expect(seller.page.locator("#lines-sums")).to_contain_text("3.332,00")
    seller.has_no("Check and issue")
    seller.both("draft")
    seller.press("Save draft")
    draft = Draft.objects.get()
    seller.page.wait_for_url(re.compile(str(draft.id) + "$"))
    seller.has_no("Check and issue")
    expect(seller.page.locator("main")).to_contain_text("3.332,00")
    seller.both("draft-seen")
    seller.go("/invoices/")
    seller.both("invoices")


def add_second_step(accountant: Person) -> None:
    """Do what the owner asks for before anything else."""
    accountant.both("owes-second-step")
    accountant.page.goto("/profile/security/app")
    address = accountant.page.get_by_role("link", name="The app is on this device: open it").get_attribute("href")
    secret = re.search(r"secret=([A-Z2-7]+)", address or "")
    assert secret is not None
    accountant.write("[name=code]", code_of(secret[1]))
    accountant.press("Add the app")
    expect(accountant.page.get_by_text("They are shown this once")).to_be_visible()
    accountant.press("I have kept them", "link")


def account(accountant: Person) -> None:
    """Issue what was drafted, send it, book its payment, look at the books and close a period."""
    accountant.page.goto("/")
    accountant.both("first-page")
    accountant.page.locator("main a[href*='/invoices/']").first.click()
    draft = Draft.objects.get()
    accountant.page.goto(f"/invoices/{draft.id}")
    accountant.press("Check and issue", "link")
    accountant.both("checks")
    accountant.click("Issue INV")
    expect(accountant.page.locator("h1")).to_contain_text("INV-")
    accountant.press("Send", "link")
    accountant.both("send")
    accountant.press("Send")
    expect(accountant.page.locator(".toast")).to_contain_text("waits in the outbox")
    document = Document.objects.get()
    accountant.page.goto(f"/invoices/{document.id}")
    accountant.press("Record payment", "link")
    accountant.both("payment")
    accountant.press("Record the payment")
    expect(accountant.page.locator(".toast")).to_contain_text("recorded")
    accountant.both("paid")
    assert ledger.open_minor(document.id) == 0
    read_the_books(accountant)


def read_the_books(accountant: Person) -> None:
    accountant.go("/books/")
    expect(accountant.page.locator("main")).to_contain_text("3,332.00")
    accountant.both("journal")
    for tab, seen in (("Accounts", "3,332.00"), ("Receivables", "Receivables"), ("Tax report", "532.00")):
        accountant.press(tab, "link")
        expect(accountant.page.locator("main")).to_contain_text(seen)
        accountant.both(tab.lower().replace(" ", "-"))
    accountant.press("Closing", "link")
    accountant.write("#id_until", "2026-10-31")
    accountant.press("Close")
    expect(accountant.page.locator("main")).to_contain_text("31 October 2026")
    accountant.both("closed")
    accountant.has_no("Open again")
    assert ledger.closed_until(LegalEntity.objects.get().id) is not None
    accountant.is_refused("/settings/members/new")


def look_into_it(auditor: Person, folder: Path) -> None:
    """Read everything, change nothing, and take the record out after showing once more who it is."""
    auditor.both("first-page")
    customer, document = Customer.objects.get(), Document.objects.get()
    before = Fact.objects.count()
    for address in (
        f"/customers/{customer.id}/", f"/customers/{customer.id}/people", f"/invoices/{document.id}", "/payments/",
        "/books/closing", "/settings/business", "/settings/members", "/settings/numbers", "/settings/mail",
    ):  # fmt: skip
        auditor.page.goto(address)
        expect(auditor.page.locator("h1")).to_be_visible()
        assert auditor.page.locator(ACTING).count() == 0, f"{address} offers an auditor a form"
        auditor.both("sees-" + address.strip("/").split("/")[-1][:8])
    expect(auditor.page.locator("#create-menu")).to_have_count(0)
    for address in (f"/customers/{customer.id}/cards/identity", f"/invoices/{document.id}/credit", "/customers/new"):
        auditor.is_refused(address)
    auditor.both("refused")
    assert Fact.objects.count() == before
    take_the_record_out(auditor, folder)


def take_the_record_out(auditor: Person, folder: Path) -> None:
    auditor.go("/settings/")
    auditor.both("settings")
    auditor.page.locator("main a[href='/settings/audit']").first.click()
    expect(auditor.page.locator("#rows")).to_contain_text("Fiona Lang")
    auditor.both("record")
    go_stale()
    auditor.page.locator("main summary", has_text="Export").click()
    auditor.page.get_by_role("link", name="As CSV").click()
    expect(auditor.page.get_by_role("heading", name="Is it you?")).to_be_visible()
    auditor.both("is-it-you")
    auditor.write("[name=password]", PASSWORD)
    auditor.press("Go on")
    auditor.page.wait_for_url(re.compile("/settings/audit"))
    auditor.page.locator("main summary", has_text="Export").click()
    with auditor.page.expect_download() as file:
        auditor.page.get_by_role("link", name="As CSV").click()
    kept = folder / "record.csv"
    file.value.save_as(kept)
    told = kept.read_text(encoding="utf-8-sig")
    assert "Fiona Lang" in told
    assert "invoice_issued" in told
    auditor.page.goto("/settings/audit")
    auditor.press("Check now")
    expect(auditor.page.locator(".toast").first).to_contain_text("In order")
    auditor.both("checked")


def go_stale() -> None:
    """Let the quarter of an hour pass after which everybody is asked again who sits there."""
    for row in Session.objects.all():
        kept = row.get_decoded()
        if freshness._PROVED in kept:
            kept[freshness._PROVED] -= 2 * freshness.FRESH_SECONDS
            row.session_data = Session.objects.encode(kept)
            row.save()


def see_as_others(owner: Person) -> None:
    """Look at the book as the seller's role would see it; nothing can be changed meanwhile."""
    owner.page.goto("/settings/roles")
    owner.both("roles")
    owner.press("See the book as Sales")
    with looking(owner):
        expect(owner.page.locator(".side a.area[href='/settings/']")).to_have_count(0)
        owner.page.goto(f"/customers/{Customer.objects.get().id}/")
        owner.write("#note-body", "Not mine to write.")
        owner.press("Keep")
        expect(owner.page.locator("body")).to_contain_text("nothing was changed")
        owner.page.goto("/customers/")
        owner.both("as-sales")
    owner.go("/settings/")
    owner.both("settings")
    assert Fact.objects.filter(kind="viewing_started").exists() or Fact.objects.filter(kind__contains="view").exists()


@contextmanager
def looking(owner: Person) -> Iterator[None]:
    """See the banner while it lasts, and stop."""
    expect(owner.page.locator(".viewing")).to_contain_text("Sales")
    yield
    expect(owner.page.locator(".viewing")).to_contain_text("Sales")
    owner.press("Stop")
    expect(owner.page.locator(".viewing")).to_have_count(0)
