"""Lists of deals: looked at, mapped, refused in whole, taken over once, for customers that the reader sees (S-7)."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business, Member
from conto.apps.audit.models import Fact
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.catalog.models import Item
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewContact, NewCustomer
from conto.apps.crm.models import Contact, Customer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import LineEntry, NewDeal, StageEntry
from conto.apps.deals.models import Deal, DealLine, StageVisit
from conto.apps.fields import actions as fields
from conto.apps.fields.models import OwnValues
from conto.domain.facts import SYSTEM
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from tests.api.programs import of
from tests.scene import NOW, Scene, set_scene

HEADS = ["Deal", "Customer", "Pipeline", "Phase", "Owner", "Currency", "Amount", "Expected close", "Remarks"]
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


@pytest.fixture
def scene(db: None) -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    deals.open_first_pipeline(language="en", **WHO)
    stages = [StageEntry(name=name, probability_percent=percent) for name, percent in (("Talk", 10), ("Offer", 50))]
    deals.add_pipeline(name="Projects", stages=stages, **WHO)
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    return client


def text_of(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def look(client: Client, *rows: list[str]) -> Any:
    return client.post("/deals/import", {"file": SimpleUploadedFile("d.csv", text_of(*rows).encode())})


def take(client: Client, *rows: list[str], **more: Any) -> Any:
    return client.post("/deals/import", {"content": text_of(*rows), "do": "import", **more})


def customer(name: str, **more: Any) -> Customer:
    return crm.add_customer(new=NewCustomer(name=name, currency="EUR", **more), **WHO)


def problems(page: Any) -> dict[tuple[str, str], str]:
    assert page.status_code == 422
    return {(line, column): why for line, column, why in page.context["problems"]}


def test_s7_a_list_is_looked_at_mapped_and_taken_over_once(client: Client, scene: Scene) -> None:
    person = NewContact(name="M", email="m@lindt.example")
    lindt = customer("Lindt Möbel", email="post@lindt.example", contacts=(person,))
    swiss = NewCustomer(name="Alpenrot", currency="CHF", source="shop", external_ref="K-17")
    swiss_id = crm.add_customer(new=swiss, **WHO).id
    rows = [
        HEADS,
        ["24 chairs", "lindt möbel", "projects", "OFFER", "Ada Lovelace", "", "12,500.50", "2026-12-31", "oak"],
        ["Lamps", "M@lindt.example", "", "", "", "", "", "", ""],
        ["Tables", "K-17", "", "Offer", "", "", "900", "31.12.2026", ""],
        ["Shelves", str(lindt.id), "", "", "", "usd", "7", "", ""],
    ]
    page = look(client, *rows)
    words = page.content.decode()
    assert page.status_code == 200, page.context["problems"]
    assert "4 new deals" in words
    assert "oak" in words  # what stands in a column that nobody knows, so that it can be named
    assert not Deal.objects.exists()
    done = take(client, *rows, source="fair")
    assert done.status_code == 303, done.content.decode()[-2000:]
    chairs, lamps, shelves, tables = Deal.objects.select_related("stage", "pipeline").order_by("name")
    assert (chairs.customer_id, chairs.pipeline.name, chairs.stage.name, chairs.value_minor, chairs.currency) == (
        lindt.id, "Projects", "Offer", 1_250_050, "EUR",
    )  # fmt: skip
    assert (chairs.expected_close_on, chairs.source, chairs.owner_id) == (date(2026, 12, 31), "fair", scene.owner.id)
    assert (lamps.customer_id, lamps.stage.position, lamps.value_minor) == (lindt.id, 1, 0)
    assert (tables.customer_id, tables.currency, tables.value_minor) == (swiss_id, "CHF", 90_000)
    assert (shelves.customer_id, shelves.currency, shelves.value_minor) == (lindt.id, "USD", 700)
    assert Fact.objects.filter(kind="deal_added").count() == 4
    fact = Fact.objects.select_related("payload").get(kind="import_finished").body
    assert (fact["source"], fact["added"], fact["skipped"]) == ("deals.csv", 4, 0)
    assert take(client, *rows, source="fair").status_code == 303
    assert Deal.objects.count() == 4
    assert Fact.objects.filter(kind="import_finished").count() == 1
    # With a reference of its own a row may say something else and is still known.
    heads = ["Deal", "Customer", "Reference", "Source"]
    assert take(client, heads, ["One", "K-17", "A-1", "old"], ["One more", "K-17", "A-1", "old"]).status_code == 303
    assert Deal.objects.filter(source="old").count() == 1


def test_s7_every_row_that_cannot_stand_is_named_and_nothing_is_written(client: Client) -> None:
    for name in ("Twin", "Twin", "Single"):
        customer(name)
    gone = customer("Gone Ltd")
    crm.archive_customer(customer=gone, reason="", **WHO)
    rows = [
        HEADS,
        ["Good", "Single", "", "", "", "", "1", "", ""],
        ["", "Nobody", "", "", "", "", "", "", ""],
        ["Fine", "Twin", "", "", "", "", "", "", ""],
        ["Old", "Gone Ltd", "", "", "", "", "", "", ""],
        ["P", "Single", "Nowhere", "", "", "", "", "", ""],
        ["S", "Single", "Projects", "Signed", "", "", "", "", ""],
        ["F", "Single", "", "", "", "", "1.005", "", ""],
        ["N", "Single", "", "", "", "", "-4", "", ""],
        ["C", "Single", "", "", "", "XYZ", "1", "", ""],
        ["", "Single", "", "", "", "", "1", "", ""],
    ]
    found = problems(look(client, *rows))
    assert found["3", "Customer"] == "No customer here has the name, mail, reference or id “Nobody”."
    assert found["4", "Customer"] == "2 customers are “Twin”. Say the mail, reference or id."
    assert found["5", "Customer"] == "Gone Ltd is archived. Restore it first."
    assert found["6", "Pipeline"].startswith("There is no pipeline “Nowhere”, only: ")
    assert found["7", "Stage"] == "There is no stage “Signed”, only: Talk, Offer."
    assert found["8", "Value"] == "EUR has 2 decimals."
    assert found["9", "Value"] == "This can't be below zero."
    assert ("10", "Currency") in found
    assert found["11", "Deal"] == "This is needed."
    assert problems(take(client, *rows)) == found
    assert not Deal.objects.exists()
    unreadable = [HEADS, ["D", "Single", "", "", "Nobody", "", "much", "soon", ""]]
    assert {column for _line, column in problems(take(client, *unreadable))} == {"Owner", "Value", "Expected close"}
    closed = [["Deal", "Customer", "State"], ["D", "Single", "Won"]]
    assert problems(take(client, *closed)) == {("2", "State"): "Only open deals are taken over; this one is “Won”."}
    assert not Deal.objects.exists()


def test_s7_a_file_says_which_columns_it_needs_and_none_twice(client: Client) -> None:
    customer("Single")
    assert "Say which columns are the deal" in look(client, ["What", "Customer"], ["A", "Single"]).content.decode()
    assert take(client, ["What", "Customer"], ["A", "Single"], **{"column.0": "name"}).status_code == 303
    assert "Two columns are “Deal”" in look(client, ["Deal", "Deal", "Customer"], ["A", "B", "C"]).content.decode()
    assert look(client, ["Deal"], *[["x"]] * 1001).status_code == 422
    assert client.post("/deals/import", {}).status_code == 422


def test_s7_own_fields_come_along_and_an_export_changes_them(client: Client) -> None:
    single = customer("Single")
    for label, kind in (("Budget", FieldKind.MONEY), ("Sector", FieldKind.TEXT)):
        rule = FieldRule(key="", label=label, kind=kind, is_required=label == "Sector")
        fields.add_field(subject=Subject.DEAL, field=rule, **WHO)
    hidden = FieldRule(key="", label="Margin", kind=FieldKind.TEXT, seen_by=frozenset())
    fields.add_field(subject=Subject.DEAL, field=hidden, **WHO)
    found = problems(take(client, ["Deal", "Customer", "Budget"], ["A", "Single", "1200 USD"]))
    assert found == {("2", "Sector"): "“Sector” is needed."}
    rows = [["Deal", "Customer", "Budget", "Sector", "Margin"], ["A", "Single", "1200", "Trade", "9"]]
    assert take(client, *rows).status_code == 303
    deal = Deal.objects.get()
    assert OwnValues.objects.get(subject_id=deal.id).values == {
        "budget": {"amount_minor": 120_000, "currency": "EUR"}, "sector": "Trade", "margin": "9",
    }  # fmt: skip
    answer = client.get("/deals/export.csv")
    out = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    deals.win_deal(deal=deal, **WHO)
    assert take(client, *csv.reader(io.StringIO(out.replace("Trade", "Craft")))).status_code == 303
    assert OwnValues.objects.get(subject_id=deal.id).values["sector"] == "Craft"
    assert Deal.objects.count() == 1
    wrong = problems(take(client, ["Id", "Sector"], [str(single.id), "X"]))
    assert wrong == {("2", "Id"): "No deal here has this id."}
    client.force_login(_member(Role.SALES))
    page = look(client, ["Deal", "Customer", "Sector", "Margin"], ["B", "Single", "T", "1"])
    assert page.status_code == 200
    assert 'value="own.margin"' not in page.content.decode()
    assert 'value="own.sector"' in page.content.decode()
    assert take(client, ["Id", "own.margin"], [str(deal.id), "1"], **{"column.1": "own.margin"}).status_code == 303
    assert OwnValues.objects.get(subject_id=deal.id).values["margin"] == "9"


def _member(role: Role) -> Any:
    return accounts.add_member(
        email=f"{role}@example.com", name=role, role=role, password="correct horse 9", language="en", **WHO
    )  # fmt: skip


@pytest.mark.parametrize("role", [Role.SALES, Role.SUPPORT, Role.MARKETING, Role.AUDITOR])
def test_s7_who_may_add_deals_brings_a_list_of_them_and_nobody_else_does(client: Client, role: Role) -> None:
    brings = role is Role.SALES
    customer("Single")
    client.force_login(_member(role))
    assert take(client, ["Deal", "Customer"], ["X", "Single"]).status_code == (303 if brings else 403)
    assert Deal.objects.count() == brings
    assert ("/deals/import" in client.get("/deals/list").content.decode()) is brings


def test_s7_v3_a_seller_finds_only_customers_and_deals_that_they_see(client: Client, scene: Scene) -> None:
    rita = _member(Role.SALES)
    reaches = {(Role.SALES, area): Reach.OWN for area in Area}
    accounts.set_reaches(wanted=reaches, **WHO)
    hers, theirs = customer("Twin", owner_id=rita.id), customer("Twin", owner_id=scene.owner.id)
    other = deals.add_deal(customer=theirs, new=NewDeal(name="Theirs", owner_id=scene.owner.id), **WHO)
    client.force_login(rita)
    assert take(client, ["Deal", "Customer"], ["X", "Twin"]).status_code == 303
    assert Deal.objects.get(name="X").customer_id == hers.id
    for asked in (str(theirs.id), "theirs@example.com"):
        assert ("2", "Customer") in problems(take(client, ["Deal", "Customer"], ["Y", asked]))
    assert problems(take(client, ["Id"], [str(other.id)])) == {("2", "Id"): "No deal here has this id."}


def test_s7_customers_stages_and_known_rows_are_asked_for_once(client: Client) -> None:
    customer("Single")

    def questions(count: int, table: str) -> int:
        rows = [[f"D{n}", "Single", "9"] for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            assert look(client, ["Deal", "Customer", "Value"], *rows).status_code == 200
        return sum(f'FROM "{table}"' in str(each["sql"]) for each in asked)

    for table in ("crm_customer", "deals_pipeline", "deals_stage", "deals_deal"):
        assert questions(1, table) == questions(9, table), table


def test_s7_deals_and_their_visits_are_written_at_one_stroke_and_stand_on_top_in_their_order(client: Client) -> None:
    customer("Single")
    rows = [[f"D{n}", "Single", "Projects", "Talk"] for n in range(4)]
    with CaptureQueriesContext(connection) as asked:
        assert take(client, ["Deal", "Customer", "Pipeline", "Stage"], *rows).status_code == 303
    for table in ("deals_deal", "deals_stagevisit"):
        assert sum(f'INSERT INTO "{table}"' in str(each["sql"]) for each in asked) == 1, table
    ranked = Deal.objects.order_by("rank").values_list("name", flat=True)
    assert list(ranked) == ["D3", "D2", "D1", "D0"], "the last one that came in stands on top"
    assert len(set(Deal.objects.values_list("rank", flat=True))) == 4
    assert StageVisit.objects.filter(left_at=None).count() == 4


def chair() -> None:
    item = catalog.add_item(new=NewItem(code="CH-1", name="Chair", kind="product"), **WHO)
    catalog.set_price(item=item, currency="EUR", amount=Decimal("99.90"), valid_from=date(2026, 1, 1), **WHO)


DETAILED = ["Deal", "Customer", "Contact", "Contact's mail", "Product code", "Product", "Quantity", "Unit price",
            "Discount %", "Value"]  # fmt: skip


def test_s7_people_and_products_come_along_and_go_out_again_as_they_were(client: Client) -> None:
    chair()
    ina = NewContact(name="Ina Roth", email="ina@lindt.example")
    lindt, other = customer("Lindt", contacts=(ina,)), customer("Other")
    rows = [
        DETAILED,
        ["Chairs", "Lindt", "", "INA@lindt.example", "CH-1", "", "24", "", "10", ""],
        ["", "", "", "", "", "Delivery", "1", "80", "", ""],
        ["Tables", "Lindt", "Max Neu", "max@lindt.example", "", "Table", "2.5", "100", "", "250"],
        ["More tables", "Lindt", "max neu", "", "", "", "", "", "", ""],
        ["Lamps", "Other", "Ina Roth", "", "", "", "", "", "", "7.5"],
    ]
    page = look(client, *rows)
    assert page.status_code == 200, page.context["problems"]
    assert "4 new deals" in page.content.decode()
    assert "2 people become contacts." in page.content.decode()
    assert take(client, *rows).status_code == 303
    made = {deal.name: deal for deal in Deal.objects.select_related("contact")}
    assert made["Chairs"].contact is not None
    assert (made["Chairs"].contact.name, made["Chairs"].value_minor) == ("Ina Roth", 215_784 + 8_000)
    assert made["Tables"].contact == made["More tables"].contact
    assert made["Tables"].value_minor == 25_000
    assert {(each.customer_id, each.name) for each in Contact.objects.all()} == {
        (lindt.id, "Ina Roth"), (lindt.id, "Max Neu"), (other.id, "Ina Roth"),
    }  # fmt: skip
    kept = list(DealLine.objects.filter(deal=made["Chairs"]).order_by("position"))
    assert [(line.name, line.unit_price_minor, line.item and line.item.code) for line in kept] == [
        ("Chair", 9_990, "CH-1"), ("Delivery", 8_000, None),
    ]  # fmt: skip
    assert take(client, *rows).status_code == 303
    assert (Deal.objects.count(), Contact.objects.count()) == (4, 3), "the same list adds nothing and nobody"


@pytest.mark.parametrize("language", ["en", "de"])
def test_s7_what_goes_out_comes_into_an_empty_book_as_it_was(client: Client, scene: Scene, language: str) -> None:
    Member.objects.filter(id=scene.owner.id).update(language=language)
    chair()
    lindt = customer("Lindt", owner_id=scene.owner.id)

    def gone_out() -> list[list[str]]:
        answer = client.get("/deals/export.csv?state=open")
        out = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        return list(csv.reader(io.StringIO(out)))

    def without(rows: list[list[str]], *heads: str) -> list[list[str]]:
        left = [place for place, head in enumerate(rows[0]) if head in heads]
        return sorted([cell for place, cell in enumerate(row) if place not in left] for row in rows)

    with transaction.atomic():
        person = crm.add_contact(customer=lindt, given={"name": "Ina", "email": "ina@lindt.example"}, **WHO)
        item = Item.objects.get()
        lines = [
            LineEntry(name="Chair", item_id=item.id, quantity=Decimal("1.5"), unit_price_minor=123_456),
            LineEntry(name="Work", quantity=Decimal(3), unit="HUR", unit_price_minor=9_000,
                      discount_percent=Decimal("12.5")),
        ]  # fmt: skip
        new = NewDeal(name="Chairs", contact_id=person.id, owner_id=scene.owner.id, source="fair", currency="CHF",
                      expected_close_on=date(2026, 12, 31))  # fmt: skip
        deals.add_deal(customer=lindt, new=new, lines=lines, **WHO)
        deals.add_deal(customer=lindt, new=NewDeal(name="Lamps", value_minor=1_234_50, source="fair"), **WHO)
        before = gone_out()
        transaction.set_rollback(True)
    assert not Deal.objects.exists()
    assert len(before) == 4, "two deals, and the second product in a row of its own"
    assert {row[4] for row in before} == ({"State", "Open", ""} if language == "en" else {"Status", "Offen", ""})
    chosen = {f"column.{len(before[0]) - 1}": ""}  # ids of another book mean nothing here
    done = take(client, *before, **chosen)
    assert done.status_code == 303, done.context["problems"]
    assert without(gone_out(), "id", "Added", "Hinzugefügt") == without(before, "id", "Added", "Hinzugefügt")


def test_s7_people_and_products_that_cannot_stand_are_named_in_their_places(client: Client) -> None:
    chair()
    customer("Lindt", contacts=(NewContact(name="Twin"), NewContact(name="Twin")))
    rows = [
        DETAILED,
        ["A", "Lindt", "Twin", "", "NO-1", "", "1", "", "", ""],
        ["", "", "", "", "CH-1", "", "0", "1.005", "", ""],
        ["B", "Lindt", "New", "no mail", "", "Table", "1", "", "", ""],
        ["C", "Lindt", "", "new@lindt.example", "CH-1", "", "1", "5", "101", ""],
        ["D", "Lindt", "", "", "CH-1", "", "2", "", "", "100"],
    ]
    found = problems(look(client, *rows))
    assert {place: found[place] for place in found if place[0] in "26"} == {
        ("2", "Contact"): "2 people there are “Twin”. Say the mail address.",
        ("2", "Product code"): "There is no product with the code “NO-1”.",
        ("6", "Value"): "The products come to €199.80. Leave the value empty, or say the same.",
    }
    assert set(found) - {place for place in found if place[0] in "26"} == {
        ("3", "Unit price"), ("4", "Contact's mail"), ("4", "Unit price"), ("5", "Contact"), ("5", "Discount %"),
    }  # fmt: skip
    assert problems(take(client, *rows)) == found
    assert (Deal.objects.count(), Contact.objects.count()) == (0, 2)
    client.force_login(_member(Role.MARKETING))
    assert take(client, DETAILED, ["A", "Lindt", "New", "", "", "", "", "", "", ""]).status_code == 403


def test_s7_a_program_tries_a_list_out_and_takes_it_over_once(client: Client, scene: Scene) -> None:
    chair()
    customer("Lindt")
    program = of(scene.owner)
    listed: dict[str, Any] = {
        "name": "Chairs", "customer": "Lindt", "contact": "Ina", "contact_email": "ina@lindt.example",
        "lines": [{"item": "CH-1", "quantity": "24"}, {"name": "Delivery", "unit_price_minor": 8_000}],
    }  # fmt: skip
    wrong = {"name": "", "customer": "Nobody", "lines": [{"item": "NO-1"}]}
    said = {"source": "old-crm", "deals": [listed, {"name": "Lamps", "customer": "lindt", "value_minor": 75_000}]}
    tried = program.post("/imports/deals", {**said, "dry_run": True}).json()
    assert tried == {
        "is_dry_run": True, "added": 2, "changed": 0, "unchanged": 0, "contacts_added": 1, "refused": [],
    }  # fmt: skip
    bad = {**said, "deals": [listed, wrong, {**listed, "lines": [{"item": "CH-1"}, {"item": "NO-1"}]}]}
    refused = program.post("/imports/deals", {**bad, "dry_run": True}).json()["refused"]
    places = ["deals.1.customer", "deals.2.lines.1.item"]
    assert [each["field"] for each in refused] == places
    answer = program.post("/imports/deals", bad)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, places)
    assert answer.json()["errors"] == refused
    assert not Deal.objects.exists()
    assert not Contact.objects.exists()
    done = program.post("/imports/deals", said, Idempotency_Key="one")
    assert (done.status_code, done.json()) == (200, {**tried, "is_dry_run": False})
    assert program.post("/imports/deals", said, Idempotency_Key="one").headers["Idempotent-Replayed"] == "true"
    assert program.post("/imports/deals", said).json()["unchanged"] == 2
    assert {(deal.name, deal.value_minor) for deal in Deal.objects.all()} == {("Chairs", 247_760), ("Lamps", 75_000)}
    lamps = Deal.objects.get(name="Lamps")
    gone = program.post("/imports/deals", {**said, "deals": [{"id": str(lamps.id), "own": {"none": "x"}}]})
    assert gone.json()["errors"][0]["field"] == "deals.0.own.none"
    assert of(_member(Role.SUPPORT)).post("/imports/deals", said).status_code == 403
