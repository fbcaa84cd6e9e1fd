"""Lists of customers by what formulas make of the ledger: filtered, put in order, and by whom (O-9, O-5)."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from conto.apps.contracts import actions as contracts
from conto.apps.contracts.entries import LineEntry, NewContract
from conto.apps.fields import actions as fields
from conto.apps.fields.filters import Wanted
from conto.apps.payments.queries import made_lists
from conto.domain.facts import SYSTEM
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.period import add_months
from conto.domain.permissions import Role
from tests.api.programs import of
from tests.web.living import NOW, Living, add_customer, bill


def define(label: str, formula: str) -> None:
    rule = FieldRule(key="", label=label, kind=FieldKind.FORMULA, formula=formula, is_listed=True)
    fields.add_field(subject=Subject.CUSTOMER, field=rule, actor=SYSTEM, at=NOW)


@pytest.fixture
def owner(living_book: Living, client: Client) -> Living:
    client.force_login(living_book.members[Role.OWNER])
    define("Owes", "open_balance")
    define("Late", "next_due < today")
    define("Twice", "open_balance * 2")
    for n in (7, 8, 9):
        add_customer(n)
    return living_book


def names(client: Client, asked: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([^<]*)</a>', client.get(f"/customers/?{asked}").content.decode())


def test_o9_customers_are_found_by_what_they_owe(owner: Living, client: Client) -> None:
    poor, rich = add_customer(21), add_customer(22)
    small = bill(poor, NOW)
    large = [bill(rich, NOW) for _ in range(3)]
    between = Decimal(small.payable_minor + sum(each.payable_minor for each in large)) / 200
    assert small.payable_minor < between * 100 < sum(each.payable_minor for each in large)
    found = names(client, f"own.owes.from={between}&q=kupfer22")
    assert len(found) == 1
    assert names(client, f"own.owes.from={between}&q=kupfer21") == []
    assert len(names(client, f"own.twice.until={between * 2}&own.owes.from=0.01&q=kupfer21")) == 1
    assert names(client, "own.owes.from=1 USD") == []  # what is owed in another currency is not compared
    page = client.get(f"/customers/?own.owes.from={between}").content.decode()
    assert f'value="{between}"' in page  # the chip says what is asked
    totals = client.get(f"/customers/totals?own.owes.from={between}&q=kupfer22").content.decode()
    assert "<b>1</b>" in totals
    file = client.get(f"/customers/export.csv?own.owes.from={between}&q=kupfer22")
    assert b"".join(file.streaming_content).count(b"kupfer22") == 1  # type: ignore[attr-defined]
    program = of(owner.members[Role.OWNER])
    rows = program.get(f"/customers?own=owes:{between}..&q=kupfer22").json()["rows"]
    assert [each["id"] for each in rows] == [str(rich.id)]
    assert client.get("/customers/?own.late=yes").status_code == 200


def test_o9_a_list_stands_in_the_order_of_what_is_owed(owner: Living, client: Client) -> None:
    poor, rich = add_customer(31), add_customer(32)
    bill(poor, NOW)
    for _ in range(2):
        bill(rich, NOW)
    down, up = (names(client, f"order=own.owes{way}&own.owes.from=0.01") for way in ("", ".up"))
    assert down == up[::-1]
    assert down.index(rich.name.replace("&", "&amp;")) < down.index(poor.name.replace("&", "&amp;"))
    page = client.get("/customers/?order=own.owes").content.decode()
    assert 'aria-sort="descending"' in page
    assert "order=own.owes.up" in page
    visits = names(client, "order=own.visits")
    assert visits[0].startswith("Kupfer &amp; Söhne 1 ")  # the only one with a value; who has none comes last
    assert names(client, "order=own.visits.up")[0] == visits[0]
    assert names(client, "order=own.none") == names(client, "")


def test_o9_pages_go_on_in_the_order_of_the_field(owner: Living, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("conto.web.customers.lists.customers.PAGE_SIZE", 2)
    first = client.get("/customers/?order=own.owes")
    every = names(client, "order=own.owes") + names(client, "order=own.owes&after=2")
    assert len(set(every)) == 4
    assert "after=2" in first.content.decode()
    assert "before=0" in client.get("/customers/?order=own.owes&after=2").content.decode()


def test_o9_a_list_that_is_too_long_says_so(owner: Living, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(made_lists, "MOST", 2)
    for asked in ("own.owes.from=1", "order=own.owes"):
        page = client.get(f"/customers/?{asked}").content.decode()
        assert "A formula can be asked of at most 2 customers." in page, asked
        assert "row-link" in page
    answer = of(owner.members[Role.OWNER]).get("/customers?own=owes:1..")
    assert (answer.status_code, answer.json()["code"]) == (422, "list.too_long_for_formula")


def test_o5_who_sees_no_invoices_asks_no_formula_of_the_ledger(owner: Living, client: Client) -> None:
    client.force_login(owner.members[Role.MARKETING])
    every = names(client, "")
    assert names(client, "own.owes.from=1000000") == every
    assert names(client, "order=own.owes") == every
    assert "Owes" not in client.get("/customers/").content.decode()
    assert of(owner.members[Role.MARKETING]).get("/customers?own=owes:1..").status_code == 422


@pytest.mark.parametrize(
    ("value", "wanted", "is_in"),
    [
        ("12.5", {"least": Decimal(12)}, True), ("9", {"least": Decimal(12)}, False), ("2.50", {"value": "2.5"}, True),
        ("2026-02-01", {"most": "2026-03-01"}, True), ("2026-04-01", {"most": "2026-03-01"}, False),
        ("yes", {"value": "yes"}, True), ("often", {"value": "OFT"}, True), (None, {"most": Decimal(1)}, False),
        ({"amount_minor": 5, "currency": "EUR"}, {"least": {"amount_minor": 5, "currency": "EUR"}}, True),
        ({"amount_minor": 5, "currency": "EUR"}, {"most": {"amount_minor": 9, "currency": "USD"}}, False),
    ],
)  # fmt: skip
def test_o9_what_a_formula_makes_is_compared_as_what_it_is(value: Any, wanted: dict[str, Any], *, is_in: bool) -> None:
    field = FieldRule(key="x", label="X", kind=FieldKind.FORMULA, formula="1")
    assert made_lists.fits(value, Wanted(field=field, **wanted)) is is_in


def test_o5_o9_customers_are_found_and_ordered_by_when_their_contract_renews(owner: Living, client: Client) -> None:
    define("Renews", "next_renewal")
    later, sooner = add_customer(51), add_customer(52)
    for customer, months in ((later, 3), (sooner, 1)):
        term = NewContract(
            title="Care", starts_on=NOW.date(), is_agreed=True, renewal="auto", first_months=months, renewal_months=1
        )  # fmt: skip
        line = LineEntry("Care", Decimal(9), unit_code="MON")
        contracts.create_contract(customer=customer, new=term, lines=[line], actor=SYSTEM, at=NOW)
    day = add_months(NOW.date(), 1)
    assert len(names(client, f"own.renews.until={day}&q=kupfer52")) == 1
    assert names(client, f"own.renews.until={day}&q=kupfer51") == []
    up = names(client, "order=own.renews.up")
    assert up.index(sooner.name.replace("&", "&amp;")) < up.index(later.name.replace("&", "&amp;"))
    file = client.get("/customers/export.csv?q=kupfer52")
    assert day.isoformat().encode() in b"".join(file.streaming_content)  # type: ignore[attr-defined]
    program = of(owner.members[Role.OWNER])
    (row,) = program.get(f"/customers?own=renews:{day}..{day}&q=kupfer52").json()["rows"]
    assert program.get(f"/customers/{row['id']}").json()["own"]["renews"] == day.isoformat()
    support = of(owner.members[Role.SUPPORT])
    assert "renews" not in support.get(f"/customers/{row['id']}").json()["own"]
    assert support.get("/customers?own=renews:2026-01-01..").status_code == 422
