"""A field of one's own through all doors: defined on a page, filled on a page, by a program and from a file, found."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conto.apps.audit.models import Fact
from conto.apps.crm.models import Customer
from conto.apps.fields.models import OwnField, OwnValues
from conto.domain.permissions import Role
from tests.api.programs import Program, of
from tests.web.living import Living


@pytest.fixture
def owner(living_book: Living, client: Client) -> Living:
    client.force_login(living_book.members[Role.OWNER])

    return living_book


def define(client: Client, label: str, kind: str, of_: str = "customer", **more: str) -> Any:
    given = {"subject": of_, "label": label, "kind": kind, "is_listed": "on", **more}
    answer = client.post("/settings/fields/new", given)
    assert answer.status_code == 303, answer.content.decode()[-3000:]


def new_customer(client: Client, name: str, **own: Any) -> Any:
    given = {
        "kind": "company", "name": name, "country": "DE", "currency": "EUR", "language": "de",
        "delivery_method": "email_pdf", **{f"own.{key}": value for key, value in own.items()},
    }  # fmt: skip
    return client.post("/customers/new", given)


def upload(client: Client, *rows: list[str]) -> Any:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return client.post("/customers/import", {"file": SimpleUploadedFile("c.csv", out.getvalue().encode())})


def own_of(program: Program, customer: Customer) -> Any:
    return program.get(f"/customers/{customer.id}").json()["own"]


def test_a_field_goes_through_all_doors_and_is_the_same_behind_each(owner: Living, client: Client) -> None:
    program = of(owner.members[Role.OWNER])
    define(client, "Region", "choice", choices="North\nSouth", is_required="on")
    define(client, "Staff", "number")
    define(client, "Volume", "money")
    define(client, "Open since", "date")
    define(client, "Twice", "formula", formula="staff * 2")
    # The page refuses in the words that programs and files get too.
    words = "“Region” is needed."
    assert words in new_customer(client, "Page GmbH").content.decode()
    by_program = program.post("/customers", {"name": "Program GmbH"})
    assert [(each["field"], each["detail"]) for each in by_program.json()["errors"]] == [("own.region", words)]
    assert words in upload(client, ["Name", "Country"], ["File GmbH", "DE"]).content.decode()
    # Each door writes the same.
    assert new_customer(
        client, "Page GmbH", region="North", staff="12.5", volume="1,250.50", open_since="2026-02-01"
    ).status_code == 303  # fmt: skip
    own = {
        "region": "North", "staff": "12.5", "volume": {"amount_minor": 125050, "currency": "EUR"},
        "open_since": "2026-02-01",
    }  # fmt: skip
    assert program.post("/customers", {"name": "Program GmbH", "own": own}).status_code == 201
    heads = ["Name", "Country", "Region", "Staff", "Volume", "own.open_since"]
    row = ["File GmbH", "DE", "north", "12.5", "1250.50 EUR", "2026-02-01"]
    assert upload(client, heads, row).status_code == 303
    assert upload(client, heads, row).status_code == 303  # a second time adds nobody
    made = {each.name: each for each in Customer.objects.filter(name__in=["Page GmbH", "Program GmbH", "File GmbH"])}
    assert len(made) == 3
    for each in made.values():
        assert OwnValues.objects.get(subject_id=each.id).values == own, each.name
        assert own_of(program, each) == {**own, "twice": "25"}
    # Lists find them by it.
    assert client.get("/customers/?own.region=North").content.decode().count("GmbH</a>") == 3
    assert "GmbH</a>" not in client.get("/customers/?own.staff.from=13").content.decode()
    found = program.get("/customers?own=staff:12..13&own=region:North").json()["rows"]
    assert sorted(each["name"] for each in found) == ["File GmbH", "Page GmbH", "Program GmbH"]
    assert program.get("/customers?own=colour:red").status_code == 422
    # What is taken out comes in again, changed where the file was.
    response = client.get("/customers/export.csv?own.region=North")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    table = list(csv.reader(io.StringIO(text)))
    place = {head: n for n, head in enumerate(table[0])}
    assert table[1][place["Staff"]] == "12.5"
    assert table[1][place["Twice"]] == "25"
    assert upload(client, *table).status_code == 303
    assert Fact.objects.filter(kind="own_values_changed", subject_id=made["File GmbH"].id).count() == 1
    table[1][place["Staff"]] = "40"
    assert upload(client, *table).status_code == 303
    assert own_of(program, made[table[1][0]])["staff"] == "40"
    told = Fact.objects.select_related("payload").filter(kind="own_values_changed").order_by("-id")[0]
    assert told.body["changes"] == {"Staff": ["12.5", "40"]}


def test_who_may_not_change_customers_changes_no_fields_of_theirs(owner: Living, client: Client) -> None:
    address = f"/customers/{owner.customer.id}/own"
    for role, status in ((Role.SALES, 303), (Role.MARKETING, 403), (Role.AUDITOR, 403)):
        client.force_login(owner.members[role])
        assert client.post(address, {"own.sector": "Trade", "own.visits": "4"}).status_code == status, role
        assert client.get("/settings/fields").status_code == 403


def test_a_form_that_was_open_meanwhile_changes_only_what_was_touched(owner: Living, client: Client) -> None:
    address = f"/customers/{owner.customer.id}/own"
    seen = client.get(address).context["form"]["own_seen"].value()
    client.post(address, {"own.sector": "Trade", "own.visits": "4", "own_seen": seen})
    client.post(address, {"own.sector": "Craft", "own.visits": "9", "own_seen": seen})
    kept = OwnValues.objects.get(subject_id=owner.customer.id).values
    assert kept == {"sector": "Trade", "visits": "9"}
    answer = client.post(address, {"own.sector": "", "own.visits": "9", "own_seen": seen})
    assert "Somebody else has just changed “Sector”" in answer.content.decode()


def test_deals_quotes_and_papers_have_fields_and_an_issued_one_stays_frozen(owner: Living, client: Client) -> None:
    program = of(owner.members[Role.OWNER])
    for subject in ("deal", "quote", "invoice", "contact"):
        define(client, "Project", "text", subject)
    before = owner.document.content_sha256
    pages = {
        f"/deals/{owner.ids['deal_id']}/": f"/deals/{owner.ids['deal_id']}/own",
        f"/quotes/{owner.ids['quote_id']}": f"/quotes/{owner.ids['quote_id']}/own",
        f"/invoices/{owner.document.id}": f"/invoices/{owner.document.id}/own",
        f"/invoices/{owner.draft.id}": f"/invoices/{owner.draft.id}/own",
    }
    for page, address in pages.items():
        assert client.post(address, {"own.project": "P-17"}).status_code == 303, address
        assert "P-17" in client.get(page).content.decode(), page
    owner.document.refresh_from_db()
    assert owner.document.content_sha256 == before
    assert program.get(f"/deals/{owner.ids['deal_id']}").json()["own"] == {"project": "P-17"}
    assert len(program.get("/deals?own=project:p-17").json()["rows"]) == 1
    assert "P-17" in client.get("/deals/list?own.project=p-17").content.decode()
    for path in (f"/quotes/{owner.ids['quote_id']}/own", f"/documents/{owner.document.id}/own"):
        answer = program.ask("PATCH", path, {"own": {"project": "P-18"}})
        assert answer.json()["own"] == {"project": "P-18"}, answer.content
    person = f"/customers/{owner.customer.id}/contacts/{owner.ids['contact_id']}"
    assert program.ask("PATCH", person, {"own": {"project": "P-19"}}).json()["own"] == {"project": "P-19"}
    field = OwnField.objects.get(subject="quote", key="project")
    assert program.post(f"/fields/{field.id}/archive").status_code == 200
    assert "P-18" not in client.get(f"/quotes/{owner.ids['quote_id']}").content.decode()
