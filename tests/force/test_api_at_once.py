"""Fifty programs send the same request at once: one effect (RELIABILITY: Idempotency)."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from conto.apps.crm.models import Customer
from conto.apps.integrations.models import RememberedRequest
from conto.apps.invoicing.models import Document
from conto.apps.payments.models import Payment
from conto.domain.permissions import Role
from tests.api.programs import Program, key_for
from tests.house import FreshBook
from tests.web.living import live

AT_ONCE = 50


def all_at_once(token: str, method: str, path: str, body: Any) -> list[Any]:
    """Send the same request from fifty threads that start together, each with a connection of its own."""
    gate = threading.Barrier(AT_ONCE)

    def one(_: int) -> Any:
        program = Program(token)
        gate.wait()
        try:
            return program.ask(method, path, body, Idempotency_Key="once")
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


@pytest.mark.force
def test_the_same_request_fifty_times_at_once_has_one_effect(fresh_book: FreshBook) -> None:
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        API_REQUESTS_OF_KEY=10_000,
        API_REQUESTS_OF_ADDRESS=10_000,
    ):
        book = live()
        token = key_for(book.members[Role.OWNER]).token
        asked = [
            ("/customers", {"name": "Only One"}),
            (f"/drafts/{book.draft.id}/issue", {}),
            (
                "/payments",
                {
                    "customer_id": str(book.customer.id),
                    "method": "cash",
                    "amount_minor": 4242,
                    "currency": "EUR",
                    "received_on": "2026-11-20",
                },
            ),
        ]
        for path, body in asked:
            answers = all_at_once(token, "POST", path, body)
            RememberedRequest.objects.all().delete()
            seen = Counter(answer.status_code for answer in answers)
            assert set(seen) <= {200, 201, 409}, [answer.content for answer in answers if answer.status_code > 409]
            done = [answer for answer in answers if answer.status_code < 300]
            assert len({answer.content for answer in done}) == 1
            first = [answer for answer in done if "Idempotent-Replayed" not in answer.headers]
            assert len(first) == 1
            waiting = [answer for answer in answers if answer.status_code == 409]
            assert all(answer.headers["Retry-After"] for answer in waiting)
        assert Customer.objects.filter(name="Only One").count() == 1
        assert Document.objects.filter(id=book.draft.id).count() == 1
        assert Payment.objects.filter(amount_minor=4242).count() == 1
        verdicts = Program(token).post("/checks").json()
        assert [each for each in verdicts if each["violated"]] == []
    connection.close()
