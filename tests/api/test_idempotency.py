"""The same request twice has one effect (API-3): each case of the rules."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from conto.apps.crm.models import Customer
from conto.apps.integrations import actions
from conto.apps.integrations.models import ApiKey, RememberedRequest
from conto.domain.permissions import Permission, Role
from tests.api.programs import Program, key_for, of
from tests.web.living import Living

KEY = "order-1017"
NEW = {"name": "Shop 7", "tags": ["web"]}


def customers() -> int:
    return Customer.objects.filter(name="Shop 7").count()


def test_the_second_one_gets_the_kept_answer(owner: Program) -> None:
    first = owner.post("/customers", NEW, Idempotency_Key=KEY)
    again = owner.post("/customers", NEW, Idempotency_Key=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert customers() == 1


def test_spaces_and_the_order_of_names_are_the_same_request(owner: Program) -> None:
    owner.post("/customers", b'{"name": "Shop 7", "tags": ["web"]}', Idempotency_Key=KEY)
    again = owner.post("/customers", b'{"tags":["web"],\n "name":"Shop 7"}', Idempotency_Key=KEY)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert customers() == 1


@pytest.mark.parametrize("other", [{"name": "Shop 8"}, {**NEW, "phone": "+493012345678"}])
def test_another_body_under_the_same_name_is_refused(owner: Program, other: Any) -> None:
    owner.post("/customers", NEW, Idempotency_Key=KEY)
    answer = owner.post("/customers", other, Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.other_request")
    assert owner.post("/customers", NEW, Idempotency_Key=KEY).status_code == 201


def test_another_address_under_the_same_name_is_refused(owner: Program, book: Living) -> None:
    owner.post(f"/customers/{book.customer.id}/archive", Idempotency_Key=KEY)
    answer = owner.post(f"/customers/{book.customer.id}/restore", Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.other_request")


def test_another_key_has_names_of_its_own(book: Living) -> None:
    for _ in range(2):
        made = of(book.members[Role.OWNER]).post("/customers", NEW, Idempotency_Key=KEY)
        assert made.status_code == 201
        assert "Idempotent-Replayed" not in made.headers
    assert customers() == 2


def test_while_the_first_is_running_the_same_is_told_to_wait(book: Living) -> None:
    made = key_for(book.members[Role.OWNER])
    program = Program(made.token)
    program.post("/customers", NEW, Idempotency_Key=KEY)
    RememberedRequest.objects.update(done_at=None, status=None, body=None)
    answer = program.post("/customers", NEW, Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.in_flight")
    assert answer.headers["Retry-After"] == "1"
    assert customers() == 1


def test_a_broken_rule_is_an_answer_that_is_kept(owner: Program, book: Living) -> None:
    bad = {"name": "Shop 7", "email": "no mail"}
    first = owner.post("/customers", bad, Idempotency_Key=KEY)
    again = owner.post("/customers", bad, Idempotency_Key=KEY)
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.content == again.content


def test_what_is_not_found_is_kept(owner: Program) -> None:
    path = "/customers/0199e8a2-7c1d-7000-8000-0242ac120002/archive"
    assert owner.post(path, Idempotency_Key=KEY).status_code == 404
    assert owner.post(path, Idempotency_Key=KEY).headers["Idempotent-Replayed"] == "true"


def _conflict(program: Program, book: Living) -> Any:
    return program.post(f"/customers/{book.customer.id}/restore", Idempotency_Key=KEY)


def _wrong_shape(program: Program, _: Living) -> Any:
    return program.post("/customers", {"nome": "x"}, Idempotency_Key=KEY)


def _changed_meanwhile(program: Program, book: Living) -> Any:
    path = f"/customers/{book.customer.id}"
    return program.ask("PATCH", path, {"name": "x"}, Idempotency_Key=KEY, If_Match='"0"')


@pytest.mark.parametrize(
    ("ask", "status"), [(_conflict, 409), (_wrong_shape, 422), (_changed_meanwhile, 412)], ids=["409", "shape", "412"]
)
def test_what_says_nothing_of_the_work_is_not_kept(
    owner: Program, book: Living, ask: Callable[[Program, Living], Any], status: int
) -> None:
    for _ in range(2):
        answer = ask(owner, book)
        assert answer.status_code == status
        assert "Idempotent-Replayed" not in answer.headers
    assert not RememberedRequest.objects.exists()


def test_a_missing_right_or_key_is_not_kept(book: Living) -> None:
    narrow = of(book.members[Role.OWNER], [Permission.CUSTOMER_VIEW])
    assert narrow.post("/customers", NEW, Idempotency_Key=KEY).status_code == 403
    assert Program().post("/customers", NEW, Idempotency_Key=KEY).status_code == 401
    assert not RememberedRequest.objects.exists()


def test_a_failure_of_ours_leaves_nothing_and_can_be_sent_again(
    owner: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conto.apps.crm.actions import customers as inside  # noqa: PLC0415 -- only to break it

    with monkeypatch.context() as patch:
        patch.setattr(inside, "refresh_words", lambda _: 1 // 0)
        assert owner.post("/customers", NEW, Idempotency_Key=KEY).status_code == 500
    assert customers() == 0
    assert not RememberedRequest.objects.exists()
    assert owner.post("/customers", NEW, Idempotency_Key=KEY).status_code == 201


@pytest.mark.parametrize("bad", ["", "x" * 256, "a b", "ü"])
def test_a_name_that_is_none_is_refused(owner: Program, bad: str) -> None:
    answer = owner.post("/customers", NEW, Idempotency_Key=bad)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.bad_key")


def test_answers_are_kept_for_seven_days(owner: Program) -> None:
    owner.post("/customers", NEW, Idempotency_Key=KEY)
    now = datetime.now(UTC)
    assert actions.forget_requests(now=now + timedelta(days=6, hours=23)) == 0
    assert actions.forget_requests(now=now + timedelta(days=7, minutes=1)) == 1


def test_a_request_whose_worker_died_is_let_go_after_a_quarter_of_an_hour(owner: Program) -> None:
    owner.post("/customers", NEW, Idempotency_Key=KEY)
    RememberedRequest.objects.update(done_at=None, status=None, body=None)
    now = datetime.now(UTC)
    assert actions.release_stalled(now=now + timedelta(minutes=14)) == 0
    assert actions.release_stalled(now=now + timedelta(minutes=16)) == 1


def test_the_application_may_not_change_what_a_key_is(book: Living) -> None:
    key_for(book.members[Role.OWNER])
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("UPDATE integrations_apikey SET scopes = ARRAY['x']")


def test_a_key_is_never_deleted(book: Living) -> None:
    key_for(book.members[Role.OWNER])
    with pytest.raises(Exception, match="permission denied"):
        ApiKey.objects.all().delete()
