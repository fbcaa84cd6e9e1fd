"""What a command stands on: the running server, the book, and Django set up with the right role."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from conto.config.book import BookError, ConnectAs, current_book, is_external
from conto.config.cli.output import Output
from conto.config.home import Home
from conto.config.postgres.server import Server
from conto.config.shelf import has_book


def server_running(output: Output) -> AbstractContextManager[None]:
    """Return a context in which the database server runs."""
    return nullcontext() if is_external() else Server(Home.current(), output.say).held()


@contextmanager
def open_book(output: Output, role: ConnectAs = "app") -> Iterator[str]:
    """Open the book with the server running and Django set up, connecting as `role`.

    Raises: BookError, when there is no such book.
    """
    book = current_book()
    with server_running(output):
        if not has_book(book):
            raise BookError(f"There is no book {book}. Make it with: conto book create {book}")
        set_up_django(role)
        yield book


def set_up_django(role: ConnectAs) -> None:
    """Set Django up so that it connects as `role`; possible once in a process."""
    os.environ["CONTO_DB_ROLE"] = role
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
    import django  # noqa: PLC0415 - the settings read the environment above

    django.setup()
    from conto.apps.audit.origin import work_from  # noqa: PLC0415 - needs Django to be set up
    from conto.domain.facts import Origin  # noqa: PLC0415

    command = " ".join(word for word in sys.argv[1:3] if not word.startswith("-"))
    work_from(Origin("cli", agent=f"conto {command} ({_user()})"))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return str(os.getuid())
