"""The practice book beside a book: the demo company in a database and on a port of its own, made and wiped on request.

It is a second `conto serve --demo`, watched by the first one. Nothing of it reaches the book beside it: another
database, another port, other cookies. See docs/decisions/practice-book.md.
"""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from conto.config import shelf
from conto.config.book import BookError
from conto.config.cli.children import Child, log_file
from conto.config.cli.output import Say
from conto.config.home import Home
from conto.gateways import practice
from conto.gateways.practice import Standing

NAME_LETTERS = 40
PORTS_TRIED = range(10, 60)  # behind the book's own; the next one is the sandbox gateway's
TELLS_EVERY_SECONDS = 3


def practice_name(book: str) -> str:
    """Return the name of the practice book of a book."""
    return f"practice_{book}"[:NAME_LETTERS]


class PracticeBook:
    """Watches over the practice book of one book, for `conto serve`."""

    def __init__(self, book: str, port: int, say: Say) -> None:
        self._book, self._port, self._say = book, port, say
        self._name = practice_name(book)
        self._folder: Path = Home.current().root / "practice"
        self._child: Child | None = None
        self._address = self._reason = ""
        self._own_port = 0
        self._told_at = 0.0

    def open_if_there(self) -> None:
        """Open the practice book that was made before this start."""
        practice.take_wish(self._folder, self._book)  # a wish of before the start is nobody's any more
        try:
            if shelf.has_book(self._name):
                self._start()
        except (BookError, psycopg.Error) as error:
            self._reason = str(error)
        self._tell()

    def look_after(self) -> None:
        """Do what is wished, keep the practice book open, and say where it stands."""
        match practice.take_wish(self._folder, self._book):
            case "make":
                self._make()
            case "wipe":
                self._wipe()
        if self._child is not None:
            self._child.keep_alive(self._say)
        if time.monotonic() - self._told_at > TELLS_EVERY_SECONDS:
            self._tell()

    def stop(self) -> None:
        """Close the practice book; it is opened again at the next start."""
        if self._child is not None:
            self._child.stop()

    def _make(self) -> None:
        self._reason = ""
        try:
            if not shelf.has_book(self._name):
                shelf.create_book(self._name)
            if self._child is None:
                self._start()
        except (BookError, psycopg.Error) as error:
            self._reason = str(error)
        self._tell()

    def _wipe(self) -> None:
        self._reason = ""
        self._note(Standing("wiping"))
        try:
            if shelf.has_book(self._name):
                if not shelf.is_for_practice(self._name):
                    raise BookError(f"The book {self._name} is not for practice: it is left alone.")  # noqa: TRY301
                self.stop()
                self._child = None
                shelf.delete_book(self._name)
        except (BookError, psycopg.Error) as error:
            self._reason = str(error)
        self._tell()

    def _start(self) -> None:
        self._address = self._address_of(self._free_port())
        log = log_file(Home.current().logs, "practice")
        arguments = ["serve", "--demo", "--processes", "1", "--book", self._name, "--port", str(self._own_port)]
        surroundings = {
            "CONTO_PORT": str(self._own_port),
            "CONTO_SANDBOX_PORT": str(self._own_port + 1),
            "CONTO_URL": os.environ.get("CONTO_PRACTICE_URL", ""),
            "CONTO_COOKIES": "practice",
        }
        self._child = Child("practice book", arguments, log, env=surroundings)
        self._child.start()

    def _address_of(self, port: int) -> str:
        """Return where people reach the practice book.

        Raises: BookError behind a proxy that was told no address for it.
        """
        named = os.environ.get("CONTO_PRACTICE_URL", "").rstrip("/")
        if named:
            return named
        if os.environ.get("CONTO_URL", "").strip():
            raise BookError(
                "Conto stands behind a proxy here. Name the address of the practice book in CONTO_PRACTICE_URL, and "
                f"let the proxy lead it to port {port}."
            )
        return f"http://localhost:{port}"

    def _free_port(self) -> int:
        for step in PORTS_TRIED:
            with socket.socket() as first, socket.socket() as second:
                try:
                    first.bind(("127.0.0.1", self._port + step))
                    second.bind(("127.0.0.1", self._port + step + 1))
                except OSError:
                    continue
                self._own_port = self._port + step
                return self._own_port
        raise BookError(f"No port between {self._port + 10} and {self._port + 60} is free for the practice book.")

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        if self._reason:
            told = Standing("refused", reason=self._reason)
        elif self._child is None:
            told = Standing("absent")
        else:
            told = Standing("open" if self._answers() else "making", self._address)
        self._note(told)

    def _note(self, told: Standing) -> None:
        # A full disk must not end the supervisor; pages say by themselves when nothing was told for a while.
        with suppress(OSError):
            practice.tell(self._folder, self._book, told)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._own_port), timeout=0.2).close()
        except OSError:
            return False
        return True
