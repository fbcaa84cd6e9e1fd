"""The first-run wizard: from an empty book to a business that can bill."""

import io

import pytest
from django.test import Client
from PIL import Image

from conto.apps.accounts import queries
from conto.apps.accounts.models import Business, LegalEntity, Member
from conto.apps.catalog.models import Item, TaxRate
from conto.apps.correspondence.models import LetterTemplate
from conto.apps.invoicing.models import DocumentTemplate, NumberSeries
from conto.web.setup.gate import token

pytestmark = pytest.mark.django_db

OWNER = {"name": "Olga Finch", "email": "olga@finch.example", "password": "correct-horse-battery"}
BUSINESS = {
    "name": "Kestrel & Finch",
    "legal_name": "",
    "country": "DE",
    "line1": "Torstraße 1",
    "postcode": "10119",
    "city": "Berlin",
    "email": "hello@finch.example",
    "phone": "",
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "language": "de",
}
PRESET = {"preset": "contractor", "with_items": "on"}
TAX = {"status": "registered", "vat_number": "DE 136695976", "tax_number": "", "company_number": ""}
BANK = {"holder": "Kestrel & Finch", "iban": "DE89 3704 0044 0532 0130 00", "bic": ""}
LOOK = {"accent_color": "#224488"}
NUMBERS = {"prefix": "RE", "is_yearly": "on", "width": "4", "start_ordinal": "118", "terms_days": "30"}


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost")


def logo() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (300, 100), "#224488").save(out, "PNG")
    out.seek(0)
    out.name = "logo.png"
    return out


def go(client: Client, step: str, answer: dict[str, object]) -> str:
    response = client.post(f"/setup/{step}", answer)
    assert response.status_code == 303, response.content.decode()[:2000]
    return response.headers["Location"]


def test_every_page_of_an_empty_book_leads_to_the_wizard(client: Client) -> None:
    for address in ("/", "/customers/", "/profile"):
        assert client.get(address).headers["Location"] == "/setup"
    assert client.get("/setup").headers["Location"] == "/setup/owner"
    assert client.get("/setup/owner").status_code == 200


def test_seven_steps_make_a_book_that_can_bill(client: Client) -> None:
    assert go(client, "owner", OWNER) == "/setup/business"
    assert go(client, "business", BUSINESS) == "/setup/preset"
    assert go(client, "preset", PRESET) == "/setup/tax"
    assert go(client, "tax", TAX) == "/setup/bank"
    assert go(client, "bank", BANK) == "/setup/look"
    assert go(client, "look", {**LOOK, "logo": logo()}) == "/setup/numbers"
    assert Business.objects.count() == 0, "nothing is made before the last step"
    assert "RE-20" in client.get("/setup/sample-number", NUMBERS).content.decode()
    assert go(client, "numbers", NUMBERS) == "/setup/done"
    entity = LegalEntity.objects.get()
    assert (entity.name, entity.vat_number, entity.terms_days) == ("Kestrel & Finch", "DE136695976", 30)
    assert entity.logo_mime == "image/png"
    account = queries.bank_account(entity, "EUR")
    assert account is not None
    assert account.iban == "DE89370400440532013000"
    series = {each.kind: (each.prefix, each.start_ordinal, each.width) for each in NumberSeries.objects.all()}
    assert series == {"invoice": ("RE", 118, 4), "credit_note": ("CN", 1, 4), "deposit": ("DEP", 1, 4)}
    assert DocumentTemplate.objects.get().accent_color == "#224488"
    assert TaxRate.objects.filter(country="DE").exists()
    business = queries.business()
    assert business is not None
    assert business.set_up_at is not None
    assert business.preset == "contractor"
    assert {"SKILLED", "CALL-OUT"} <= set(Item.objects.values_list("code", flat=True))
    assert client.get("/setup/business").headers["Location"] == "/"
    assert client.get("/setup/done").status_code == 200


def test_what_a_preset_brings_is_shown_before_it_is_chosen_and_one_has_to_be_chosen(client: Client) -> None:
    go(client, "owner", OWNER)
    go(client, "business", BUSINESS)
    page = client.get("/setup/preset").content.decode()
    for told in ("Freelancer", "Collected by month", "Something else"):
        assert told in page
    for brought in ("Termin vor Ort", "Anfahrt", "Weiterer Platz"):
        assert brought in page, "stages and items in the language of the documents, as the book will have them"
    assert client.post("/setup/preset", {"with_items": "on"}).status_code == 422
    assert go(client, "preset", {"preset": "none"}) == "/setup/tax"
    for step, answer in (("tax", TAX), ("bank", BANK), ("look", LOOK), ("numbers", NUMBERS)):
        go(client, step, answer)
    assert Business.objects.get().preset == ""
    assert not Item.objects.exists()
    assert LetterTemplate.objects.filter(language="fr").exists(), "the usual letters are in every book"


def test_back_and_forward_keep_what_was_written(client: Client) -> None:
    go(client, "owner", OWNER)
    go(client, "business", BUSINESS)
    go(client, "tax", TAX)
    page = client.get("/setup/business").content.decode()
    assert 'value="Torstraße 1"' in page
    assert 'value="DE136695976"' in client.get("/setup/tax").content.decode()
    assert 'value="Kestrel &amp; Finch"' in client.get("/setup/bank").content.decode(), "not typed twice"


@pytest.mark.parametrize(
    ("step", "answer", "field"),
    [
        ("tax", {**TAX, "vat_number": "DE123"}, "vat_number"),
        ("bank", {**BANK, "iban": "DE88370400440532013000"}, "iban"),
        ("business", {**BUSINESS, "postcode": "1"}, "postcode"),
        ("business", {**BUSINESS, "zone": "Nowhere"}, "zone"),
        ("numbers", {**NUMBERS, "prefix": "***"}, "prefix"),
        ("numbers", {**NUMBERS, "start_ordinal": "0"}, "start_ordinal"),
        ("look", {"accent_color": "red"}, "accent_color"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field(
    client: Client, step: str, answer: dict[str, str], field: str
) -> None:
    go(client, "owner", OWNER)
    go(client, "business", BUSINESS)
    response = client.post(f"/setup/{step}", answer)
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in response.content.decode()


def test_a_country_suggests_its_currency_and_zone(client: Client) -> None:
    go(client, "owner", OWNER)
    part = client.get("/setup/suggest", {"country": "CH"}).content.decode()
    assert '<option value="CHF" selected' in part
    assert "Europe/Zurich" in part


def test_the_look_is_drawn_while_it_is_chosen(client: Client) -> None:
    go(client, "owner", OWNER)
    go(client, "business", BUSINESS)
    drawn = client.post("/setup/preview", {**LOOK, "logo": logo()}).content.decode()
    assert "data:image/png;base64," in drawn
    refused = client.post("/setup/preview", {**LOOK, "logo": io.BytesIO(b"no picture")}).content.decode()
    assert "not a PNG" in refused


def test_a_stranger_needs_the_token_that_the_server_prints() -> None:
    stranger = Client(REMOTE_ADDR="10.1.2.3")
    assert stranger.get("/setup/owner").status_code == 403
    assert stranger.get("/setup/owner?token=wrong").status_code == 403
    assert stranger.post("/setup/owner", OWNER).status_code == 403
    assert stranger.get(f"/setup/owner?token={token()}").status_code == 200
    assert stranger.post("/setup/owner", OWNER).status_code == 303


def test_a_proxy_on_this_machine_does_not_make_a_stranger_local(client: Client) -> None:
    assert client.get("/setup/owner", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 403


def test_a_second_visitor_cannot_become_owner(client: Client) -> None:
    go(client, "owner", OWNER)
    second = Client(SERVER_NAME="localhost")
    answer = second.post("/setup/owner", {**OWNER, "email": "eve@example.com"})
    assert answer.headers["Location"].startswith("/sign-in")
    assert Member.objects.count() == 1
