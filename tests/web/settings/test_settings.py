"""Settings: every page opens, changes what it says, and asks the same number of questions of any book."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from conto.apps.accounts import actions
from conto.apps.accounts.models import LegalEntity, Member, SellerBankAccount
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.invoicing.models import DocumentTemplate, NumberSeries
from conto.apps.messaging import queries as mails
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows.set_up_book import Numbers, equip_legal_entity, set_up_book
from tests.jobs.postbox import open_postbox

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PASSWORD = "correct-horse-battery"
SELLER = SellerDetails(
    name="Kestrel", country="DE", currency="EUR", zone="Europe/Berlin", line1="Torstraße 1", postcode="10119",
    city="Berlin", vat_number="DE136695976", email="hello@kestrel.example",
)  # fmt: skip
ACCOUNT = BankAccountDetails(holder="Kestrel", currency="EUR", iban="DE89370400440532013000")

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client: Client) -> Member:
    member = actions.add_first_owner(email="olga@example.com", name="Olga", password=PASSWORD, at=NOW)
    set_up_book(seller=SELLER, bank_account=ACCOUNT, numbers=Numbers(), actor=SYSTEM, at=NOW)
    client.force_login(member)
    return member


@pytest.fixture
def entity(olga: Member) -> LegalEntity:
    return LegalEntity.objects.get()


PAGES = [
    "/settings/", "/settings/business", "/settings/entities/new", "/settings/numbers", "/settings/templates",
    "/settings/mail", "/settings/members", "/settings/members/new", "/settings/roles", "/settings/tax",
    "/settings/audit", "/settings/about", "/outbox/", "/help/",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(client: Client, olga: Member, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200, response.content.decode()[:500]


@pytest.mark.parametrize(
    "page", ["/settings/business", "/settings/numbers", "/settings/templates", "/settings/members"]
)
def test_a_page_asks_the_same_number_of_questions_for_one_row_and_for_three(
    client: Client, olga: Member, page: str
) -> None:
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for number in (2, 3):
        more = actions.add_legal_entity(seller=SELLER, actor=SYSTEM, at=NOW)
        equip_legal_entity(entity=more, numbers=Numbers(prefix=f"K{number}"), actor=SYSTEM, at=NOW)
        actions.set_bank_account(legal_entity_id=more.id, details=ACCOUNT, actor=SYSTEM, at=NOW)
        actions.add_member(
            email=f"m{number}@example.com", name="M", role=Role.SALES, password=PASSWORD, actor=SYSTEM, at=NOW
        )
    with CaptureQueriesContext(connection) as three:
        client.get(page)
    assert len(three) == len(one) <= 8


def test_a_legal_entity_changes_and_a_wrong_number_is_said_at_its_field(client: Client, entity: LegalEntity) -> None:
    page = f"/settings/entities/{entity.id}"
    form: dict[str, Any] = {
        "name": "Kestrel & Finch", "country": "DE", "currency": "EUR", "zone": "Europe/Berlin", "language": "de",
        "terms_days": "21", "vat_number": "DE136695976", "is_tax_registered": "on",
    }  # fmt: skip
    assert client.post(page, form).status_code == 303
    entity.refresh_from_db()
    assert (entity.name, entity.terms_days) == ("Kestrel & Finch", 21)
    wrong = client.post(page, {**form, "vat_number": "DE1"})
    assert wrong.status_code == 422
    assert 'id="id_vat_number_error"' in wrong.content.decode()


def test_a_second_legal_entity_gets_numbers_and_a_template_of_its_own(client: Client, olga: Member) -> None:
    form = {
        "name": "Finch Ltd", "country": "GB", "currency": "GBP", "zone": "Europe/London", "language": "en",
        "terms_days": "30",
    }  # fmt: skip
    assert client.post("/settings/entities/new", form).status_code == 303
    second = LegalEntity.objects.get(name="Finch Ltd")
    assert NumberSeries.objects.filter(legal_entity=second).count() == 3
    assert DocumentTemplate.objects.filter(legal_entity=second, is_default=True).count() == 1


def test_bank_accounts_come_and_go(client: Client, entity: LegalEntity) -> None:
    page = f"/settings/entities/{entity.id}/accounts"
    form = {"holder": "Kestrel", "currency": "CHF", "iban": "CH93 0076 2011 6238 5295 7"}
    assert client.post(f"{page}/new", form).status_code == 303
    made = SellerBankAccount.objects.get(currency="CHF")
    assert client.post(f"{page}/{made.id}", {**form, "iban": "CH00"}).status_code == 422
    assert client.post(f"{page}/{made.id}/remove").status_code == 303
    assert not SellerBankAccount.objects.filter(currency="CHF").exists()


def test_numbers_change_while_none_was_given(client: Client, entity: LegalEntity) -> None:
    series = NumberSeries.objects.get(legal_entity=entity, kind="invoice")
    page = f"/settings/numbers/{entity.id}/invoice/{series.id}"
    form = {"prefix": "RE", "width": "4", "start_ordinal": "118", "is_yearly": "on"}
    assert client.post(page, form).status_code == 303
    assert "-0118" in client.get("/settings/numbers").content.decode()
    assert client.post(page, {**form, "prefix": "CN"}).status_code == 422, "another series has it"


def test_a_template_is_changed_and_drawn_while_it_changes(client: Client, entity: LegalEntity) -> None:
    template = DocumentTemplate.objects.get()
    look = {
        "name": "Blue", "accent_color": "#224488", "paper": "letter", "columns": ["quantity", "total"],
        "text_de_intro": "Guten Tag", "language": "de",
    }  # fmt: skip
    picture = client.get(f"/settings/templates/{entity.id}/preview.png", look)
    assert picture.content.startswith(b"\x89PNG")
    assert "preview.png?" in client.get(f"/settings/templates/{entity.id}/preview", look).content.decode()
    assert client.post(f"/settings/templates/{entity.id}/{template.id}", look).status_code == 303
    template.refresh_from_db()
    assert template.columns == ["quantity", "total"]
    assert template.texts == {"de": {"intro": "Guten Tag"}}
    assert template.is_default


def test_a_logo_is_taken_and_shown_and_removed(client: Client, entity: LegalEntity) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 10), "#224488").save(out, "PNG")
    out.seek(0)
    out.name = "logo.png"
    page = f"/settings/entities/{entity.id}/logo"
    assert client.post(page, {"logo": out}).status_code == 303
    assert client.get(f"{page}.png").content.startswith(b"\x89PNG")
    assert client.post(page, {"remove": "1"}).status_code == 303
    assert client.get(f"{page}.png").status_code == 404


def test_a_mail_server_is_saved_and_tried(client: Client, olga: Member) -> None:
    with open_postbox() as postbox:
        form = {
            "host": "127.0.0.1", "port": str(postbox.port), "security": "none", "from_address": "b@kestrel.example",
        }  # fmt: skip
        assert client.post("/settings/mail/save", form).status_code == 303
        taken = client.post("/settings/mail/test", {"to_address": "ada@example.com"})
        refused = client.post("/settings/mail/test", {"to_address": "gone@example.com"})
    assert "took the test mail" in taken.content.decode()
    assert "550 5.1.1 No such user here" in refused.content.decode()
    server = mails.mail_server()
    assert server is not None
    assert server.verified_at is not None
    assert client.post("/settings/mail/remove").status_code == 303
    assert mails.mail_server() is None


def test_the_last_owner_stays(client: Client, olga: Member) -> None:
    assert client.post(f"/settings/members/{olga.id}/active").status_code == 409
    answer = client.post(f"/settings/members/{olga.id}", {"name": "Olga", "role": "admin"})
    assert answer.status_code == 422


@pytest.mark.parametrize("role", [Role.SALES, Role.SUPPORT, Role.MARKETING])
def test_who_may_not_see_the_settings_reads_who_can_help(client: Client, olga: Member, role: Role) -> None:
    sam = actions.add_member(email="s@example.com", name="Sam", role=role, password=PASSWORD, actor=SYSTEM, at=NOW)
    client.force_login(sam)
    assert client.get("/settings/").status_code == 403
    assert client.get("/settings/members").status_code == 403


def test_an_auditor_sees_and_changes_nothing(client: Client, entity: LegalEntity) -> None:
    anna = actions.add_member(
        email="a@example.com", name="Anna", role=Role.AUDITOR, password=PASSWORD, actor=SYSTEM, at=NOW
    )
    client.force_login(anna)
    assert client.get("/settings/audit").status_code == 200
    assert client.post("/settings/business", {"name": "X", "zone": "UTC", "language": "en"}).status_code == 403
    assert client.post("/settings/mail/save", {}).status_code == 403
    assert client.post(f"/settings/entities/{entity.id}/logo", {"remove": "1"}).status_code == 403


def test_facts_are_filtered_by_kind_and_person(client: Client, olga: Member) -> None:
    page = client.get("/settings/audit", {"kind": "business_added"}).content.decode()
    assert "Legal entity added" in page
    assert client.get("/settings/audit", {"by": str(olga.id)}).status_code == 200
