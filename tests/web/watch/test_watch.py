"""What machines and people see of how the book is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from conto.apps.audit import queries as audit
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows.audit_book import audit_book
from tests.web.living import Living, live

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FAILED_JOB = """INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts)
    VALUES ('default', 'send_due_mails', 'failed', 3) RETURNING id"""


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


def client_of(book: Living, role: Role) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[role])
    return client


def failed_job() -> int:
    with connection.cursor() as cursor:
        cursor.execute(FAILED_JOB)
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_the_probe_says_that_the_book_can_be_used_and_that_no_worker_runs() -> None:
    answer = Client(SERVER_NAME="localhost").get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "database": "up", "worker": "down"}


@pytest.mark.django_db
def test_the_probe_answers_503_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", gone)
    answer = Client(SERVER_NAME="localhost").get("/health")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")


def test_metrics_are_there_for_the_token_only(book: Living, settings: Any) -> None:
    client = Client(SERVER_NAME="localhost")
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a long token"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    failed_job()
    figures = client.get("/metrics", headers={"Authorization": "Bearer a long token"}).content.decode()
    assert 'conto_jobs{state="failed"} 1.0' in figures
    assert "conto_workers 0.0" in figures


def test_a_job_that_gave_up_is_shown_and_runs_again(book: Living) -> None:
    job = failed_job()
    client = client_of(book, Role.ADMIN)
    assert b"send_due_mails" in client.get("/settings/health").content
    assert client.post(f"/settings/health/jobs/{job}/retry").status_code == 303
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        assert cursor.fetchone()[0] == "todo"
    assert client.post(f"/settings/health/jobs/{job}/retry").status_code == 404


def test_who_may_not_watch_is_refused(book: Living) -> None:
    assert client_of(book, Role.SALES).get("/settings/health").status_code == 403


def test_the_check_is_asked_for_once(book: Living) -> None:
    client = client_of(book, Role.OWNER)
    for _ in range(2):
        assert client.post("/settings/health/verify").status_code == 303
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'verify_book'")
        assert cursor.fetchone()[0] == 1


@pytest.mark.django_db(transaction=True)
def test_what_the_nightly_check_found_is_on_record_and_on_the_page() -> None:
    book = live()
    verdicts = audit_book(actor=SYSTEM, at=NOW)
    assert [each.shown for each in verdicts if each.violated] == []
    fact = audit.latest_facts().filter(kind="book_verified").get()
    assert fact.body == {"rules": len(verdicts), "violated": 0, "findings": []}
    page = client_of(book, Role.OWNER).get("/settings/health").content.decode()
    assert f"All {len(verdicts)} rules hold." in page
