"""Books: one business is one database. Which one, and who connects to it."""

import os
import re
from typing import Any, Literal

from psycopg.conninfo import conninfo_to_dict

from conto.config.home import Home

ConnectAs = Literal["app", "owner", "admin", "backup"]

DEFAULT_BOOK = "demo"
DATABASE_PREFIX = "conto_"
APP_ROLE = "conto_app"
OWNER_ROLE = "conto_owner"
ADMIN_ROLE = "conto_admin"
BACKUP_ROLE = "conto_backup"  # reads everything, writes nothing
BOOK_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class BookError(Exception):
    """A book can't be opened, made or removed; the message says why in plain words."""


def is_external() -> bool:
    """Return whether the database is a server of the user's own, named by `DATABASE_URL`."""
    return bool(os.environ.get("DATABASE_URL", "").strip())


def current_book() -> str:
    """Return the name of the book that this process works on."""
    return os.environ.get("CONTO_BOOK", "").strip() or external_book() or DEFAULT_BOOK


def external_book() -> str:
    """Return the name of the book whose database `DATABASE_URL` names, "" without one."""
    return _external_database().removeprefix(DATABASE_PREFIX)


def database_name(book: str) -> str:
    """Return the name of a book's database.

    Raises: BookError, for a name that could not be a book's.
    """
    if book and book == external_book():
        return _external_database()
    if not BOOK_NAME.fullmatch(book):
        raise BookError(
            f"{book!r} can't be the name of a book: use small letters, digits and _, starting with a letter."
        )
    return f"{DATABASE_PREFIX}{book}"


def _external_database() -> str:
    return str(_parameters("DATABASE_URL").get("dbname", "")) if is_external() else ""


def database_settings(book: str, role: ConnectAs = "app") -> dict[str, Any]:
    """Return Django's entry for one book, without touching the server."""
    if is_external():
        return _external(book, role)
    home = Home.current()
    name = {"app": APP_ROLE, "owner": OWNER_ROLE, "admin": ADMIN_ROLE, "backup": BACKUP_ROLE}[role]
    return _entry(
        NAME=database_name(book),
        USER=name,
        PASSWORD=home.secrets().database_passwords[name],
        HOST=str(home.socket),
        PORT="5432",
    )


def _external(book: str, role: ConnectAs) -> dict[str, Any]:
    variable, options = "DATABASE_URL", {}
    if role == "app":
        if os.environ.get("CONTO_APP_DATABASE_URL", "").strip():
            variable = "CONTO_APP_DATABASE_URL"
        else:
            options["options"] = f"-c role={APP_ROLE}"
    given = _parameters(variable)
    named = {key: str(given.pop(key, "")) for key in ("user", "password", "host", "port", "dbname")}
    if "options" in given and "options" in options:
        given["options"] = f"{given['options']} {options.pop('options')}"
    return _entry(
        NAME=database_name(book),
        USER=named["user"],
        PASSWORD=named["password"],
        HOST=named["host"],
        PORT=named["port"],
        OPTIONS={**options, **given},
    )


def _entry(**known: Any) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {},
        # A connection is kept for the life of its thread: opening one per request costs eight times the request.
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
        **known,
    }


def _parameters(variable: str) -> dict[str, Any]:
    return dict(conninfo_to_dict(os.environ[variable].strip()))
