"""The real server on a book of its own, and Chromium in front of it.

- `site`: Granian serving `fresh_book`; `site.url`, `site.sign_in(context, member)`.
- `owner`: a set-up business with its owner, written by the real actions.
- `page` (a desk, 1440 px) and `phone` (375 px): pages signed in as the owner; anything on their console fails the test.
- `audit(page)`: axe in both themes.
"""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from conto.apps.accounts import actions as accounts
from conto.domain import facts
from tests.e2e import axe
from tests.house import FreshBook

# Playwright's own loop runs in this thread; Django would take the test for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 40
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass
class Site:
    """A running server."""

    url: str
    book: FreshBook

    def sign_in(self, context: BrowserContext, member: Any) -> None:
        """Give a browser the session of a member."""
        client = Client()
        client.force_login(member)
        for name, morsel in client.cookies.items():
            context.add_cookies([{"name": name, "value": morsel.value, "url": self.url}])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server stopped before its first page"
        try:
            urllib.request.urlopen(f"{url}/offline", timeout=START_SECONDS).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"no page within {START_SECONDS} seconds")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    assert CHROMIUM.exists(), "The browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site(fresh_book: FreshBook) -> Iterator[Site]:
    """The real web server on a book of this test alone."""
    port = _free_port()
    fresh_book.env |= {"CONTO_DEBUG": "1", "CONTO_PORT": str(port)}
    server = fresh_book.start("-m", "conto.config.cli", "web", "--port", str(port))
    url = f"http://localhost:{port}"
    try:
        _wait_for(url, server)
        yield Site(url, fresh_book)
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def owner(fresh_book: FreshBook) -> Any:
    """The owner of a business that is set up."""
    del fresh_book
    member = accounts.add_first_owner(email="nadia@example.com", name="Nadia Berg", password="correct horse 9", at=NOW)
    seller = accounts.SellerDetails(
        name="Berg Studio", country="DE", currency="EUR", zone="Europe/Berlin", line1="Hauptstr. 1",
        postcode="10115", city="Berlin", vat_number="DE136695976", email="post@example.com",
    )  # fmt: skip
    accounts.set_up_business(seller=seller, bank_account=None, actor=facts.SYSTEM, at=NOW)
    accounts.finish_set_up(actor=facts.SYSTEM, at=NOW)
    return member


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a browser window: `visit(member=…, size=…, javascript=…)`."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_window(member: Any = None, size: ViewportSize = DESK, *, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=site.url, viewport=size, java_script_enabled=javascript, locale="en-GB", service_workers="block"
        )
        contexts.append(context)
        if member is not None:
            site.sign_in(context, member)
        window = context.new_page()
        window.set_default_timeout(10_000)
        window.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        window.on("pageerror", lambda error: said.append(str(error)))
        return window

    yield open_window
    for context in contexts:
        context.close()
    # A refused form answers 4xx on purpose, and Chromium notes it.
    assert not [line for line in said if "status of 4" not in line], said


@pytest.fixture
def page(visit: Callable[..., Page], owner: Any) -> Page:
    """A window on a desk, signed in as the owner."""
    return visit(owner)


@pytest.fixture
def phone(visit: Callable[..., Page], owner: Any) -> Page:
    """A phone, signed in as the owner."""
    return visit(owner, PHONE)


@pytest.fixture
def audit() -> axe.Audit:
    """Look for what axe and the width of the window have against a page."""
    return axe.audit
