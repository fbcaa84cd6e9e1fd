"""The practice book beside a book: made, opened and wiped by the supervisor; the real book keeps every row."""

import os
import time
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone
from psycopg import sql

from conto.config import shelf
from conto.config.cli.practice import PracticeBook, practice_name
from conto.config.home import Home
from conto.gateways import practice
from tests.house import FreshBook, connect
from tests.scene import set_scene

SECONDS_TO_OPEN = 240


def everything_in(dsn: str) -> dict[str, tuple[int, str]]:
    """Return of every table how many rows it has, and a hash of all of them."""
    with connect(dsn) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name: _content(connection, name) for (name,) in tables if not name.startswith("procrastinate")}


def _content(connection: psycopg.Connection, table: str) -> tuple[int, str]:
    question = sql.SQL("SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t")
    row = connection.execute(question.format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def state(book: str) -> practice.Standing:
    path = Home.current().root / "practice" / f"{book}.standing"
    return practice.standing(path.parent, book, timezone.now())


@pytest.mark.force
@pytest.mark.slow
def test_a_practice_book_is_made_opened_and_wiped_without_touching_the_book_beside_it(
    fresh_book: FreshBook,
) -> None:
    set_scene()
    before = everything_in(fresh_book.admin_dsn)
    folder, book = Home.current().root / "practice", fresh_book.name
    watched = PracticeBook(book, 8170, print)
    watched.open_if_there()
    assert state(book).state == "absent"
    practice.ask(folder, book, "make")
    assert state(book).state == "making"
    try:
        deadline = time.monotonic() + SECONDS_TO_OPEN
        while state(book).state != "open" and time.monotonic() < deadline:
            watched.look_after()
            time.sleep(0.5)
        assert state(book).state == "open", state(book)
        assert shelf.has_book(practice_name(book))
        practice.ask(folder, book, "wipe")
        watched.look_after()
        assert state(book).state == "absent", state(book)
        assert not shelf.has_book(practice_name(book))
    finally:
        watched.stop()
    assert everything_in(fresh_book.admin_dsn) == before


def test_a_book_that_somebody_works_in_is_never_wiped_whatever_its_name(
    fresh_book: FreshBook, home: Home, template_book: str
) -> None:
    set_scene()
    assert not shelf.is_for_practice(fresh_book.name), "it has a member"
    assert shelf.is_for_practice(template_book), "it is empty"


def test_without_the_right_to_make_databases_it_refuses_plainly(
    fresh_book: FreshBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_book.app_dsn)
    watched = PracticeBook(fresh_book.name, 8170, print)
    practice.ask(Home.current().root / "practice", fresh_book.name, "make")
    watched.look_after()
    told = state(fresh_book.name)
    assert told.state == "refused"
    assert "may not make databases" in told.reason


def test_a_supervisor_that_says_nothing_is_not_there(tmp_path: Path) -> None:
    assert practice.standing(tmp_path, "shop", timezone.now()).state == "unwatched"
    practice.tell(tmp_path, "shop", practice.Standing("open", "http://localhost:8010"))
    assert practice.standing(tmp_path, "shop", timezone.now()).address == "http://localhost:8010"
    old = time.time() - 60
    os.utime(tmp_path / "shop.standing", (old, old))
    assert practice.standing(tmp_path, "shop", timezone.now()).state == "unwatched"


def test_a_supervisor_that_cannot_write_where_things_stand_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "practice").write_text("no folder can be made here, as on a full disk")
    monkeypatch.setenv("CONTO_HOME", str(tmp_path))
    watched = PracticeBook("shop", 8170, print)
    watched.look_after()
    assert practice.standing(tmp_path / "practice", "shop", timezone.now()).state == "unwatched"


def test_a_standing_that_finds_no_place_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "shop.standing").mkdir()
    with pytest.raises(OSError, match="directory"):
        practice.tell(tmp_path, "shop", practice.Standing("open"))
    assert [each.name for each in tmp_path.iterdir()] == ["shop.standing"]
