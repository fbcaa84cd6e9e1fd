"""Pages of customers are the same whichever way they are found, and each way goes through its index."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewContact, NewCustomer, PostalAddress
from conto.apps.crm.models import Customer, SearchToken
from conto.apps.crm.queries import CustomerFilters, customer_page, lists, picking
from conto.config.home import Home
from conto.config.postgres.roles import connect_as_admin
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": SYSTEM, "at": NOW}
FIRST, LAST, TRADES = ("Anna", "Ben", "Zoë"), ("Müller", "Muster", "Schmidt", "O'Neill"), ("Druck GmbH", "Gas AG")
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(member: Member) -> dict[str, Member]:
    """Lay a book of seventy customers at random; give who asks: who sees all, the own ones, those of a team."""
    dice, team = random.Random(5), accounts.add_team(name="North", **WHO)
    found = {"all": member}
    for name, role in (("own", Role.SALES), ("team", Role.SUPPORT), ("mate", Role.SALES)):
        found[name] = accounts.add_member(
            email=f"{name}@example.com", name=name, role=role, password="correct horse 9", **WHO
        )
    Member.objects.filter(email__in=("team@example.com", "mate@example.com")).update(team=team)
    found["team"].refresh_from_db()
    wanted = {(Role.SALES, Area.CUSTOMERS): Reach.OWN, (Role.SUPPORT, Area.CUSTOMERS): Reach.TEAM}
    accounts.set_reaches(wanted=wanted, **WHO)
    owners = [None, *(each.id for each in found.values())]
    crm.import_customers(rows=[_somebody(dice, n, dice.choice(owners)) for n in range(70)], **WHO)
    for customer in Customer.objects.all():
        for tag in ("fair", "late"):
            if dice.random() < 0.3:
                crm.add_tag(customer=customer, name=tag, **WHO)
        if dice.random() < 0.2:
            crm.archive_customer(customer=customer, **WHO)
    return found


def _somebody(dice: random.Random, n: int, owner_id: UUID | None) -> NewCustomer:
    last, country = dice.choice(LAST), dice.choice(("DE", "DE", "DE", "NL"))
    is_company = dice.random() < 0.5
    return NewCustomer(
        name=f"{last} {dice.choice(TRADES)}" if is_company else f"{dice.choice(FIRST)} {last}",
        kind="company" if is_company else "person",
        currency=dice.choice(("EUR", "EUR", "USD")),
        email=f"{dice.choice(('post', 'mu_ller', 'a'))}{n}@x.example",
        owner_id=owner_id,
        billing=PostalAddress(country=country, line1="Weg 1", postcode="10115" if country == "DE" else "", city="Ort"),
        contacts=(NewContact(name=f"{dice.choice(FIRST)} Kontakt"),) if is_company else (),
        source="s",
        external_ref=str(n),
        created_at=NOW - timedelta(hours=dice.randrange(20)),
    )


def _asked(dice: random.Random, people: dict[str, Member]) -> CustomerFilters:
    words = ("", "", "mu", "schmidt", "anna m", "gmbh dru", "o'neill", "zzz", "mu_", "100%", "kontakt", "m d g")
    among = (None, None, [], Customer.objects.filter(name__contains="e").values("id"), Customer.objects.none())
    some_ids = dice.sample(list(Customer.objects.order_by("external_ref").values_list("id", flat=True)), 20)
    return CustomerFilters(
        text=dice.choice(words),
        tag=dice.choice(("", "", "fair", "late", "unknown")),
        owner_id=dice.choice((None, None, None, *(each.id for each in people.values()))),
        country=dice.choice(("", "", "NL", "DE", "FI")),
        currency=dice.choice(("", "", "USD")),
        kind=dice.choice(("", "", "person", "company")),
        is_archived=dice.random() < 0.25,
        among=dice.choice((*among, some_ids, None, None, None)),
        order=dice.choice(("name", "newest")),
    )


def _expected(member: Member, filters: CustomerFilters) -> list[UUID]:
    chosen = lists._ordered(lists._chosen(member, filters), filters.order, backwards=False)
    return list(dict.fromkeys(chosen.values_list("id", flat=True)))


def _pages(member: Member, filters: CustomerFilters) -> Iterator[lists.CustomerPage]:
    cursor = None
    while True:
        page = customer_page(member, filters, cursor, size=6)
        yield page
        if page.after is None:
            return
        cursor = page.after


@pytest.mark.parametrize(
    ("near", "counted", "odds"), [(400, 8000, 8), (3, 8000, 8), (3, 4, 1), (3, 4, 8), (1, 12, 1), (9, 2, 2), (30, 1, 1)]
)
def test_pages_are_those_of_the_plain_question_whichever_way_they_are_found(
    people: dict[str, Member], monkeypatch: pytest.MonkeyPatch, near: int, counted: int, odds: int
) -> None:
    for name, value in (("NEAR", near), ("MOST_COUNTED", counted), ("AT_ODDS", odds), ("STRETCH", 2 * near)):
        monkeypatch.setattr(picking, name, value)
    dice = random.Random(near + counted + odds)
    for _ in range(45):
        filters, member = _asked(dice, people), people[dice.choice(("all", "own", "team"))]
        expected, pages = _expected(member, filters), list(_pages(member, filters))
        assert [row.id for page in pages for row in page.rows] == expected, filters
        on_list = Customer.objects.filter(lists.on_list(member, filters, "id"))
        assert set(on_list.values_list("id", flat=True)) == set(expected), filters
        if len(pages) > 2:
            back = customer_page(member, filters, pages[2].before, size=6)
            assert [row.id for row in back.rows] == expected[6:12]


def test_pages_are_the_same_where_a_longer_stretch_of_the_order_does_not_fill_them(
    people: dict[str, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picking, "NEAR", 1)
    monkeypatch.setattr(picking, "STRETCH", 12)
    monkeypatch.setattr(picking._Known, "is_at_odds", True)
    dice, member, stretched, crossed = random.Random(3), people["all"], 0, 0
    for _ in range(60):
        filters = _asked(dice, people)
        expected, picked = _expected(member, filters), lists._picked(member, filters, None, 7)
        if not isinstance(picked, RawSQL) or not picked.sql.startswith("WITH stretch(id)"):
            continue
        page = customer_page(member, filters, size=6)
        assert [row.id for row in page.rows] == expected[:6], filters
        stretched, crossed = stretched + 1, crossed + (0 < len(expected) < 7)
    assert stretched > crossed > 3


def test_few_are_gathered_some_are_met_on_the_way_and_words_of_one_name_are_crossed() -> None:
    tag, words, land = [picking.by_tag("fair")], picking.by_words("anna schmidt"), [picking.by_country("DE")]
    assert _way(tag, [3]).startswith("WITH those(id)")
    assert _way(tag, [5000]).startswith("WITH s0(id)")
    assert "those(id)" not in _way(tag, [5000])
    assert _way([*words, *tag], [28_000, 180_000, 3]).startswith("WITH those(id)")
    # The smaller is kept in a set while the larger goes by.
    assert re.match(r"WITH s0.*t.token LIKE %s.*those\(id\)", _way(words, [9_000, 40_000]))
    # Many fit: they are met on the way, and a set larger than can be kept is none.
    assert _way([*tag, *land], [200_000, 900_000], fitting=40).startswith("SELECT c.id FROM crm_customer c")


def test_where_the_next_ones_fit_less_than_promised_a_longer_stretch_comes_first() -> None:
    word, land = picking.by_words("gmbh"), [picking.by_country("DE")]
    # Who has the one word is only not among the next names: it is asked on the way, or kept when that is cheaper.
    assert _way(word, [190_000]).startswith("SELECT c.id FROM crm_customer c")
    assert _way(word, [40_000]).startswith("WITH s0(id)")
    crossed = _way([*word, *land], [140_000, 900_000])
    assert crossed.startswith("WITH stretch(id)")
    assert "UNION ALL SELECT o.id FROM (WITH s0(id)" in crossed
    of_kind = _way(land, [900_000], of_kind=Fraction(1, 2))
    assert of_kind.startswith("WITH stretch(id)")
    assert "UNION ALL SELECT o.id FROM (SELECT c.id" in of_kind


def _way(filters: list[picking.Filter], counts: list[int], fitting: int = 0, of_kind: Fraction = Fraction(1)) -> str:
    known = picking._Known(filters, counts, 1_000_000, fitting, of_kind)
    return picking._cheaper(picking.Asked(filters=tuple(filters)), known, 51).text


def test_a_common_word_is_asked_for_one_kind_alone(people: dict[str, Member], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picking, "NEAR", 1)
    question = picking.picked(picking.Asked(kind="person", filters=tuple(picking.by_words("gmbh", "person"))), 51)
    assert isinstance(question, RawSQL)
    assert "is_person" in question.sql
    assert question.sql.startswith("WITH those(id)")  # nobody: the words of companies are not counted
    company = Customer.objects.filter(kind="company", archived_at=None).first()
    assert company is not None
    crm.change_customer(customer=company, changes={"kind": "person"}, **WHO)
    assert set(SearchToken.objects.filter(customer=company).values_list("is_person", flat=True)) == {True}
    assert {row.id for row in customer_page(people["all"], CustomerFilters(text="gmbh gas", kind="person")).rows} <= {
        company.id
    }


@pytest.fixture
def known_words() -> None:
    """Let the database know the words as a table that has some: whether tests before left it empty is chance."""
    name = connection.settings_dict["NAME"]
    with connect_as_admin(Home.current(), name) as admin:
        admin.execute(
            "SELECT pg_restore_relation_stats('schemaname', relnamespace::regnamespace::text, 'relname', relname::text,"
            " 'relpages', 10, 'reltuples', 1000::real) FROM pg_class WHERE relname = 'crm_searchtoken'"
        )


@pytest.mark.usefixtures("known_words")
@pytest.mark.parametrize(
    ("filters", "indexes"),
    [
        (CustomerFilters(), ["Index Only Scan using customer_name_order"]),
        (CustomerFilters(order="newest"), ["Index Only Scan using customer_age_order"]),
        (CustomerFilters(kind="person"), ["Index Only Scan using customer_name_order"]),
        (CustomerFilters(tag="fair"), ["customer_name_order", "crm_tag_customers_"]),
        (CustomerFilters(text="schm"), ["customer_name_order", "search_of_customer"]),
        (CustomerFilters(country="NL"), ["customer_name_order", "address_by_country"]),
        (CustomerFilters(is_archived=True), ["customer_archived"]),
    ],
)
def test_each_way_goes_through_its_index(
    people: dict[str, Member], filters: CustomerFilters, indexes: list[str]
) -> None:
    said = _plans(people["all"], filters)
    assert [each for each in indexes if each not in said] == [], said


def test_whoever_sees_some_is_answered_from_the_pages_of_their_owners(people: dict[str, Member]) -> None:
    picked = lists._picked(people["team"], CustomerFilters(), None, 51)
    assert "LATERAL (SELECT c.id, c.sort_key FROM crm_customer c WHERE c.owner_id = o AND" in picked.sql


def _plans(member: Member, filters: CustomerFilters) -> str:
    with CaptureQueriesContext(connection) as log:
        picked = lists._picked(member, filters, None, 51)
    asked: list[tuple[str, Any]] = [(each["sql"], None) for each in log.captured_queries if "_customer" in each["sql"]]
    if isinstance(picked, RawSQL):
        asked.append((picked.sql, picked.params))
    said = []
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for question, values in asked:
            cursor.execute(f"EXPLAIN {question}", values)
            said += [row[0] for row in cursor.fetchall()]
    return "\n".join(said)
