"""Every answer says in its head what browsers may do with it: each error, each static file, each program.

The answers of all pages and operations to all roles are looked at where they are asked for: in the sweeps
(tests/web/test_permission_sweep.py, tests/api/test_sweep.py).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client, override_settings

from conto.domain.permissions import Role
from conto.web.built import BUILD
from tests.api.programs import of
from tests.web.heads import kind_of, policy_of, wrong_in
from tests.web.living import Living

PUBLIC_FILES = {"worker", "manifest"}


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


@pytest.fixture
def owner(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(book.members[Role.OWNER])
    return client


def errors(book: Living, owner: Client) -> Iterator[tuple[int, str, Any]]:
    """Give each kind of error as the status that is meant, the address and the answer."""
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.force_login(book.members[Role.OWNER])
    marketing = Client(SERVER_NAME="localhost")
    marketing.force_login(book.members[Role.MARKETING])
    large = b"a" * 2048
    for status, client, method, address, more in (
        (400, Client(SERVER_NAME="elsewhere.example"), "GET", "/", {}),
        (400, Client(SERVER_NAME="elsewhere.example"), "GET", "/api/v1/customers", {}),
        (403, strict, "POST", "/customers/new", {}),
        (403, marketing, "GET", "/settings/members", {}),
        (404, owner, "GET", "/nothing/here", {}),
        (404, owner, "GET", "/static/nothing.js", {}),
        (404, owner, "GET", "/i/never-made", {}),
        (404, owner, "GET", "/metrics", {}),
        (405, owner, "DELETE", "/customers/new", {}),
        (405, owner, "GET", "/sign-out", {}),
        (413, owner, "POST", "/webhooks/payment/sandbox", {"CONTENT_LENGTH": str(1 << 30)}),
        (400, owner, "POST", "/webhooks/payment/sandbox", {"data": b"{}", "content_type": "application/json"}),
    ):
        yield status, address, client.generic(method, address, more.pop("data", b""), **more)
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1024):
        yield 413, "/customers/new", owner.post("/customers/new", {"name": large.decode()})
        yield 413, "/api/v1/customers", of(book.members[Role.OWNER]).post("/customers", large)


def test_every_error(book: Living, owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = []
    for status, address, answer in errors(book, owner):
        found = wrong_in(answer, kind_of(address, answer))
        if answer.status_code != status or found:
            wrong.append(f"{address} {answer.status_code}, not {status}: {found}")
    assert wrong == []

    def broken(*_: object, **__: object) -> None:
        raise ValueError("inside")

    monkeypatch.setattr("conto.web.today.pages.render", broken)
    failed = owner.get("/")
    assert failed.status_code == 500
    assert wrong_in(failed, "page") == []
    assert b"inside" not in failed.content


def test_the_probe_without_a_database(book: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise DatabaseError

    monkeypatch.setattr("conto.web.watch.probes.condition", down)
    answer = Client(SERVER_NAME="localhost").get("/health")
    assert answer.status_code == 503
    assert wrong_in(answer, "page") == []


def test_static_files_are_kept_and_nothing_else_is_weaker(book: Living) -> None:
    names = [path.name for path in BUILD.iterdir() if path.suffix in {".js", ".css", ".svg", ".woff2"}]
    assert names, "the front end is not built"
    visitor = Client(SERVER_NAME="localhost")
    wrong = {}
    for name in names:
        answer = visitor.get(f"/static/{name}")
        assert answer.status_code == 200, name
        if found := wrong_in(answer, "static"):
            wrong[name] = found
        answer.close()
    assert wrong == {}


def test_behind_tls_browsers_are_told_to_stay_there(book: Living, owner: Client) -> None:
    with override_settings(
        SECURE_SSL_REDIRECT=True,
        SECURE_HSTS_SECONDS=31536000,
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    ):
        plain = Client(SERVER_NAME="localhost")
        led = plain.get("/customers/")
        assert (led.status_code, led.headers["Location"]) == (301, "https://localhost/customers/")
        assert wrong_in(led, "page") == []
        secure = plain.get("/sign-in", HTTP_X_FORWARDED_PROTO="https")
        assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        stranger = Client(SERVER_NAME="elsewhere.example").get("/")
        assert stranger.status_code == 400
        assert wrong_in(stranger, "page") == []
        assert policy_of(stranger)["default-src"] == {"'none'"}
