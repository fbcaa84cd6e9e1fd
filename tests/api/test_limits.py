"""A program that asks too often is told when to come again, and then the very same request works."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.test import override_settings

from conto.api.problem import MEDIA_TYPE
from conto.apps.crm.models import Customer
from conto.apps.integrations.models import RememberedRequest, RequestCount
from conto.domain.permissions import Role
from tests.api.programs import Program, key_for
from tests.web.living import Living

NEW = {"name": "Shop 7"}
MINUTE = timedelta(minutes=1)


def after_this_minute() -> None:
    """Let the minute be over: what was counted in it was counted a minute ago."""
    RequestCount.objects.update(window_at=F("window_at") - MINUTE)


def add(program: Program) -> Any:
    return program.post("/customers", NEW, Idempotency_Key="order-1017")


def test_above_the_limit_it_is_429_with_when_to_come_and_the_same_request_works_then(book: Living) -> None:
    program = Program(key_for(book.members[Role.OWNER]).token)
    with override_settings(API_REQUESTS_OF_KEY=2, API_REQUESTS_OF_ADDRESS=100):
        assert [program.get("/key").status_code for _ in range(2)] == [200, 200]
        refused = add(program)
        assert refused.status_code == 429
        assert refused.headers["Content-Type"] == MEDIA_TYPE == "application/problem+json"
        seconds = int(refused.headers["Retry-After"])
        assert 0 < seconds <= 60
        assert refused.headers["RateLimit-Policy"] == '"minute";q=2;w=60'
        assert refused.headers["RateLimit"] == f'"minute";r=0;t={seconds}'
        assert refused.headers["Cache-Control"] == "no-store"
        told = refused.json()
        assert (told["status"], told["code"]) == (429, "too_many_requests")
        assert str(seconds) in told["detail"]
        assert not Customer.objects.filter(name="Shop 7").exists()
        assert not RememberedRequest.objects.exists()  # it says nothing of the work, so it is not kept
        after_this_minute()
        done = add(program)
        assert done.status_code == 201
        assert "Idempotent-Replayed" not in done.headers
        assert done.headers["RateLimit"].startswith('"minute";r=1;')
        again = add(program)
        assert (again.content, again.headers["Idempotent-Replayed"]) == (done.content, "true")
    assert Customer.objects.filter(name="Shop 7").count() == 1


def test_one_key_that_asks_too_often_takes_nothing_from_another(book: Living) -> None:
    eager, calm = (Program(key_for(book.members[Role.OWNER]).token) for _ in range(2))
    with override_settings(API_REQUESTS_OF_KEY=1, API_REQUESTS_OF_ADDRESS=100):
        assert [eager.get("/key").status_code for _ in range(3)] == [200, 429, 429]
        assert calm.get("/key").status_code == 200


def test_the_tighter_of_both_limits_is_told(book: Living) -> None:
    program = Program(key_for(book.members[Role.OWNER]).token)
    with override_settings(API_REQUESTS_OF_KEY=50, API_REQUESTS_OF_ADDRESS=3):
        assert program.get("/key").headers["RateLimit-Policy"] == '"minute";q=3;w=60'
    with override_settings(API_REQUESTS_OF_KEY=3, API_REQUESTS_OF_ADDRESS=50):
        assert program.get("/key").headers["RateLimit-Policy"] == '"minute";q=3;w=60'
