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
from conto.apps.leads.models import Lead
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


def test_a_field_of_leads_goes_through_all_doors_and_is_the_same_behind_each(owner: Living, client: Client) -> None:
    program = of(owner.members[Role.OWNER])
    define(client, "Region", "choice", "lead", choices="North\nSouth", is_required="on")
    define(client, "Staff", "number", "lead")
    define(client, "Since when", "date", "lead")
    define(client, "Twice", "formula", "lead", formula="staff * 2")
    words = "“Region” is needed."
    own = {"region": "North", "staff": "12.5", "budget": {"amount_minor": 125_050, "currency": "EUR"}}
    typed = {"own.region": "North", "own.staff": "12.5", "own.budget": "1,250.50"}
    page = {"name": "Page Person", "language": "de", "is_new": "1"}
    table = [["Name", "Region", "Staff", "Budget"], ["File Person", "north", "12.5", "1250.50 EUR"]]

    def bring(*rows: list[str]) -> Any:
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        return client.post("/leads/import", {"content": out.getvalue(), "do": "import"})

    # Each door refuses in the same words, and writes the same.
    assert words in client.post("/leads/new", page).content.decode()
    assert program.post("/leads", {"name": "Program Person"}).json()["errors"][0]["detail"] == words
    assert words in bring(["Name"], ["File Person"]).content.decode()
    assert client.post("/leads/new", page | typed).status_code == 303
    assert program.post("/leads", {"name": "Program Person", "own": own}).status_code == 201
    assert bring(*table).status_code == 303
    assert bring(*table).status_code == 303  # a second time adds nobody
    made = {each.name: each for each in Lead.objects.filter(name__endswith=" Person")}
    assert len(made) == 3
    for each in made.values():
        assert OwnValues.objects.get(subject_id=each.id).values == own, each.name
        assert program.get(f"/leads/{each.id}").json()["own"] == {**own, "twice": "25"}
    # Lists find them by it.
    assert client.get("/leads/?own.region=North").content.decode().count(" Person</a>") == 3
    assert " Person</a>" not in client.get("/leads/?own.staff.from=13").content.decode()
    found = program.get("/leads?own=staff:12..13&own=region:North").json()["rows"]
    assert sorted((each["name"], each["own"]["twice"]) for each in found) == [(name, "25") for name in sorted(made)]
    # What is taken out comes in again, changed where the file was.
    file = client.get("/leads/export.csv?own.region=North")
    taken = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    place = {head: n for n, head in enumerate(taken[0])}
    assert (taken[1][place["Staff"]], taken[1][place["Twice"]]) == ("12.5", "25")
    assert bring(*taken).status_code == 303
    assert Fact.objects.filter(kind="own_values_changed", subject_id=made["File Person"].id).count() == 1
    taken[1][place["Since when"]] = "2026-02-01"
    assert bring(*taken).status_code == 303
    changed = made[taken[1][place["Name"]]]
    assert program.ask("PATCH", f"/leads/{changed.id}", {"own": {"staff": None}}).json()["own"] == {
        "region": "North", "budget": own["budget"], "since_when": "2026-02-01",
    }  # fmt: skip
    assert Lead.objects.filter(name__endswith=" Person").count() == 3


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
    # Lists, files and programs find them and show them as a column.
    for address, words in (("/quotes/", "P-18"), ("/invoices/", "P-18"), ("/invoices/?state=draft", "P-17")):
        mark = "&" if "?" in address else "?"
        assert f">{words}</td>" in client.get(f"{address}{mark}own.project={words}").content.decode(), address
        nothing = client.get(f"{address}{mark}own.project=P-99").content.decode()
        assert f">{words}</td>" not in nothing, address
        assert "Take a filter away" in nothing, address
        assert 'name="own.project" value="P-99"' in nothing, address  # which a search keeps
    people = client.get(f"/customers/{owner.customer.id}/people").content.decode()
    assert ">P-19</td>" in people
    for path, id_ in (("/quotes", owner.ids["quote_id"]), ("/documents", owner.document.id)):
        rows = program.get(f"{path}?own=project:p-18").json()["rows"]
        assert [(each["id"], each["own"]) for each in rows] == [(str(id_), {"project": "P-18"})]
        assert program.get(f"{path}?own=project:p-99").json()["rows"] == []
    file = client.get("/invoices/export.csv?own.project=P-18")
    table = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [len(table), table[0][-1], table[1][-1]] == [2, "Project", "P-18"]
    field = OwnField.objects.get(subject="quote", key="project")
    assert program.post(f"/fields/{field.id}/archive").status_code == 200
    assert "P-18" not in client.get(f"/quotes/{owner.ids['quote_id']}").content.decode()
    # What was archived is taken back on a page, and its values with it.
    assert client.post(f"/settings/fields/{field.id}/restore").status_code == 303
    assert "P-18" in client.get(f"/quotes/{owner.ids['quote_id']}").content.decode()
    assert ">P-18</td>" in client.get("/quotes/").content.decode()


def test_deals_and_contacts_take_fields_on_pages_and_from_programs_and_refuse_in_the_same_words(
    owner: Living, client: Client
) -> None:
    """Their doors: form, record, API; deals have a list with a filter, contacts one at their customer. No files."""
    program = of(owner.members[Role.OWNER])
    for subject in ("deal", "contact"):
        define(client, "Region", "choice", subject, choices="North\nSouth", is_required="on")
        define(client, "Volume", "money", subject)
    own = {"region": "South", "volume": {"amount_minor": 125_050, "currency": "EUR"}}
    typed = {"own.region": "South", "own.volume": "1,250.50"}
    words = "“Region” is needed."
    customer = owner.customer.id
    deal_page, people = f"/deals/new?customer={customer}", f"/customers/{customer}/people/new"
    deal = {"name": "Page deal", "customer": str(customer), "owner": str(owner.members[Role.OWNER].id)}
    deal["stage"] = str(owner.ids["stage_id"])
    assert words in client.post(deal_page, deal).content.decode()
    assert words in client.post(people, {"name": "Page Person"}).content.decode()
    by_program = {"/deals": {"name": "Program deal", "customer_id": str(customer)},
                  f"/customers/{customer}/contacts": {"name": "Program Person"}}  # fmt: skip
    for path, entry in by_program.items():
        assert program.post(path, entry).json()["errors"][0]["detail"] == words, path
        made = program.post(path, entry | {"own": own})
        assert (made.status_code, made.json()["own"]) == (201, own), path
    assert client.post(deal_page, deal | typed).status_code == 303
    assert client.post(people, {"name": "Page Person"} | typed).status_code == 303
    kept = OwnValues.objects.filter(subject_kind__in=["deal", "contact"], values__region="South")
    assert [each.values for each in kept] == [own] * 4
    listed = client.get("/deals/list?own.region=South").content.decode()
    assert "Page deal</a>" in listed
    assert "Program deal</a>" in listed
    assert len(program.get("/deals?own=volume:1000..2000").json()["rows"]) == 2
    assert client.get(f"/customers/{customer}/people").content.decode().count("€1,250.50</td>") == 2
