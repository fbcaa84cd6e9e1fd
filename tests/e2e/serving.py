"""The real web server on a book, for a test or for many."""

import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.test import Client
from playwright.sync_api import BrowserContext

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.queries import SellerDetails
from conto.domain import facts
from tests.house import FreshBook
from tests.waiting import PATIENCE_SECONDS, wait_until

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass
class Site:
    """A running server and the book behind it."""

    url: str
    book: FreshBook

    def sign_in(self, context: BrowserContext, session: dict[str, str]) -> None:
        """Give a browser the session of a member."""
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in session.items()])


def session_of(member: Any) -> dict[str, str]:
    """Return the cookies of a member who has just signed in."""
    client = Client()
    client.force_login(member)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def set_up_business(*, is_sandbox: bool = False) -> Any:
    """Set a business up by the real actions and return its owner."""
    member = accounts.add_first_owner(email="nadia@example.com", name="Nadia Berg", password="correct horse 9", at=NOW)
    seller = SellerDetails(
        name="Berg Studio", country="DE", currency="EUR", zone="Europe/Berlin", line1="Hauptstr. 1",
        postcode="10115", city="Berlin", vat_number="DE136695976", email="post@example.com",
    )  # fmt: skip
    accounts.set_up_business(seller=seller, bank_account=None, actor=facts.SYSTEM, at=NOW, is_sandbox=is_sandbox)
    accounts.finish_set_up(actor=facts.SYSTEM, at=NOW)
    return member


@contextmanager
def serving(book: FreshBook) -> Iterator[Site]:
    """Serve a book on a port of its own until the block ends."""
    port = _free_port()
    book.env |= {"CONTO_DEBUG": "1", "CONTO_PORT": str(port)}
    server = book.start("-m", "conto.config.cli", "web", "--port", str(port))
    url = f"http://localhost:{port}"
    try:
        _wait_for(url, server)
        yield Site(url, book)
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    def answers() -> bool:
        assert server.poll() is None, "the server stopped before its first page"
        try:
            urllib.request.urlopen(f"{url}/offline", timeout=PATIENCE_SECONDS).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    wait_until(answers, "the first page never came")
