"""Rights of fields of one's own (O-8, O-10 … O-12): asked by every write, told by facts, kept when a lead goes over."""

from dataclasses import replace
from typing import Any

import pytest

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as accounts_queries
from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer
from conto.apps.crm.own import record_of
from conto.apps.fields import actions as fields
from conto.apps.fields import queries
from conto.apps.fields.models import OwnField, OwnValues
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import FormEntry, NewLead
from conto.domain.errors import EntryRefused, RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.permissions import Role
from conto.flows import convert_lead
from tests.apps.guards.book import SOUTH
from tests.scene import NOW, Scene

pytestmark = pytest.mark.django_db
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}
FINANCE = frozenset({Role.FINANCE})


def define(label: str, subject: Subject = Subject.CUSTOMER, **more: Any) -> OwnField:
    rule = FieldRule(key="", label=label, kind=FieldKind.TEXT, **more)
    return fields.add_field(subject=subject, field=rule, **WHO)


def business() -> Any:
    return accounts_queries.business()


def by(role: Role) -> dict[str, Any]:
    return {"actor": replace(Actor(None, "member", role.value), role=role), "at": NOW}


def refused(told: pytest.ExceptionInfo[EntryRefused]) -> dict[str, str]:
    return {key: broken.code for key, broken in told.value.by_field.items()}


@pytest.fixture
def book(scene: Scene) -> Scene:
    accounts.set_up_business(seller=SOUTH, bank_account=None, is_sandbox=True, **WHO)
    return scene


def test_o10_who_may_not_change_a_field_is_refused_and_the_others_still_write(book: Scene) -> None:
    define("Wage", seen_by=FINANCE)
    define("Rank", edited_by=FINANCE)
    of = record_of(book.customer)
    with pytest.raises(EntryRefused) as told:
        fields.set_values(of=of, given={"wage": "9", "rank": "1"}, **by(Role.SALES))
    assert refused(told) == {"own.wage": "field.unknown", "own.rank": "field.not_yours"}
    assert not OwnValues.objects.exists()
    fields.set_values(of=of, given={"wage": "9", "rank": "1"}, **by(Role.FINANCE))
    assert OwnValues.objects.get().values == {"wage": "9", "rank": "1"}
    with pytest.raises(EntryRefused):
        fields.set_values(of=of, given={"wage": None}, **by(Role.SALES))


def test_o10_what_is_needed_is_asked_of_who_may_fill_it_in(book: Scene) -> None:
    define("Wage", seen_by=FINANCE, is_required=True)
    new = NewCustomer(name="Anna Ast", own={})
    assert crm.add_customer(new=new, **by(Role.SALES)).name == "Anna Ast"
    with pytest.raises(EntryRefused) as told:
        crm.add_customer(new=new, **by(Role.FINANCE))
    assert refused(told) == {"own.wage": "field.missing"}
    with pytest.raises(EntryRefused) as told:
        crm.add_customer(new=replace(new, own={"wage": "5"}), **by(Role.SALES))
    assert refused(told) == {"own.wage": "field.unknown"}


def test_o12_a_fact_tells_the_values_that_its_reader_sees(book: Scene) -> None:
    row = define("Wage", seen_by=FINANCE)
    define("Motto")
    fields.set_values(of=record_of(book.customer), given={"wage": "9", "motto": "Wood"}, **WHO)
    body = Fact.objects.select_related("payload").get(kind="own_values_changed").body
    kind = "own_values_changed"
    assert queries.told_body(kind, body, business(), Role.SALES) == {
        "of": "customer", "changes": {"Motto": [None, "Wood"]}, "keys": {"Motto": "motto"},
    }  # fmt: skip
    assert queries.told_body(kind, body, business(), Role.FINANCE) == body
    assert queries.told_body(kind, body, business(), None) == body
    # A label that is another field's now does not open what was written under it.
    fields.change_field(field_id=row.id, changes={"label": "Pay"}, **WHO)
    define("Wage")
    assert "9" not in str(queries.told_body(kind, body, business(), Role.SALES))
    nameless = {name: value for name, value in body.items() if name != "keys"}
    assert queries.told_body(kind, nameless, business(), Role.SALES)["changes"] == {}, "told before keys were kept"
    assert queries.told_body(kind, nameless, business(), Role.FINANCE) == nameless


def test_o12_an_archived_field_is_not_told_to_who_never_saw_it(book: Scene) -> None:
    row = define("Wage", seen_by=FINANCE)
    fields.set_values(of=record_of(book.customer), given={"wage": "9"}, **WHO)
    fields.archive_field(field_id=row.id, **WHO)
    body = Fact.objects.select_related("payload").get(kind="own_values_changed").body
    assert queries.told_body("own_values_changed", body, business(), Role.SALES)["changes"] == {}


@pytest.mark.usefixtures("book")
def test_o10_rights_are_changed_with_a_fact_and_all_roles_is_no_limit() -> None:
    row = define("Wage", seen_by=FINANCE)
    changes = {"seen_by": frozenset(Role), "edited_by": frozenset({Role.SALES, Role.OWNER})}
    fields.change_field(field_id=row.id, changes=changes, **WHO)
    row.refresh_from_db()
    assert (row.seen_by, row.edited_by) == (None, ["sales"])
    fact = Fact.objects.select_related("payload").get(kind="own_field_changed")
    assert fact.body["changes"] == {"seen_by": [["finance"], None], "edited_by": [None, ["sales"]]}
    added = Fact.objects.select_related("payload").get(kind="own_field_added")
    assert added.body["seen_by"] == ["finance"]


@pytest.mark.usefixtures("book")
def test_o8_a_lead_takes_along_what_its_seller_does_not_see_but_not_into_the_open() -> None:
    define("Wage", Subject.LEAD, seen_by=FINANCE)
    define("Hobby", Subject.LEAD, seen_by=FINANCE)
    define("Wage", seen_by=FINANCE)
    define("Hobby")
    lead = leads.add_lead(new=NewLead(name="Mara Lindt", own={"wage": "9", "hobby": "Chess"}), **WHO)
    made = convert_lead.convert(lead=lead, wish=convert_lead.Conversion(with_deal=False), **by(Role.SALES))
    assert OwnValues.objects.get(subject_id=made.customer.id).values == {"wage": "9"}


@pytest.mark.usefixtures("book")
def test_o10_a_form_for_strangers_asks_for_what_its_maker_sees_and_goes_on_asking_for_what_it_was_told() -> None:
    define("Wage", Subject.LEAD, seen_by=FINANCE)
    entry = FormEntry(name="Fair", source="fair", languages=["en"], fields={"own.wage": "needed"})
    with pytest.raises(RuleBroken):
        leads.add_form(new=entry, **by(Role.MARKETING))
    form = leads.add_form(new=entry, **WHO)
    leads.change_form(form=form, entry=replace(entry, name="Stand", fields={"phone": "needed"}), **by(Role.MARKETING))
    form.refresh_from_db()
    assert (form.name, form.fields) == ("Stand", {"phone": "needed", "own.wage": "needed"})
    leads.change_form(form=form, entry=replace(entry, fields={}), **WHO)
    form.refresh_from_db()
    assert form.fields == {}
