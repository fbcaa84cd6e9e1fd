"""Every page × every role: who may enter is what the page says, unknown records are not found, forms carry a token."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from conto.domain.permissions import Role, is_granted
from tests.web.living import Living, Visit, live, visits, without

pytestmark = pytest.mark.django_db
# Pages that answer nobody with what they are named for while the book is set up or without script.
FINE = {200, 204, 301, 302, 303, 304, 405, 409, 422}


@pytest.fixture
def book() -> Living:
    return live()


def every(book: Living) -> Iterator[Visit]:
    """Give one visit per page; those that make files once each are seen elsewhere."""
    seen = set()
    for visit in visits(book):
        if visit.name not in seen:
            seen.add(visit.name)
            yield visit


def client_of(book: Living, role: Role) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[role])
    return client


def test_a_page_lets_in_whom_it_says(book: Living) -> None:
    wrong = []
    for role in Role:
        client = client_of(book, role)
        for visit in every(book):
            if visit.name in {"sign_out", "worker"}:
                continue
            answer = client.get(visit.address)
            is_in = visit.needs in {None, "member"} or is_granted(role, visit.needs)
            # A page that only takes forms may say so before it asks who sends one.
            expected = (
                answer.status_code in FINE | ({404} if visit.needs is None else set())
                if is_in
                else (answer.status_code in {403, 405})
            )
            if not expected:
                wrong.append(f"{role} {visit.name} {visit.address}: {answer.status_code}")
    assert wrong == []


def test_a_visitor_is_led_to_the_door(book: Living) -> None:
    wrong = []
    for visit in every(book):
        answer = Client(SERVER_NAME="localhost").get(visit.address)
        is_door = answer.status_code in {302, 303} and answer.headers["Location"].startswith(reverse("sign_in"))
        if visit.needs is not None and not is_door and answer.status_code != 405:
            wrong.append(f"{visit.name} {visit.address}: {answer.status_code}")
    assert wrong == []


def test_a_record_that_is_not_there_is_not_found(book: Living) -> None:
    client = client_of(book, Role.OWNER)
    wrong = []
    for visit in every(book):
        address = without(book, visit)
        if address == visit.address or visit.needs is None:
            continue
        answer = client.get(address)
        if answer.status_code == 405:
            answer = client.post(address)
        if answer.status_code != 404:
            wrong.append(f"{visit.name} {address}: {answer.status_code}")
    assert wrong == []


def test_a_form_without_the_token_is_refused(book: Living) -> None:
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.force_login(book.members[Role.OWNER])
    facts_before = count_facts()
    wrong = []
    for visit in every(book):
        if visit.name == "payment_webhook":
            continue  # another machine sends it; its signature is its token
        answer = strict.post(visit.address, {"name": "x"})
        if answer.status_code not in {403, 405}:
            wrong.append(f"{visit.name} {visit.address}: {answer.status_code}")
    assert wrong == []
    assert count_facts() == facts_before


def count_facts() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_fact")
        return int(cursor.fetchone()[0])
