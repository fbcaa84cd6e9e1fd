"""Books for tests: a template migrated once by the owner's role, and quick copies of it for the application's."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from conto.config import shelf
from conto.config.book import ConnectAs, database_name, database_settings
from conto.config.cli.migrate import migrate_book, stamp
from conto.config.cli.output import Output
from conto.config.home import Home
from conto.config.postgres.roles import connect_as_admin
from conto.config.postgres.server import Server
from tests.environment import ROOT
from tests.waiting import PATIENCE_SECONDS, wait_until

WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"""
TEST_SETTINGS = """# Tests need no safety from power cuts, only from killed processes. So synchronous_commit stays on:
# without it a killed server forgets what it has confirmed, and the tests that kill it fail.
fsync = off
full_page_writes = off
max_wal_size = 256MB
"""


@dataclass
class FreshBook:
    """A book of its own for one test: committed to, raced on, killed and thrown away."""

    name: str
    env: dict[str, str] = field(default_factory=dict)

    @property
    def owner_dsn(self) -> str:
        """Return the connection string of the role that owns the tables."""
        return _dsn(self.name, "owner")

    @property
    def app_dsn(self) -> str:
        """Return the connection string of the application's role."""
        return _dsn(self.name, "app")

    @property
    def admin_dsn(self) -> str:
        """Return the connection string of the server's superuser, to whom no guard applies."""
        return _dsn(self.name, "admin")

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        """Start `python …` on this book, as a process that may be killed."""
        return subprocess.Popen([sys.executable, *arguments], env=self.env, cwd=ROOT, **options)

    def conto(self, *arguments: str, timeout: float = 3 * PATIENCE_SECONDS) -> "subprocess.CompletedProcess[str]":
        """Run the command `conto` on this book and return what it said."""
        return subprocess.run(
            [sys.executable, "-m", "conto.config.cli", *arguments],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def kill_database(home: Home) -> float:
    """Kill the tests' database server and return after how many seconds it answered again, started by who uses it.

    Only for tests marked `force`, which run one at a time. Connections of before are gone; Django's is closed here.
    """
    from django.db import connection  # noqa: PLC0415 - after Django is set up

    server = Server(home)
    before = server.process_id()
    if before is None:
        raise AssertionError("the database is not running")
    begun = time.monotonic()
    os.kill(before, signal.SIGKILL)
    connection.close()
    wait_until(lambda: server.process_id() not in {None, before} and server.is_up(), "the database did not come back")
    return time.monotonic() - begun


def connect(dsn: str) -> psycopg.Connection:
    """Return a plain connection, each statement its own transaction."""
    return psycopg.connect(dsn, autocommit=True)


def waiting_for_locks(watcher: psycopg.Connection) -> int:
    """Return how many others wait for a lock in the book that the administrator's connection is to."""
    row = watcher.execute(WAITING).fetchone()
    return int(row[0]) if row else 0


def write_test_settings(home: Home) -> None:
    """Put the settings for tests beside the server's own."""
    local = home.postgres / "data" / "local.conf"
    if local.read_text() != TEST_SETTINGS:
        local.write_text(TEST_SETTINGS)
        with connect_as_admin(home) as connection:
            connection.execute("SELECT pg_reload_conf()")


def ready_template(home: Home) -> str:
    """Return the name of the book that all others are copied from; migrated only when migrations have changed."""
    name = f"template_{stamp().split()[-1]}"
    with _template_locked(home):
        if not shelf.has_book(name):
            for book in shelf.list_books():
                if book.name.startswith("template_"):
                    drop_book(home, book.name)
            draft = f"{name}_new"
            shelf.create_book(draft)
            migrate_book(draft, Output(as_json=False))
            with connect_as_admin(home) as connection:
                connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_database(draft), _database(name)))
    return name


def copy_book(home: Home, template: str, name: str) -> None:
    """Make the book `name` as a copy of the template, in place of one that was there."""
    with _template_locked(home), connect_as_admin(home) as connection:
        target = _database(name)
        # As files: without fsync that takes 0.6 of what the usual way takes, which writes each block to the log.
        for statement in (
            "DROP DATABASE IF EXISTS {target} WITH (FORCE)",
            "CREATE DATABASE {target} OWNER conto_owner TEMPLATE {source} STRATEGY FILE_COPY",
            "REVOKE ALL ON DATABASE {target} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {target} TO conto_app",
        ):
            connection.execute(sql.SQL(statement).format(target=target, source=_database(template)))
    shelf.write_stamp(name, stamp())


def drop_book(home: Home, name: str) -> None:
    """Throw a test's book away."""
    with connect_as_admin(home) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_database(name)))


def drop_books_of_dead_runs(home: Home) -> None:
    """Throw away the books of test runs that were killed."""
    for book in shelf.list_books():
        first, _, rest = book.name.partition("_")
        pid = rest.partition("_")[0]
        if first == "t" and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            drop_book(home, book.name)


@contextmanager
def default_connection_on(name: str) -> Iterator[None]:
    """Let Django's connection, in every thread of this process, be to the book `name`."""
    from django.db import connection, connections  # noqa: PLC0415 - after Django is set up

    settings = connections.settings["default"]
    before = settings["NAME"]
    connection.close()
    settings["NAME"] = connection.settings_dict["NAME"] = database_name(name)
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = connection.settings_dict["NAME"] = before


def environment_of(name: str) -> dict[str, str]:
    """Return the environment that makes a new process work on the book `name`."""
    return {**os.environ, "CONTO_BOOK": name}


@contextmanager
def _template_locked(home: Home) -> Iterator[None]:
    # PostgreSQL copies a database only while nobody else is connected to it, another copy included.
    with (home.root / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _database(book: str) -> sql.Identifier:
    return sql.Identifier(database_name(book))


def _dsn(name: str, role: ConnectAs) -> str:
    settings = database_settings(name, role)
    return make_conninfo(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=settings["NAME"],
    )
