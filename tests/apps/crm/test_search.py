"""R-15: customers are found by names, mails and phones in any format, whatever the accents."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm import actions as crm
from conto.apps.crm import queries
from conto.apps.crm.entry import NewContact, NewCustomer, PostalAddress
from conto.apps.crm.queries import searching
from conto.apps.crm.tokens import read_search, words_of
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


@pytest.fixture
def book(db: None) -> None:
    new = NewCustomer(
        name="Müller & Søn d'Éclair",
        currency="EUR",
        email="post@mueller-soen.example",
        phone="+441134960101",
        billing=PostalAddress(country="GB", line1="1 Road", postcode="LS1 4AP", city="Leeds"),
        vat_number="GB 980 7806 84",
        contacts=(NewContact(name="Jörg O'Neill", phone="+491715551234"),),
    )
    crm.add_customer(new=new, **WHO)
    crm.add_customer(new=NewCustomer(name="100% Paper_Mill", currency="EUR"), **WHO)


@pytest.mark.parametrize(
    "typed",
    [
        "müller", "Muller", "MUELLER", "mul", "soen", "son", "eclair", "d'éclair", "mull son", "son mull",
        "post@mueller-soen.example", "post@mue", "mueller-soen",
        "+44 113 496 0101", "0113 496 0101", "(0113) 4960101", "0044 113 496", "113496", "60101", "0101", "960-101",
        "joerg", "jorg oneill", "O'Neill", "0171 5551234", "0171/555", "1234", "+49 (0) 171 5551234",
        "GB980780684", "GB 980 7806 84",
    ],
)  # fmt: skip
def test_r15_a_customer_is_found_by(book: None, member: Member, typed: str) -> None:
    assert [found.name for found in queries.find(member, typed)] == ["Müller & Søn d'Éclair"]


@pytest.mark.parametrize("typed", ["xyz", "mull xyz", "%", "_", "m%r", "9999999", "", "  ", "'", "\\", "~", "@"])
def test_what_is_not_there_is_not_found(book: None, member: Member, typed: str) -> None:
    assert [found.name for found in queries.find(member, typed) if typed.strip()] == []


def test_the_person_through_whom_is_named(book: None, member: Member) -> None:
    assert queries.find(member, "joerg")[0].contact_name == "Jörg O'Neill"


def test_r15_a_member_without_the_permission_finds_nothing(book: None, member: Member) -> None:
    member.is_active = False
    assert queries.find(member, "müller") == []
    assert queries.find(None, "müller") == []
    member.is_active = True
    member.role = Role.MARKETING
    assert queries.find(member, "müller") != []


@pytest.mark.parametrize("few", [8000, -1])  # through those that are seen, and through the words
def test_v3_who_sees_few_and_who_sees_many_find_the_same_of_theirs(
    member: Member, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_FEW", few)
    seller = accounts.add_member(
        email="rita@example.com", name="Rita", role=Role.SALES, password="correct horse 9", actor=SYSTEM, at=NOW
    )
    for name, owner in (("Börg Own", seller.id), ("Börg Theirs", member.id), ("Börg Nobody", None)):
        phone = "+491715551234" if owner != member.id else "+491715551235"
        crm.add_customer(new=NewCustomer(name=name, currency="EUR", phone=phone, owner_id=owner), **WHO)
    accounts.set_reaches(wanted={(Role.SALES, Area.CUSTOMERS): Reach.OWN}, actor=SYSTEM, at=NOW)
    found = {typed: [each.name for each in queries.find(seller, typed)] for typed in _TYPED}
    assert found == _TYPED


_TYPED = {
    "b": ["Börg Nobody", "Börg Own"],
    "börg": ["Börg Nobody", "Börg Own"],
    "own boerg": ["Börg Own"],
    "theirs": [],
    "0171 5551234": ["Börg Nobody", "Börg Own"],
    "5551235": [],
    "börg zzz": [],
}


def test_names_that_begin_so_come_first_and_archived_ones_last(book: None, member: Member) -> None:
    first = crm.add_customer(new=NewCustomer(name="Aaron Müller", currency="EUR"), **WHO)
    old = crm.add_customer(new=NewCustomer(name="Müller Alt", currency="EUR"), **WHO)
    crm.archive_customer(customer=old, **WHO)
    names = [found.name for found in queries.find(member, "müller")]
    assert names == ["Müller & Søn d'Éclair", first.name, old.name]


def test_a_changed_name_is_found_at_once_and_the_old_one_no_more(book: None, member: Member) -> None:
    customer = queries.customers(member).get(name__startswith="Müller")
    crm.change_customer(customer=customer, changes={"name": "Brand New"}, **WHO)
    assert queries.find(member, "brand")
    assert [found.name for found in queries.find(member, "éclair")] == []


@given(st.text(max_size=60))
def test_any_name_is_found_by_each_of_its_own_words(name: str) -> None:
    words = set(words_of(name))
    for term in read_search(name):
        if "@" not in name and not any(beginning.startswith("~") or beginning.isdecimal() for beginning in term):
            assert any(word.startswith(beginning) for beginning in term for word in words)


def test_pages_by_key_show_every_customer_once_in_both_directions(member: Member, db: None) -> None:
    base = NewCustomer(name="x", currency="EUR", source="s")
    rows = [replace(base, name=f"Name {n % 7}", external_ref=str(n)) for n in range(25)]
    crm.import_customers(rows=rows, **WHO)
    for order in ("name", "newest"):
        filters = queries.CustomerFilters(order=order)
        there, cursor, page = [], None, None
        while page is None or page.after:
            page = queries.customer_page(member, filters, cursor, size=10)
            there.extend(row.id for row in page.rows)
            cursor = page.after
        assert len(there) == len(set(there)) == 25
        back = queries.customer_page(member, filters, page.before, size=10)
        assert [row.id for row in back.rows] == there[10:20]
