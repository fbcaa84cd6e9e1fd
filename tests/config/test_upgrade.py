"""`conto upgrade`: the book is of the new version with everything in it, or it is as it was."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from conto.config import shelf
from conto.config.backup.manifest import take_manifest
from conto.config.backup.restore import SCRATCH
from conto.config.cli.migrate import stamp
from conto.config.home import Home
from tests.config.test_commands import _free_port, _open_book
from tests.environment import ROOT
from tests.house import FreshBook, drop_book
from tests.scene import set_scene

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("alone_at_scratch_books")]


@pytest.fixture
def old_book(fresh_book: FreshBook, home: Home) -> Iterator[FreshBook]:
    """A book of the version before, with invoices in it, closed."""
    scene = set_scene()
    for _ in range(3):
        scene.issued()
    _leave(fresh_book)
    yield fresh_book
    for book in shelf.list_books():
        if book.name.startswith(f"{fresh_book.name}_"):
            drop_book(home, book.name)
    for left in home.backups.glob(f"conto-{fresh_book.name}-*"):
        left.unlink()


def _leave(book: FreshBook) -> None:
    from django.db import connection  # noqa: PLC0415 - after Django is set up

    connection.close()
    shelf.write_stamp(book.name, "conto tables of before")


def _upgrade(book: FreshBook, way: str) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", "upgrade", "--json"],
        env={**book.env, "DJANGO_SETTINGS_MODULE": "tests.config.coming.settings", "CONTO_TEST_COMING": way},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.stdout, answer.stderr
    return dict(json.loads(answer.stdout))


def _manifest(book: FreshBook) -> dict[str, Any]:
    with psycopg.connect(book.owner_dsn) as connection:
        return take_manifest(connection)


def _scratch_books() -> list[str]:
    return [book.name for book in shelf.list_books() if book.name.startswith(SCRATCH)]


def test_a_book_is_upgraded_on_a_copy_and_the_one_of_before_is_kept(old_book: FreshBook, home: Home) -> None:
    before = _manifest(old_book)
    said = _upgrade(old_book, "works")
    assert (said["ok"], said["state"]) == (True, "switched"), said
    after, kept = _manifest(old_book), _manifest(FreshBook(str(said["kept_aside"])))
    assert kept == before
    assert "coming_thing" in after["tables"]
    for figure in ("ledger", "documents", "files"):
        assert after[figure] == before[figure]
    assert (home.backups / str(said["backup"])).is_file()
    with psycopg.connect(old_book.owner_dsn) as connection:
        assert connection.execute("SELECT count(*) FROM audit_fact WHERE kind = 'book_upgraded'").fetchone() == (1,)
    assert shelf.read_stamp(old_book.name) == stamp()
    assert _upgrade(old_book, "works")["state"] == "current"
    assert _scratch_books() == []


@pytest.mark.parametrize(("way", "why"), [("fails", "division by zero"), ("loses", "documents")])
def test_a_migration_that_fails_or_loses_something_leaves_the_book_as_it_was(
    old_book: FreshBook, way: str, why: str
) -> None:
    before = _manifest(old_book)
    said = _upgrade(old_book, way)
    assert not said["ok"]
    assert "stays as it was" in said["error"]
    assert why in said["error"]
    assert _manifest(old_book) == before
    assert shelf.read_stamp(old_book.name) == "conto tables of before"
    assert _scratch_books() == []
    assert [book.name for book in shelf.list_books() if book.name.startswith(f"{old_book.name}_")] == []


def test_the_old_version_goes_on_while_a_new_one_fails_or_is_tried(old_book: FreshBook) -> None:
    shelf.write_stamp(old_book.name, stamp())
    with _served(old_book) as port:
        shelf.write_stamp(old_book.name, "conto tables of before")
        before = _manifest(old_book)
        failed = _upgrade(old_book, "fails")
        assert not failed["ok"]
        assert "division by zero" in failed["error"]
        assert _status(port) == 200
        tried = _upgrade(old_book, "works")
        assert (tried["ok"], tried["state"]) == (False, "tried"), tried
        assert _status(port) == 200
        after = _manifest(old_book)
    assert [after[figure] for figure in ("ledger", "documents")] == [
        before[figure] for figure in ("ledger", "documents")
    ]
    assert "coming_thing" not in after["tables"]


def test_a_book_left_closed_by_an_upgrade_that_was_killed_opens_again(old_book: FreshBook) -> None:
    with psycopg.connect(
        FreshBook("postgres").admin_dsn.replace("conto_postgres", "postgres"), autocommit=True
    ) as admin:
        admin.execute(f"ALTER DATABASE conto_{old_book.name} ALLOW_CONNECTIONS false")
    shelf.create_book(f"{SCRATCH}left_over")
    assert _upgrade(old_book, "works")["state"] == "switched"
    assert _scratch_books() == []


def _status(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20) as answer:
        return int(answer.status)


@contextmanager
def _served(book: FreshBook) -> Iterator[int]:
    port = _free_port()
    with _open_book(book, port):
        yield port
