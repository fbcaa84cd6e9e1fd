"""A PostgreSQL server of one's own, whose role makes databases and is no superuser."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from conto.config import shelf
from conto.config.backup.programs import UNKNOWN_TIMEOUT, only_says
from tests.house import FreshBook, connect

PASSWORD = "a role of one's own"


@pytest.fixture
def shop(fresh_book: FreshBook, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role that may make databases, with one of its own that DATABASE_URL names; its role is returned."""
    role = f"t_{os.getpid()}_shop"
    name, database = sql.Identifier(role), sql.Identifier(f"conto_{role}")
    with connect(fresh_book.admin_dsn) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(name, sql.Literal(PASSWORD)))
        admin.execute(sql.SQL("GRANT conto_app TO {}").format(name))
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, name))
        with monkeypatch.context() as changed:
            address = make_conninfo(fresh_book.admin_dsn, user=role, password=PASSWORD, dbname=f"conto_{role}")
            changed.setenv("DATABASE_URL", address)
            yield role
        rows = admin.execute("SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = %s", [role]).fetchall()
        for (left,) in rows:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(left)))
        admin.execute(sql.SQL("REVOKE CONNECT ON DATABASE postgres FROM {}").format(name))
        admin.execute(sql.SQL("DROP ROLE {}").format(name))


def owner_of(fresh_book: FreshBook, book: str) -> str:
    with connect(fresh_book.admin_dsn) as admin:
        question = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
        found = admin.execute(question, [f"conto_{book}"]).fetchone()
    assert found is not None
    return str(found[0])


def test_books_are_made_copied_closed_and_deleted_by_a_role_without_further_rights(
    shop: str, fresh_book: FreshBook
) -> None:
    second, third = f"{shop}_second", f"{shop}_third"
    shelf.create_book(second)
    assert owner_of(fresh_book, second) == shop
    shelf.copy_book(second, third)
    assert owner_of(fresh_book, third) == shop
    dsn = make_conninfo(os.environ["DATABASE_URL"], dbname=f"conto_{third}")
    with connect(dsn) as guest, shelf.closed_to_guests(third), pytest.raises(psycopg.OperationalError):
        guest.execute("SELECT 1")
    shelf.delete_book(third)
    assert not shelf.has_book(third)


def test_a_restore_forgives_the_setting_that_older_servers_lack_and_nothing_else() -> None:
    lacking = f"pg_restore: error: could not execute query: ERROR:  {UNKNOWN_TIMEOUT}\nCommand was: SET …"
    ending = "\npg_restore: warning: errors ignored on restore: 1"
    other = '\npg_restore: error: could not execute query: ERROR:  relation "a" does not exist'
    assert only_says(lacking + ending, UNKNOWN_TIMEOUT)
    assert not only_says(lacking + other + ending, UNKNOWN_TIMEOUT)
    assert not only_says("", UNKNOWN_TIMEOUT)
