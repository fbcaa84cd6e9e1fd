"""Who sees a field and who changes it, as pages, files and programs say and ask it (O-10)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conto.apps.audit.models import Fact
from conto.apps.fields import actions as fields
from conto.apps.fields.models import OwnField, OwnValues
from conto.domain.facts import SYSTEM
from conto.domain.fields import LIMITED, FieldKind, FieldRule, Subject
from conto.domain.permissions import Role
from tests.api.programs import of
from tests.web.living import NOW, Living, add_customer

TYPED = {"label": "Standing", "kind": "text", "is_listed": "on"}
EVERYBODY = [role.value for role in LIMITED]


def define(label: str, **more: Any) -> OwnField:
    rule = FieldRule(key="", label=label, kind=FieldKind.TEXT, **more)
    return fields.add_field(subject=Subject.CUSTOMER, field=rule, actor=SYSTEM, at=NOW)


def browser(book: Living, role: Role) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[role])
    return client


def typed(client: Client, address: str, **more: Any) -> dict[str, Any]:
    form = client.get(address).context["form"]
    first = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in first.items() if value not in (None, False)} | more


def test_the_editor_offers_roles_and_says_who_sees_a_field(living_book: Living) -> None:
    client = browser(living_book, Role.ADMIN)
    page = client.get("/settings/fields/new?of=customer").content.decode()
    assert page.count('name="seen_by"') == page.count('name="edited_by"') == len(LIMITED)
    assert page.count("checked") >= 2 * len(LIMITED), "at first all are ticked"
    answer = client.post("/settings/fields/new", TYPED | {"subject": "customer", "seen_by": EVERYBODY,
                                                          "edited_by": ["finance"]})  # fmt: skip
    assert answer.status_code == 303
    row = OwnField.objects.get(label="Standing")
    assert (row.seen_by, row.edited_by) == (None, ["finance"])
    client.post(f"/settings/fields/{row.id}", TYPED | {"seen_by": ["finance", "auditor"], "edited_by": ["finance"]})
    row.refresh_from_db()
    assert sorted(row.seen_by) == ["auditor", "finance"]
    assert "seen by Finance, Auditor" in client.get("/settings/fields").content.decode()
    form = client.get(f"/settings/fields/{row.id}").context["form"]
    assert (sorted(form["seen_by"].value()), form["edited_by"].value()) == (["auditor", "finance"], ["finance"])
    client.post(f"/settings/fields/{row.id}", TYPED)
    row.refresh_from_db()
    assert (row.seen_by, row.edited_by) == ([], [])
    assert "owners and administrators only" in client.get("/settings/fields").content.decode()
    told = browser(living_book, Role.AUDITOR).get("/settings/audit?kind=own_field_changed").content.decode()
    assert "seen by" in told
    assert "Finance" in told
    assert browser(living_book, Role.FINANCE).get("/settings/fields").status_code == 403


def test_a_program_says_the_roles_and_refuses_unknown_ones(living_book: Living) -> None:
    program = of(living_book.members[Role.OWNER])
    made = program.post("/fields", {"subject": "deal", "label": "Margin", "seen_by": ["sales"], "edited_by": []}).json()
    assert (made["seen_by"], made["edited_by"]) == (["sales"], [])
    address = f"/fields/{made['id']}"
    assert program.ask("PATCH", address, {"label": "Profit"}).json()["seen_by"] == ["sales"], "what is left out stays"
    assert program.ask("PATCH", address, {"seen_by": None}).json()["seen_by"] is None
    for wrong in (["owner"], ["nobody"]):
        assert program.ask("PATCH", address, {"seen_by": wrong}).status_code == 422
    program.ask("PATCH", address, {"seen_by": ["finance"]})
    seller = of(living_book.members[Role.SALES])
    assert seller.get(address).status_code == 404
    assert "Profit" not in {each["label"] for each in seller.get("/fields").json()["rows"]}
    assert of(living_book.members[Role.FINANCE]).get(address).status_code == 200


def test_forms_ask_for_what_their_reader_may_fill_in_and_keep_the_rest(living_book: Living) -> None:
    define("Wage", seen_by=frozenset(), is_required=True)
    define("Rank", edited_by=frozenset())
    define("Motto")
    customer = add_customer(31)
    seller, owner = browser(living_book, Role.SALES), browser(living_book, Role.OWNER)
    address = f"/customers/{customer.id}/own"
    full = typed(owner, address) | {"own.wage": "9", "own.rank": "A", "own.motto": "Wood"}
    assert owner.post(address, full).status_code == 303
    form = seller.get(address).context["form"]
    assert "own.motto" in form.fields
    assert not {"own.wage", "own.rank"} & set(form.fields)
    assert "9" not in form["own_seen"].value()
    forged = typed(seller, address) | {"own.motto": "Steel", "own.wage": "1", "own.rank": "Z"}
    assert seller.post(address, forged).status_code == 303
    assert {"wage": "9", "rank": "A", "motto": "Steel"}.items() <= OwnValues.objects.get(
        subject_id=customer.id
    ).values.items()
    page = seller.get(f"/customers/{customer.id}/").content.decode()
    assert "Rank" in page
    assert "Wage" not in page
    assert "own.wage" not in seller.get("/customers/new").content.decode()


@pytest.mark.parametrize(("role", "column", "words"), [
    (Role.FINANCE, "Wage", "Nobody knows the column “Wage”."),
    (Role.FINANCE, "Rank", "Your role may read “Rank” and not change it."),
    (Role.ADMIN, "Wage", ""),
])  # fmt: skip
def test_a_file_of_customers_fills_in_what_its_reader_may_change(
    living_book: Living, role: Role, column: str, words: str
) -> None:
    define("Wage", seen_by=frozenset())
    define("Rank", edited_by=frozenset())
    file = SimpleUploadedFile("c.csv", f"Name,{column}\nLindt,9\n".encode())
    client = browser(living_book, role)
    answer = client.post("/customers/import", {"file": file})
    assert answer.status_code == (422 if words else 303)
    assert words in answer.content.decode()
    assert Fact.objects.filter(kind="import_finished").exists() is not bool(words)
