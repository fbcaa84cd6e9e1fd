"""The log: one line per request that says who, what and how long; never what opens something or belongs to somebody."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import procrastinate
import pytest
from django.test import Client

from conto.apps.audit.trail import AddMarks
from conto.config.logs import JsonFormatter, TextFormatter, without_secrets
from conto.domain.permissions import Role
from conto.jobs import worker
from tests.api.programs import Program, key_for
from tests.web.living import Living, visits

PASSWORD = "canary-Password-77"
CANARIES = (
    PASSWORD, "DE02120300000000202051", "DE89370400440532013000", "eva@kupfer1.example", "owner@berg.example",
    "Kupfer", "Prefers the phone", "canary-query", "canary-header", "canary-cookie",
)  # fmt: skip


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log says meanwhile, as JSON lines, with everything switched on."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("shop"))
    handler.addFilter(AddMarks())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_has_one_line(book: Living, written: io.StringIO) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    client.get("/profile")  # the first page of a session also notes from where it is
    answer = client.get(f"/customers/{book.customer.id}/?q=canary-query")
    _first, line = [each for each in lines(written) if each["logger"] == "conto.request"]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["member"] == str(book.members[Role.OWNER].id)
    assert (line["book"], line["method"], line["status"]) == ("shop", "GET", 200)
    assert line["path"] == "/customers/<uuid:customer_id>/"
    assert line["ms"] > 0
    assert 3 < line["queries"] < 20


def test_nothing_secret_is_in_it_whatever_is_asked(book: Living, written: io.StringIO) -> None:
    """Every page and a few failures, with canaries in addresses, forms, heads and cookies; then the log is read."""
    key = key_for(book.members[Role.OWNER]).token
    client = Client(SERVER_NAME="localhost", raise_request_exception=False, headers={"X-Secret": "canary-header"})
    client.cookies["other"] = "canary-cookie"
    visitor = Client(SERVER_NAME="localhost", raise_request_exception=False)
    visitor.post("/sign-in", {"email": "owner@berg.example", "password": PASSWORD})
    client.force_login(book.members[Role.OWNER])
    session = client.cookies["conto"].value
    seen = set()
    for visit in visits(book):
        if visit.name in seen | {"sign_out", "help_chapter", "gallery_error"}:
            continue
        seen.add(visit.name)
        mark = "&" if "?" in visit.address else "?"
        client.get(f"{visit.address}{mark}token=canary-query")
    for program in (Program(key), Program(key[:-1] + "x")):
        program.get("/customers?q=canary-query")
        program.post("/customers", b"{ canary-query")
    found = lines(written)
    paths = {each["path"] for each in found if each["logger"] == "conto.request"}
    assert len(paths) > 60
    text = written.getvalue()
    secrets = [*CANARIES, session, key, key.rsplit("_", 1)[-1], book.token]
    assert [secret for secret in secrets if secret in text] == []


def test_a_failure_tells_where_and_not_what(
    book: Living, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"no account DE89 3704 0044 0532 0130 00 of eva@kupfer1.example, password='{PASSWORD}'")

    monkeypatch.setattr("conto.web.today.pages.render", broken)
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(book.members[Role.OWNER])
    answer = client.get("/?q=canary-query")
    assert answer.status_code == 500
    failed, line = [each for each in lines(written) if each.get("request_id") == answer.headers["X-Request-ID"]]
    assert (failed["level"], failed["error"], line["status"]) == ("error", "ValueError", 500)
    assert "in broken" in failed["trace"]
    assert [canary for canary in (*CANARIES, "3704") if canary in written.getvalue()] == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("GET /i/Zk3vQ0hT9xW2LmN7pR5sA1bC failed", "GET /i/[hidden] failed"),
        ("/customers/0199e8a2-7c1d-7000-8000-0242ac120002/", "/customers/0199e8a2-7c1d-7000-8000-0242ac120002/"),
        ("postgresql://shop:hush@db/shop", "postgresql://[hidden]@db/shop"),
        ("Authorization: Bearer conto_0123456789ab_abcdefghijklmnopqrstuvwxyz", "Authorization: Bearer [hidden]"),
        ("signed with whsec_c2VjcmV0c2VjcmV0", "signed with [hidden]"),
        ('{"password": "hush", "n": 1}', '{"password": [hidden], "n": 1}'),
        ("duplicate key\nDETAIL:  Key (email)=(a b) already exists.", "duplicate key\nDETAIL: [hidden]"),
        ("12 of 340 rows at 10:30", "12 of 340 rows at 10:30"),
    ],
)
def test_what_opens_something_is_hidden_in_any_line(said: str, kept: str) -> None:
    assert without_secrets(said) == kept


def test_words_for_a_person_hold_the_same() -> None:
    record = logging.LogRecord("conto.request", logging.INFO, "", 0, "request", None, None)
    record.status, record.path = 200, "/customers/"
    said = TextFormatter("shop").format(record)
    assert "INFO conto.request: request path=/customers/ status=200" in said


@pytest.mark.django_db
def test_a_job_has_one_line_without_what_it_was_given(written: io.StringIO) -> None:
    class Context:
        job = procrastinate.jobs.Job(
            id=7, queue="default", lock=None, queueing_lock=None, task_name="send_mail", task_kwargs={"to": PASSWORD}
        )

    logging.getLogger("conto.job").setLevel(logging.INFO)
    assert worker._logged(lambda: 3, Context(), None) == 3  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="gone"):
        worker._logged(_fails, Context(), None)  # type: ignore[arg-type]
    done, failed = lines(written)
    assert (done["job"], done["job_id"], done["outcome"], done["attempt"]) == ("send_mail", 7, "done", 1)
    assert (failed["outcome"], failed["error"], failed["level"]) == ("failed", "ValueError", "error")
    assert PASSWORD not in written.getvalue()


def _fails() -> None:
    raise ValueError("gone")
