"""What an open page asks every moment: cheap, and never missing what happened."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conto.domain.permissions import Role
from tests.web.living import Living, add_customer, pay, write_mail


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


@pytest.fixture
def client(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    return client


def asked(client: Client, address: str, tag: str = "") -> tuple[int, str, str]:
    answer = client.get(address, headers={"If-None-Match": tag} if tag else {})
    return answer.status_code, answer.content.decode(), answer.headers.get("ETag", "")


def page_address(client: Client, address: str) -> str:
    drawn = client.get(address).content.decode()
    found = re.search(r'data-live="([^"]+)" data-live-since="(\d+)"', drawn)
    assert found
    return f"{found[1]}{'&' if '?' in found[1] else '?'}since={found[2]}"


def test_a_page_is_told_of_a_payment_and_else_that_nothing_happened(book: Living, client: Client) -> None:
    first = page_address(client, f"/invoices/{book.document.id}")
    status, word, tag = asked(client, first)
    assert (status, word) == (200, "same")
    address = first.split("&since")[0]
    assert asked(client, address, tag) == (304, "", tag)
    pay(book.document, 100)
    status, word, newer = asked(client, address, tag)
    assert (status, word) == (200, "changed")
    assert asked(client, address, newer)[0] == 304


def test_what_happens_before_the_first_question_is_told_too(book: Living, client: Client) -> None:
    first = page_address(client, "/invoices/")
    pay(book.document, 100)
    assert asked(client, first)[1] == "changed"


def test_a_customers_page_does_not_follow_other_customers(book: Living, client: Client) -> None:
    other = add_customer(7)
    first = page_address(client, f"/customers/{book.customer.id}/")
    everything = page_address(client, "/")
    _, word, tag = asked(client, first)
    assert word == "same"
    write_mail(other, 9)
    assert asked(client, first.split("&since")[0], tag)[0] in {200, 304}
    add_customer(8)
    assert asked(client, first.split("&since")[0], tag) == (304, "", tag)
    assert asked(client, everything)[1] == "changed"


def test_asking_while_nothing_happens_costs_one_question_beside_who_asks(book: Living, client: Client) -> None:
    tag = asked(client, "/pulse")[2]
    with CaptureQueriesContext(connection) as queries:
        assert asked(client, "/pulse", tag)[0] == 304
    assert len(queries.captured_queries) == 4  # session, member, business, the count


@pytest.mark.parametrize("tag", ["", '"x"', 'W/"1.1"', "'; DROP TABLE", 'W/"999999999999999.9"'])
def test_a_tag_that_makes_no_sense_is_answered_like_none(client: Client, tag: str) -> None:
    status, word, newer = asked(client, "/pulse?since=abc", tag)
    assert status == 200
    assert word in {"same", "changed"}
    assert newer.startswith('W/"')


@pytest.mark.django_db
def test_nobody_else_is_told() -> None:
    assert Client(SERVER_NAME="localhost").get("/pulse").status_code == 302
