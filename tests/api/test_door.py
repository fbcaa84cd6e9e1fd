"""Who may ask: keys, scopes, roles; and what every answer has in common."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import override_settings

from conto.api import paging
from conto.apps.accounts.models import Member
from conto.apps.crm import queries as customers
from conto.apps.integrations import actions, queries
from conto.apps.integrations.models import ApiKey
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission, Role
from tests.api.programs import Program, key_for, of
from tests.web.living import Living

MEDIA_TYPE = "application/problem+json"


def test_without_a_key_nothing_opens(book: Living) -> None:
    answer = Program().get("/customers")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "key.missing"


@pytest.mark.parametrize("token", ["x", "conto_000000000000_" + "a" * 43, "conto_zz_" + "ü", ""])
def test_a_wrong_key_opens_nothing(book: Living, token: str) -> None:
    answer = Program(Authorization=f"Bearer {token}".encode().decode("latin-1")).get("/customers")
    assert answer.status_code == 401
    assert answer.json()["code"] in {"key.unknown", "key.missing"}


def test_a_key_shows_its_secret_once_and_keeps_a_hash(book: Living) -> None:
    made = key_for(book.members[Role.OWNER])
    secret = made.token.rsplit("_", 1)[1] if made.token.count("_") == 2 else made.token.split("_", 2)[2]
    row = ApiKey.objects.get(id=made.key.id)
    assert secret not in repr(row.__dict__)
    assert made.token.endswith(row.last_four)
    assert Program(made.token).get("/customers").status_code == 200


def test_a_revoked_or_expired_key_opens_nothing(book: Living) -> None:
    made = key_for(book.members[Role.OWNER], lasts_days=1)
    program = Program(made.token)
    assert program.get("/customers").status_code == 200
    later = made.key.made_at + timedelta(days=2)
    assert queries.key_of_token(made.token, later) is None
    actions.revoke_key(key=made.key, actor=SYSTEM, at=later, now=made.key.made_at)
    assert program.get("/customers").status_code == 401


def test_a_key_of_a_member_who_left_opens_nothing(book: Living) -> None:
    program = of(book.members[Role.FINANCE])
    Member.objects.filter(id=book.members[Role.FINANCE].id).update(is_active=False)
    assert program.get("/customers").status_code == 401


def test_a_missing_scope_is_named(book: Living) -> None:
    answer = of(book.members[Role.OWNER], [Permission.ITEM_VIEW]).get("/customers")
    assert answer.status_code == 403
    assert "customer:view" in answer.json()["detail"]
    assert answer.json()["code"] == "permission.missing"


def test_a_key_never_may_more_than_the_role_of_its_member_today(book: Living) -> None:
    program = of(book.members[Role.FINANCE])
    assert program.get("/customers").status_code == 200
    Member.objects.filter(id=book.members[Role.FINANCE].id).update(role=Role.MARKETING)
    answer = program.post("/customers", {"name": "New"})
    assert answer.status_code == 403
    assert "customer:edit" in answer.json()["detail"]


def test_use_is_noted_once_a_minute(book: Living) -> None:
    made = key_for(book.members[Role.OWNER])
    program = Program(made.token)
    program.get("/customers")
    first = ApiKey.objects.get(id=made.key.id)
    assert first.last_used_at is not None
    assert first.last_used_from == "127.0.0.1"
    program.get("/customers")
    assert ApiKey.objects.get(id=made.key.id).last_used_at == first.last_used_at


def test_every_answer_tells_what_is_left_of_the_minute(owner: Program) -> None:
    with override_settings(API_REQUESTS_OF_KEY=3, API_REQUESTS_OF_ADDRESS=100):
        left = [owner.get("/customers").headers["RateLimit"].split("r=")[1][0] for _ in range(3)]
        assert left == ["2", "1", "0"]
        answer = owner.get("/customers")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit-Policy"] == '"minute";q=3;w=60'
    assert answer.json()["code"] == "too_many_requests"


def test_an_address_that_guesses_keys_is_slowed_down(book: Living) -> None:
    with override_settings(API_REQUESTS_OF_ADDRESS=2):
        seen = [Program("conto_000000000000_" + "a" * 43).get("/customers").status_code for _ in range(4)]
    assert seen == [401, 401, 429, 429]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/customers", 405), ("GET", "/customers/x", 404)]
)
def test_the_frame_answers_as_the_operations_do(owner: Program, method: str, path: str, status: int) -> None:
    answer = owner.ask(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.json()["status"] == status
    assert answer.headers["Content-Security-Policy"]


def test_a_failure_of_ours_tells_nothing(owner: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("secret words of the inside")

    monkeypatch.setattr(customers, "customer_with_surroundings", broken)
    answer = owner.get("/customers/0199e8a2-7c1d-7000-8000-0242ac120002")
    assert answer.status_code == 500
    assert b"secret" not in answer.content
    assert answer.json()["number"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "request.not_json"),
        (b"[]", 400, "request.not_json"),
        (b'{"name": "a\\u0000"}', 400, "request.not_json"),
        (b'{"name": "\\ud800"}', 400, "request.not_json"),
        (b'{"name": NaN}', 400, "request.not_json"),
        (b"", 422, "request.shape"),
        (b"{}", 422, "request.shape"),
        (b'{"name": "A", "colour": 1}', 422, "request.shape"),
        (b'{"name": "A", "terms_days": "3"}', 422, "request.shape"),
        (b'{"name": "A", "email": "no mail"}', 422, None),
    ],
)
def test_a_body_that_cannot_stand_is_told_why(owner: Program, body: bytes, status: int, code: str | None) -> None:
    answer = owner.post("/customers", body)
    assert answer.status_code == status
    told = answer.json()
    assert code is None or told["code"] == code
    if body.startswith(b'{"name": "A"'):
        assert told["errors"][0]["field"] in {"colour", "terms_days", "email"}


def test_a_body_that_is_no_json_by_its_kind_is_refused(owner: Program) -> None:
    answer = owner.client.post("/api/v1/customers", "name=A", content_type="text/plain", headers=owner.headers)
    assert answer.status_code == 415


def test_words_come_in_the_language_that_was_asked_for(owner: Program) -> None:
    answer = owner.post("/customers", {"name": "A", "email": "no mail"}, Accept_Language="de")
    assert answer.headers["Content-Language"] == "de"
    assert "errors" in answer.json()


def test_a_record_that_has_not_changed_is_not_sent_again(owner: Program, book: Living) -> None:
    path = f"/customers/{book.customer.id}"
    first = owner.get(path)
    again = owner.get(path, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    changed = owner.ask("PATCH", path, {"legal_name": "Kupfer AG"}, If_Match=first.headers["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["legal_name"] == "Kupfer AG"
    assert changed.json()["name"] == first.json()["name"]
    late = owner.ask("PATCH", path, {"legal_name": "Other"}, If_Match=first.headers["ETag"])
    assert late.status_code == 412
    assert owner.get(path).json()["legal_name"] == "Kupfer AG"
    assert owner.get(path).headers["ETag"] == changed.headers["ETag"] == late.headers["ETag"]


def test_a_list_goes_on_where_the_page_before_ended(owner: Program) -> None:
    for n in range(5):
        assert owner.post("/customers", {"name": f"Shop {n}"}).status_code == 201
    for sort in ("name", "newest"):
        seen, cursor = [], ""
        while True:
            page = owner.get(f"/customers?limit=2&sort={sort}&cursor={cursor}").json()
            seen += [row["name"] for row in page["rows"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen))
        assert {f"Shop {n}" for n in range(5)} < set(seen)
    answer = owner.get("/customers?cursor=Zm9v")
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor.unknown")


@pytest.mark.parametrize(
    ("instant", "status"),
    [
        ("2026-11-20T10:00:00+23:59", 200),  # an offset that no place has and no database takes
        ("0247-02-21T03:08:36.368225-21:12", 200),
        ("2026-11-20T10:00:00", 200),
        ("0001-01-01T00:00:00+10:00", 422),  # before the calendar begins
        ("9999-12-31T23:59:59-10:00", 422),
    ],
)
def test_an_instant_is_one_with_whatever_offset_it_is_written(owner: Program, instant: str, status: int) -> None:
    for name in ("since", "until"):
        assert owner.get(f"/facts?{urlencode({name: instant})}").status_code == status


@pytest.mark.parametrize("where", ["/facts", "/mails"])
def test_a_cursor_with_an_instant_that_no_database_takes_is_no_failure(owner: Program, where: str) -> None:
    an_id = "0199e8a2-7c1d-7000-8000-0242ac120002"
    odd = paging.written(["2026-11-20T10:00:00+23:59", an_id])
    outside = paging.written(["0001-01-01T00:00:00+10:00", an_id])
    assert owner.get(f"{where}?cursor={odd}").status_code == 200
    assert owner.get(f"{where}?cursor={outside}").json()["code"] == "cursor.unknown"
