"""The shelf of books: making, listing and removing the databases of one server, and the roles that enter them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from conto.config.book import (
    APP_ROLE,
    BACKUP_ROLE,
    DATABASE_PREFIX,
    OWNER_ROLE,
    BookError,
    database_name,
    database_settings,
    external_book,
    is_external,
)
from conto.config.home import Home
from conto.config.postgres.roles import connect_as_admin

OLDEST_SERVER = 15
BUILTIN_LOCALE_SINCE = 17
SET_OPTION_SINCE = 16
_TRIES_TO_CLOSE = 100
_SHOW_OUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = %s AND backend_type = 'client backend'"
)
EXTENSIONS = ("btree_gist", "pg_trgm")


@dataclass(frozen=True, slots=True)
class Book:
    """One book on the shelf."""

    name: str
    database: str
    size_bytes: int


def list_books() -> list[Book]:
    """Return the books that the server holds, by name; one that is deleted meanwhile is not among them."""
    own = external_book()
    with _on_server() as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE NOT datistemplate"
            " AND (datname LIKE 'conto\\_%%' OR datname = %s) AND has_database_privilege(oid, 'CONNECT')"
            " ORDER BY datname",
            [database_name(own) if own else ""],
        ).fetchall()
        sizes = [(database, _size_bytes(connection, database)) for (database,) in rows]
    return [Book(name.removeprefix(DATABASE_PREFIX), name, size) for name, size in sizes if size is not None]


def _size_bytes(connection: psycopg.Connection[Any], database: str) -> int | None:
    """Return what a database takes up, or nothing where it is deleted while it is looked at."""
    try:
        row = connection.execute(
            "SELECT pg_database_size(oid) FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
    except psycopg.errors.InvalidCatalogName:
        return None
    return None if row is None else row[0]


def server_version() -> str:
    """Return the server's version, as it says it itself."""
    with _on_server() as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return str(row[0]) if row else ""


def has_book(name: str) -> bool:
    """Return whether the book's database exists."""
    with _on_server() as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database_name(name)])
        return found.fetchone() is not None


def create_book(name: str) -> None:
    """Make the empty database of a new book; its tables come with `conto migrate`.

    Raises: BookError, when it exists already or the server's role may not make databases.
    """
    database = database_name(name)
    if has_book(name):
        raise BookError(f"There is a book {name} already.")
    with _on_server() as connection:
        if is_external():
            allowed = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            if not allowed or not allowed[0]:
                raise BookError(
                    "The role in DATABASE_URL may not make databases. Let an administrator run "
                    f"ALTER ROLE … CREATEDB, or make the database {database} and name it in DATABASE_URL."
                )
        builtin = connection.info.server_version // 10000 >= BUILTIN_LOCALE_SINCE
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'" if builtin else "LOCALE 'C.UTF-8'"
        connection.execute(
            sql.SQL("CREATE DATABASE {} {} TEMPLATE template0 ENCODING 'UTF8' " + locale).format(
                sql.Identifier(database), _owner()
            )
        )
    open_doors(name)


def delete_book(name: str) -> None:
    """Remove a book and everything in it, for ever.

    Raises: BookError, when there is no such book.
    """
    if not has_book(name):
        raise BookError(f"There is no book {name}.")
    database = sql.Identifier(database_name(name))
    with _on_server() as connection:
        try:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        except psycopg.errors.InsufficientPrivilege:
            # Before PostgreSQL 17 only a superuser may force an autovacuum out of it; without force it goes by itself.
            connection.execute(_SHOW_OUT, [database_name(name)])
            connection.execute(sql.SQL("DROP DATABASE {}").format(database))


def _owner() -> sql.Composable:
    """Say whose a new database is; on a server of the user's own it is of the role that makes it."""
    return sql.SQL("") if is_external() else sql.SQL("OWNER {}").format(sql.Identifier(OWNER_ROLE))


def is_for_practice(name: str) -> bool:
    """Return whether nobody's real business is in a book: its business is a sandbox, or there is none yet."""
    with _in_book(name) as connection:
        if connection.execute("SELECT to_regclass('accounts_business')").fetchone() == (None,):
            return True
        found = connection.execute("SELECT bool_and(is_sandbox) FROM accounts_business").fetchone()
        members = connection.execute("SELECT count(*) FROM accounts_member").fetchone()
    return bool(found and (found[0] or (found[0] is None and members == (0,))))


def open_doors(name: str) -> None:
    """Let the application's role in, and nobody else; add the extensions that the tables need.

    Raises: BookError, in words, when a server of the user's own does not allow it.
    """
    database = sql.Identifier(database_name(name))
    with _in_book(name) as connection:
        _refuse_old_server(connection)
        try:
            if is_external():
                _ensure_external_app_role(connection, name)
            for extension in EXTENSIONS:
                connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
            role = sql.Identifier(APP_ROLE)
            if not is_external():
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
                connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER_ROLE)))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        except psycopg.errors.InsufficientPrivilege as error:
            raise BookError(
                f"The role in DATABASE_URL may not prepare the database: {error.diag.message_primary}. It must own "
                f"the database, and the extensions {' and '.join(EXTENSIONS)} must be allowed."
            ) from error


def let_backup_in(name: str) -> None:
    """Let the log-in of backups, which reads everything and writes nothing, into a book of the embedded server."""
    if is_external():
        return
    with _in_book(name) as connection:
        database, role = sql.Identifier(database_name(name)), sql.Identifier(BACKUP_ROLE)
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))


def rename_book(name: str, new_name: str) -> None:
    """Give a book that nobody has open another name.

    Raises: BookError, when the name is taken or somebody has the book open.
    """
    if has_book(new_name):
        raise BookError(f"There is a book {new_name} already.")
    with _beside_books() as connection:
        try:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(database_name(name)), sql.Identifier(database_name(new_name))
                )
            )
        except psycopg.errors.ObjectInUse as error:
            raise BookError(f"The book {name} is open somewhere: close it first.") from error


def copy_book(name: str, new_name: str) -> None:
    """Copy a book that nobody has open, with everything in it.

    Raises: BookError, when the name is taken or somebody has the book open.
    """
    if has_book(new_name):
        raise BookError(f"There is a book {new_name} already.")
    with _beside_books() as connection:
        try:
            connection.execute(
                sql.SQL("CREATE DATABASE {} {} TEMPLATE {}").format(
                    sql.Identifier(database_name(new_name)), _owner(), sql.Identifier(database_name(name))
                )
            )
        except psycopg.errors.ObjectInUse as error:
            raise BookError(f"The book {name} is open somewhere: close it first.") from error
    open_doors(new_name)


def guests(name: str) -> int:
    """Return how many connections to the book there are."""
    with _on_server() as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'",
            [database_name(name)],
        ).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def closed_to_guests(name: str) -> Iterator[None]:
    """Let nobody into a book while the block runs, and show out who is in it."""
    with _beside_books() as connection:
        database, text = sql.Identifier(database_name(name)), database_name(name)
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
        try:
            for _ in range(_TRIES_TO_CLOSE):
                open_now = connection.execute(_SHOW_OUT, [text]).fetchone()
                if not open_now or not open_now[0]:
                    break
                time.sleep(0.1)
            yield
        finally:
            # Whatever it is called by now, it opens again; a book that was renamed was opened by who renamed it.
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [text]).fetchone():
                connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))


def is_open_to_guests(name: str) -> bool:
    """Return whether a book lets anybody in."""
    with _on_server() as connection:
        row = connection.execute(
            "SELECT datallowconn FROM pg_database WHERE datname = %s", [database_name(name)]
        ).fetchone()
    return bool(row and row[0])


def open_to_guests(name: str) -> None:
    """Let guests into a book again."""
    with _beside_books() as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(database_name(name)))
        )


def may_make_books() -> bool:
    """Return whether the server lets us make and copy databases."""
    with _on_server() as connection:
        row = connection.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])


def switch_books(name: str, replacement: str, aside: str) -> None:
    """Put a book in another one's place; the other is kept under the name `aside`.

    Both names change in one transaction: at every instant there is a book of this name, the old or the new one.
    """
    if has_book(aside):
        raise BookError(f"There is a book {aside} already.")
    with closed_to_guests(name), closed_to_guests(replacement), _beside_books() as connection:
        with connection.transaction():
            for old, new in ((name, aside), (replacement, name)):
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(database_name(old)), sql.Identifier(database_name(new))
                    )
                )
        for each in (aside, name):
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(database_name(each)))
            )


def read_stamp(name: str) -> str:
    """Return the mark that `write_stamp` left in the book, "" when there is none."""
    with _in_book(name) as connection:
        row = connection.execute(
            "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s",
            [database_name(name)],
        ).fetchone()
    return str(row[0]) if row else ""


def write_stamp(name: str, stamp: str) -> None:
    """Mark the book with the version of the tables in it; the mark travels with a dump of it."""
    # On a server of the user's own the database may belong to somebody else: then every start looks at the migrations.
    with _in_book(name, as_owner=True) as connection, suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database_name(name)), sql.Literal(stamp))
        )


def _ensure_external_app_role(connection: psycopg.Connection, book: str) -> None:
    """Make the role whose grants are the application's, on a server where we are not the superuser."""
    role = sql.Identifier(APP_ROLE)
    member = database_settings(book, "app")["USER"] or connection.info.user
    # From 16 on, a role's maker is its member without being allowed to become it.
    may = "SET" if connection.info.server_version // 10000 >= SET_OPTION_SINCE else "MEMBER"
    try:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        found = connection.execute("SELECT pg_has_role(%s, %s, %s)", [member, APP_ROLE, may]).fetchone()
        if not found or not found[0]:
            connection.execute(sql.SQL("GRANT {} TO {}").format(role, sql.Identifier(member)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise BookError(
            f"Conto works with a role of few rights, {APP_ROLE}, and the role in DATABASE_URL may not set it up. "
            f"Let an administrator of the server run: CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO {member};"
        ) from error


def _refuse_old_server(connection: psycopg.Connection) -> None:
    major = connection.info.server_version // 10000
    if major < OLDEST_SERVER:
        raise BookError(f"The server in DATABASE_URL runs PostgreSQL {major}; Conto needs {OLDEST_SERVER} or later.")


@contextmanager
def _on_server() -> Iterator[psycopg.Connection]:
    if not is_external():
        with connect_as_admin(Home.current()) as connection:
            yield connection
        return
    with connect(database_settings(external_book(), "owner")) as connection:
        _refuse_old_server(connection)
        yield connection


@contextmanager
def _beside_books() -> Iterator[psycopg.Connection]:
    """Connect to no book: a database that somebody is connected to can neither be renamed nor copied."""
    if not is_external():
        with connect_as_admin(Home.current()) as connection:
            yield connection
        return
    with connect({**database_settings(external_book(), "owner"), "NAME": "postgres"}) as connection:
        try:
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise BookError(
                f"The role in DATABASE_URL may not copy or rename databases: {error.diag.message_primary}."
            ) from error


@contextmanager
def _in_book(name: str, *, as_owner: bool = False) -> Iterator[psycopg.Connection]:
    with connect(database_settings(name, "owner" if is_external() or as_owner else "admin")) as connection:
        yield connection


def connect(settings: dict[str, Any]) -> psycopg.Connection:
    """Return a plain connection for one of Django's entries.

    Raises: BookError, when the server can't be reached.
    """
    given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    named = {key: settings[name] for key, name in given.items() if settings[name]}
    try:
        return psycopg.connect(**settings["OPTIONS"], **named, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise BookError(f"The database can't be reached: {str(error).strip()}") from error
