"""Every page × every role × nobody × another book's records: who may enter is what the page says, and who may not see
something does not find it in any answer (tests/canaries.py); unknown records are not found, forms carry a token, and
every answer says in its head what browsers may do with it.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from pytest_django.plugin import DjangoDbBlocker

from conto.apps.accounts.models import Business
from conto.domain.permissions import Permission, Role, is_granted
from tests.canaries import Place, text_columns, told
from tests.classified import readers_of
from tests.sweeping import SweptBook
from tests.web.heads import kind_of, wrong_in
from tests.web.living import Living, Visit, mark_of, visits, without

# Pages that answer nobody with what they are named for while the book is set up or without script.
FINE = {200, 204, 301, 302, 303, 304, 405, 409, 422}
# Same for everybody, or seen elsewhere: the handbook, what is shown of components to those who build them.
SAME_FOR_ALL = {"help_chapter", "gallery_error"}
_LED_TO = re.compile(r'(?:href|action|hx-get|hx-post|data-post)="(/[^"?#]*)')
# What the holder of a customer's link reads, and a visitor before the door.
OPEN = {
    "accounts.Business.name", "accounts.LegalEntity.name", "accounts.LegalEntity.legal_name",
    "accounts.LegalEntity.line1", "accounts.LegalEntity.postcode", "accounts.LegalEntity.city",
    "accounts.LegalEntity.email", "accounts.LegalEntity.phone", "accounts.LegalEntity.website",
    "invoicing.Document.amounts", "invoicing.Document.number", "invoicing.Document.details", "invoicing.Party.body",
    "invoicing.DocumentLine.name", "invoicing.DocumentLine.description", "invoicing.DocumentTax.reason",
    "invoicing.Attachment.name",
}  # fmt: skip


@pytest.fixture
def plain(made_plain: SweptBook, django_db_blocker: DjangoDbBlocker) -> Iterator[SweptBook]:
    with django_db_blocker.unblock(), made_plain.opened() as book:
        yield book


@pytest.fixture
def book(plain: SweptBook) -> Living:
    return plain.living


@pytest.fixture
def canary(made_canary: SweptBook, django_db_blocker: DjangoDbBlocker) -> Iterator[SweptBook]:
    with django_db_blocker.unblock(), made_canary.opened() as book:
        yield book


def every(book: Living) -> Iterator[Visit]:
    """Give one visit per page; those that make files once each are seen elsewhere."""
    seen = set()
    for visit in visits(book):
        if visit.name not in seen:
            seen.add(visit.name)
            yield visit


def test_every_text_of_a_book_has_its_readers_named() -> None:
    """A new column: say in tests/classified.py who may read it, or that it holds no words."""
    assert [column for column in text_columns() if readers_of(column) is None and "FactPayload" not in column] == []


@pytest.mark.parametrize("role", list(Role))
def test_a_page_lets_in_whom_it_says_and_tells_nobody_more_than_their_role(canary: SweptBook, role: Role) -> None:
    client, wrong, seen, offers = canary.client(role), [], set(), set()
    own = {canary.living.members[role].id} | ({canary.living.ids["session_id"]} if role is Role.SALES else set())
    first = {visit.address for visit in every(canary.living)}
    for visit in visits(canary.living):
        is_in = visit.needs in {None, "member"} or is_granted(role, visit.needs)
        is_same = not is_in and visit.address not in first  # who is not let in is so whatever is asked
        if is_same or visit.name in {"sign_out", "worker"} | SAME_FOR_ALL:
            continue
        answer = client.get(visit.address)
        if not is_in and answer.status_code == 405:
            answer = client.post(visit.address)
        # A page that only takes forms may say so before it asks who sends one.
        fine = FINE | ({404} if visit.needs is None else set()) if is_in else {403}
        if answer.status_code not in fine:
            wrong.append(f"{visit.name} {visit.address}: {answer.status_code}")
        wrong += wrong_in_head(visit, answer)
        if visit.needs is None:
            continue  # the next test: what everybody may read
        offers |= {(needs, visit.name) for needs in offered_by(answer) if not is_granted(role, needs)}
        told_too_much = {place for place in canary.canaries.seen_in(answer) if not may_read(role, place, own)}
        seen |= {place.column for place in canary.canaries.seen_in(answer)}
        wrong += [f"{visit.name} {visit.address} tells {role} of {column}" for column in told(told_too_much)]
    assert wrong == []
    assert sorted(offers) == [], "no link and no form leads where its reader is refused"
    assert len(seen) > (80 if role is Role.OWNER else 20)  # else canaries have no voice


def wrong_in_head(visit: Visit, answer: Any) -> list[str]:
    """Return what the head of a page's answer lacks, in words."""
    found = wrong_in(answer, kind_of(visit.address, answer))
    if visit.name == "worker" and answer.headers["Cache-Control"] == "no-cache":
        found = [one for one in found if not one.startswith("Cache-Control")]  # a browser asks it anew anyway
    return [f"{visit.name} {visit.address} {answer.status_code}: {found}"] if found else []


def offered_by(answer: Any) -> set[Permission]:
    """Return what one needs for all that a page links to and sends its forms to."""
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return set()
    asked = {needed_at(address) for address in set(_LED_TO.findall(answer.content.decode()))}
    return {needs for needs in asked if needs is not None}


@cache  # most links stand on every page
def needed_at(address: str) -> Permission | None:
    """Return what one needs for the page at an address; nothing for the API and for files of the front end."""
    try:
        needs = mark_of(resolve(address).func, "needs")
    except Resolver404:
        return None
    return needs if isinstance(needs, Permission) else None


def may_read(role: Role, place: Place, own: set[Any]) -> bool:
    readers = readers_of(place.column)
    assert readers is not None, place.column
    return place.row in own or any(is_granted(role, permission) for permission in readers)


def test_a_visitor_reads_no_more_than_who_this_is_and_what_a_link_is_for(canary: SweptBook) -> None:
    Business.objects.update(is_sandbox=False)  # a demo book names who may sign in
    client, wrong = Client(SERVER_NAME="localhost"), []
    for visit in every(canary.living):
        answer = client.get(visit.address)
        found = told(canary.canaries.seen_in(answer))
        wrong += wrong_in_head(visit, answer)
        wrong += [f"{visit.name} {visit.address} tells of {column}" for column in found if column not in OPEN]
    assert wrong == []


def test_nothing_of_another_book_is_found_or_told(
    made_canary: SweptBook, made_plain: SweptBook, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        with made_canary.opened() as other:
            foreign = [visit for visit in every(other.living) if without(other.living, visit) != visit.address]
            visitor = other.client(Role.OWNER)
            # What a process keeps in mind, it keeps from here on.
            shown = [told(other.canaries.seen_in(visitor.get(visit.address))) for visit in foreign]
            session = visitor.session.session_key
        assert len([columns for columns in shown if columns]) > len(foreign) / 4
        with made_plain.opened() as here:
            wrong = [line for role in Role for line in found_by(here.client(role), role, foreign, other)]
            stranger = Client(SERVER_NAME="localhost")
            stranger.cookies = visitor.cookies
            assert not Client(SERVER_NAME="localhost").session.exists(session)
            wrong += found_by(stranger, None, foreign, other)
    assert wrong == []


def found_by(client: Client, role: Role | None, foreign: list[Visit], other: SweptBook) -> Iterator[str]:
    """Give what is wrong with how the addresses of another book answer here to whom their pages let in."""
    for visit in foreign:
        is_in = visit.needs in {None, "member"} or (role is not None and is_granted(role, visit.needs))
        if (role is not None and not is_in) or (visit.needs is None and role is not Role.OWNER):
            continue  # refused before anything is looked for; the same for everybody
        answer = client.get(visit.address)
        if answer.status_code == 405:
            answer = client.post(visit.address)
        if answer.status_code not in ({302, 303} if role is None else {404}):
            yield f"{role} {visit.name} {visit.address}: {answer.status_code}"
        if places := other.canaries.seen_in(answer):
            yield f"{role} {visit.name} {visit.address} tells of {told(places)}"


def test_a_visitor_is_led_to_the_door(book: Living) -> None:
    wrong = []
    for visit in every(book):
        client = Client(SERVER_NAME="localhost")
        answer = client.get(visit.address)
        if answer.status_code == 405:
            answer = client.post(visit.address)
        is_door = answer.status_code in {302, 303} and answer.headers["Location"].startswith(reverse("sign_in"))
        if visit.needs is not None and not is_door:
            wrong.append(f"{visit.name} {visit.address}: {answer.status_code}")
    assert wrong == []


def test_a_form_without_the_token_is_refused(book: Living) -> None:
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.force_login(book.members[Role.OWNER])
    facts_before = count_facts()
    wrong = []
    for visit in every(book):
        # Another machine sends the one, and its signature is its token; strangers send the other from any site.
        if visit.name in {"payment_webhook", "lead_form", "portal_consent"}:
            continue
        answer = strict.post(visit.address, {"name": "x"})
        if answer.status_code not in {403, 405}:
            wrong.append(f"{visit.name} {visit.address}: {answer.status_code}")
    assert wrong == []
    assert count_facts() == facts_before


def count_facts() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_fact")
        return int(cursor.fetchone()[0])
