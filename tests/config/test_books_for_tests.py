"""The ground under every test: who owns the tables, who connects, what is left behind."""

import psycopg
import pytest
from django.db import connection, transaction

from conto.config.home import Home
from tests.house import FreshBook, connect, kill_database


def _current_user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_tests_connect_as_the_application_and_it_owns_no_table() -> None:
    assert _current_user() == "conto_app"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = 'conto_owner'")
        assert cursor.fetchone()[0] > 20


@pytest.mark.django_db
def test_the_application_may_use_the_queue_but_not_empty_its_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction.atomic():
            cursor.connection.execute("TRUNCATE procrastinate_jobs CASCADE")


def test_a_fresh_book_is_committed_to_by_several_connections(fresh_book: FreshBook) -> None:
    with connect(fresh_book.owner_dsn) as owner, connect(fresh_book.app_dsn) as app:
        owner.execute("CREATE TABLE seen (n int)")
        owner.execute("GRANT SELECT, INSERT ON seen TO conto_app")
        app.execute("INSERT INTO seen VALUES (1)")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), count(*) FROM seen")
        assert cursor.fetchone() == (f"conto_{fresh_book.name}", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_committing_test_wrote_is_gone_in_the_next_one(turn: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone()[0] == 0, turn
        cursor.execute("INSERT INTO django_session VALUES ('a', 'b', now())")


@pytest.mark.force
def test_a_book_outlives_a_kill_of_the_database_under_it(fresh_book: FreshBook, home: Home) -> None:
    with connect(fresh_book.owner_dsn) as owner:
        owner.execute("CREATE TABLE kept (n int)")
        owner.execute("INSERT INTO kept VALUES (1)")
        kill_database(home)
        with pytest.raises(psycopg.OperationalError):
            owner.execute("SELECT 1")
    with connect(fresh_book.owner_dsn) as owner:
        assert owner.execute("SELECT n FROM kept").fetchall() == [(1,)]
