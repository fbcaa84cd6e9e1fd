"""What took long: noted by its shape, a bounded number of shapes, shown to who may watch the book."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from conto.apps.upkeep import actions
from conto.apps.upkeep.models import SlowWork
from conto.apps.upkeep.queries import slow_work
from conto.domain.permissions import Role
from tests.web.living import Living

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def book(living_book: Living) -> Living:
    return living_book


def owner_of(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.OWNER])
    return client


def test_a_slow_page_and_its_slow_questions_are_noted_without_what_was_asked(book: Living, settings: Any) -> None:
    client = owner_of(book)
    settings.SLOW_QUERY_MS = settings.SLOW_PAGE_MS = 100_000
    assert b"Nothing took long" in client.get("/settings/health/slow").content
    settings.SLOW_QUERY_MS = settings.SLOW_PAGE_MS = 0
    client.get("/customers/?q=canary-words")
    client.get("/customers/?q=canary-words")
    settings.SLOW_QUERY_MS = settings.SLOW_PAGE_MS = 100_000
    (page,) = slow_work("page")
    assert (page.shape, page.times) == ("GET /customers/", 2)
    assert page.total_ms >= page.worst_ms >= 0
    shapes = [row.shape for row in slow_work("query")]
    assert 1 <= len(shapes) <= 10
    assert all("canary" not in shape and "'" not in shape for shape in shapes)
    shown = client.get("/settings/health/slow").content.decode()
    assert "GET /customers/" in shown
    assert client.post("/settings/health/slow/forget").status_code == 303
    assert not SlowWork.objects.exists()


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        ("SELECT a  FROM b\n WHERE c = 'it''s' AND d > 12.50", "SELECT a FROM b WHERE c = ? AND d > ?"),
        ("WHERE id IN (%s, %s, %s) LIMIT 21", "WHERE id IN (…) LIMIT ?"),
        ("WHERE id IN (1, 2)", "WHERE id IN (…)"),
        ('SELECT "t1"."x" FROM "t1"', 'SELECT "t1"."x" FROM "t1"'),
    ],
)
def test_a_shape_has_no_values(sql: str, shape: str) -> None:
    assert actions.shape_of(sql) == shape


@pytest.mark.django_db
def test_only_so_many_shapes_are_kept() -> None:
    work = [("page", f"GET /{n}", 5000) for n in range(actions.MOST_SHAPES + 20)]
    actions.note_slow(work=work, asked_by="GET /", now=NOW)
    assert SlowWork.objects.count() == actions.MOST_SHAPES


def test_who_may_not_watch_the_book_does_not_see_it(book: Living) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(book.members[Role.MARKETING])
    assert client.get("/settings/health/slow").status_code == 403
