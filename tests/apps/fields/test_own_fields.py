"""Fields of one's own (O-1 … O-7): defined, filled, asked for, archived; what the ledger adds; how often is asked."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as accounts_queries
from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.entries import LineEntry, NewContract
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.crm.own import record_of
from conto.apps.crm.queries import CustomerFilters, customer_page
from conto.apps.fields import actions as fields
from conto.apps.fields import queries
from conto.apps.fields.filters import asked_by_programs, wanted_in
from conto.apps.fields.models import OwnValues
from conto.apps.payments import actions as payments
from conto.apps.payments.queries import roll_ups
from conto.domain.errors import Conflict, EntryRefused, RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.period import add_months
from conto.domain.permissions import Permission, Role
from tests.apps.guards.book import SOUTH
from tests.scene import NOW, TODAY, Scene

pytestmark = pytest.mark.django_db
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


def define(label: str, kind: str, subject: Subject = Subject.CUSTOMER, **more: Any) -> Any:
    rule = FieldRule(key="", label=label, kind=FieldKind(kind), **more)
    return fields.add_field(subject=subject, field=rule, **WHO)


def business() -> Any:
    return accounts_queries.business()


def kept(scene: Scene) -> dict[str, Any]:
    found = queries.values_of(business(), Subject.CUSTOMER, [scene.customer.id])
    return found.get(scene.customer.id, {})


@pytest.fixture
def book(scene: Scene) -> Scene:
    accounts.set_up_business(seller=SOUTH, bank_account=None, is_sandbox=True, **WHO)
    return scene


def asked(**given: str) -> Any:
    known = queries.fields_of(business(), Subject.CUSTOMER)
    return wanted_in(known, {f"own.{key}".replace("__", "."): text for key, text in given.items()}, currency="EUR")


def names_of(scene: Scene, **given: str) -> list[str]:
    page = customer_page(scene.owner, CustomerFilters(own=asked(**given)))
    return [row.name for row in page.rows]


def test_o3_values_are_written_told_and_found(book: Scene) -> None:
    define("Sector", "choice", choices=("Trade", "Craft"))
    define("Visits", "number")
    define("Budget", "money")
    define("Since", "date")
    define("Likes", "many", choices=("Wood", "Steel"))
    define("Motto", "text")
    given = {
        "sector": "trade", "visits": "12.50", "budget": {"amount_minor": 125000, "currency": "EUR"},
        "since": "2026-02-01", "likes": ["Steel", "Wood"], "motto": "Ganz einfach",
    }  # fmt: skip
    fields.set_values(of=record_of(book.customer), given=given, **WHO)
    assert kept(book) == {**given, "sector": "Trade", "visits": "12.5", "likes": ["Wood", "Steel"]}
    fact = Fact.objects.select_related("payload").get(kind="own_values_changed")
    assert (fact.subject_id, fact.customer_id) == (book.customer.id, book.customer.id)
    assert fact.body["changes"]["Budget"] == [None, "1250.00 EUR"]
    name = [book.customer.name]
    assert names_of(book, sector="craft") == []
    for wanted in (
        {"sector": "trade"}, {"visits": "12.5"}, {"visits__from": "12", "visits__until": "13"}, {"likes": "steel"},
        {"budget": "1250 EUR"}, {"budget__from": "1000"}, {"since__until": "2026-03-01"}, {"motto": "EINFACH"},
    ):  # fmt: skip
        assert names_of(book, **wanted) == name, wanted
    for missed in ({"visits__from": "13"}, {"budget__from": "1000 USD"}, {"since__from": "2026-02-02"}, {"motto": "x"}):
        assert names_of(book, **missed) == [], missed
    with pytest.raises(EntryRefused):
        asked(colour="red")
    assert asked_by_programs(["visits:1..2", "sector:Trade"]) == {
        "own.visits.from": "1", "own.visits.until": "2", "own.sector": "Trade",
    }  # fmt: skip


def test_o6_what_is_required_stops_a_new_customer_and_names_all_else_too(book: Scene) -> None:
    define("Sector", "choice", choices=("Trade",), is_required=True)
    with pytest.raises(EntryRefused) as told:
        crm.add_customer(new=NewCustomer(name="New", email="x", currency="EUR", own={}), **WHO)
    assert set(told.value.by_field) == {"email", "own.sector"}
    rows = [NewCustomer(name="New", currency="EUR", source="csv", external_ref="1", own={})]
    with pytest.raises(EntryRefused) as of_import:
        crm.import_customers(rows=rows, **WHO)
    assert of_import.value.by_field["own.sector"].message == told.value.by_field["own.sector"].message
    crm.add_customer(new=NewCustomer(name="Of a shop", currency="EUR"), **WHO)  # nobody was asked


def test_o6_a_kind_with_values_stays_and_archiving_keeps_them(book: Scene) -> None:
    row = define("Visits", "number")
    fields.change_field(field_id=row.id, changes={"kind": FieldKind.TEXT, "label": "Visit notes"}, **WHO)
    fields.set_values(of=record_of(book.customer), given={"visits": "often"}, **WHO)
    with pytest.raises(Conflict, match="has values"):
        fields.change_field(field_id=row.id, changes={"kind": FieldKind.NUMBER}, **WHO)
    fields.archive_field(field_id=row.id, **WHO)
    assert queries.fields_of(business(), Subject.CUSTOMER) == ()
    assert OwnValues.objects.get().values == {"visits": "often"}
    with pytest.raises(EntryRefused):
        fields.set_values(of=record_of(book.customer), given={"visits": "x"}, **WHO)
    fields.restore_field(field_id=row.id, **WHO)
    assert kept(book) == {"visits": "often"}
    told = list(Fact.objects.filter(subject_id=row.id).order_by("id").values_list("kind", flat=True))
    assert told == ["own_field_added", "own_field_changed", "own_field_archived", "own_field_restored"]


def test_o2_fields_stand_in_the_order_they_are_put_in(book: Scene) -> None:
    for label in ("One", "Two", "Three"):
        define(label, "text")
    fields.order_fields(subject=Subject.CUSTOMER, keys=["three", "one"], **WHO)
    assert [field.key for field in queries.fields_of(business(), Subject.CUSTOMER)] == ["three", "one", "two"]


def test_o5_formulas_use_what_the_ledger_says_of_the_customer(book: Scene) -> None:
    define("Visits", "number")
    for label, text in {
        "Paid": "paid_12_months", "Each": "paid_12_months / visits", "Owes": "open_balance", "Due": "next_due",
        "Late": "late_rate",
    }.items():  # fmt: skip
        define(label, "formula", formula=text)
    fields.set_values(of=record_of(book.customer), given={"visits": "4"}, **WHO)
    first, second = book.issued(), book.issued()
    payments.receive_payment(
        customer=book.customer, legal_entity=book.seller, amount_minor=first.payable_minor, currency="EUR",
        method="bank_transfer", received_on=TODAY, **WHO,
    )  # fmt: skip
    day = second.due_on + timedelta(days=1)
    seen = roll_ups.seen_fields(business(), Subject.CUSTOMER, book.owner)
    ids = {book.customer.id: book.customer.id}
    shown = roll_ups.shown_values(business(), Subject.CUSTOMER, ids, shown=seen, today=day)[book.customer.id]
    assert shown == {
        "visits": "4", "paid": {"amount_minor": 11900, "currency": "EUR"},
        "each": {"amount_minor": 2975, "currency": "EUR"}, "owes": {"amount_minor": 11900, "currency": "EUR"},
        "due": second.due_on.isoformat(), "late": "0.5",
    }  # fmt: skip


def test_o5_who_sees_no_invoices_sees_nothing_that_is_made_of_them(book: Scene) -> None:
    define("Visits", "number")
    define("Paid", "formula", formula="paid_12_months")
    define("Twice", "formula", formula="paid * 2")
    define("Half", "formula", formula="visits / 2")
    marketing = Member(role=Role.MARKETING, is_active=True)
    assert [field.key for field in roll_ups.seen_fields(business(), Subject.CUSTOMER, marketing)] == ["visits", "half"]


def test_o5_the_next_renewal_asks_for_contracts_and_for_the_right_to_see_them(book: Scene) -> None:
    define("Renews", "formula", formula="next_renewal")
    define("Soon", "formula", formula="renews < today + 60")
    define("Owes", "formula", formula="open_balance")
    term = NewContract(
        title="Care", starts_on=TODAY, is_agreed=True, renewal="auto", first_months=1, renewal_months=1,
    )  # fmt: skip
    line = LineEntry("Care", Decimal(9), unit_code="MON")
    contracts.create_contract(customer=book.customer, new=term, lines=[line], **WHO)
    seen = roll_ups.seen_fields(business(), Subject.CUSTOMER, book.owner)
    ids = {book.customer.id: book.customer.id}
    shown = roll_ups.shown_values(business(), Subject.CUSTOMER, ids, shown=seen, today=TODAY)[book.customer.id]
    assert (shown["renews"], shown["soon"]) == (add_months(TODAY, 1).isoformat(), "yes")
    support = Member(role=Role.SUPPORT, is_active=True)
    assert [field.key for field in roll_ups.seen_fields(business(), Subject.CUSTOMER, support)] == ["owes"]
    program = Member(role=Role.OWNER, is_active=True)
    program.narrowed_to = frozenset({Permission.INVOICE_VIEW})
    assert [field.key for field in roll_ups.seen_fields(business(), Subject.CUSTOMER, program)] == ["owes"]
    with CaptureQueriesContext(connection) as asked_:
        only = [field for field in seen if field.key == "renews"]
        roll_ups.shown_values(business(), Subject.CUSTOMER, ids, shown=only, today=TODAY)
    assert not any("payments_payment" in str(each["sql"]) for each in asked_), "money is asked only where it is used"


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_once_for_values_and_once_for_the_ledger_however_many_rows(book: Scene, count: int) -> None:
    ids = {
        made.id: made.id
        for n in range(count)
        for made in [crm.add_customer(new=NewCustomer(name=f"C{n}", currency="EUR"), **WHO)]
    }

    def questions() -> int:
        seen = roll_ups.seen_fields(mine, Subject.CUSTOMER, book.owner)
        with CaptureQueriesContext(connection) as asked_:
            roll_ups.shown_values(mine, Subject.CUSTOMER, ids, shown=seen, today=TODAY)
        return len(asked_)

    mine = business()
    assert questions() == 0
    define("Visits", "number")
    mine = business()
    assert questions() == 1
    define("Paid", "formula", formula="paid_12_months / visits")
    mine = business()
    assert questions() == 2


def test_o4_a_formula_cannot_be_asked_for_and_a_used_field_not_put_away(book: Scene) -> None:
    row = define("Visits", "number")
    define("Twice", "formula", formula="visits * 2")
    with pytest.raises(EntryRefused, match="formula"):
        asked(twice="4")
    with pytest.raises(Conflict):
        fields.archive_field(field_id=row.id, **WHO)
    with pytest.raises(RuleBroken):
        fields.change_field(field_id=row.id, changes={"kind": FieldKind.MANY, "choices": ("a",)}, **WHO)
    fields.set_values(of=record_of(book.customer), given={"visits": Decimal(4)}, **WHO)
