"""The real server on a book of its own, and Chromium in front of it.

- `site`: Granian serving `fresh_book`, for a test that writes; `owner`: its business set up by the real actions.
- `visit(member=…, size=…, javascript=…)`: a browser window; anything that goes wrong on its console fails the test.
- `page` (a desk, 1440 px) and `phone` (375 px): windows signed in as the owner.
- `audit(page)`: axe in both themes, and nothing wider than the window.

Tests that only look can share one server: `site = shared_site` in their module (see test_gallery.py).
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from conto.config.home import Home
from tests import house
from tests.e2e import axe
from tests.e2e.browser import ARGUMENTS, chromium_path
from tests.e2e.serving import Site, serving, session_of, set_up_business
from tests.house import FreshBook
from tests.waiting import PATIENCE_MS

# Playwright's own loop runs in this thread; Django would take the test for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}
# A toast goes after seconds, and on a busy machine it takes as long to look: whoever looks here has time.
TOASTS_STAY = """(() => {
    const wait = window.setTimeout;
    window.setTimeout = (act, ms, ...more) => wait(act, ms >= 7000 ? 10 * ms : ms, ...more);
})()"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    path = chromium_path()
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture
def site(fresh_book: FreshBook) -> Iterator[Site]:
    """The real web server on a book of this test alone."""
    with serving(fresh_book) as site:
        yield site


@pytest.fixture
def owner(site: Site) -> dict[str, str]:
    """The session of the owner of a business that is set up."""
    del site
    return session_of(set_up_business())


@pytest.fixture(scope="session")
def shared_site(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Site, dict[str, str]]]:
    """One server and its owner's session for all tests that only look."""
    name = f"t_{os.getpid()}_shared"
    house.copy_book(home, template_book, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        session = session_of(set_up_business())
    with serving(FreshBook(name, house.environment_of(name))) as site:
        yield site, session
    house.drop_book(home, name)


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a browser window: `visit(member=…, size=…, javascript=…)`."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_window(session: Any = None, size: ViewportSize = DESK, *, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=site.url, viewport=size, java_script_enabled=javascript, locale="en-GB", service_workers="block"
        )
        contexts.append(context)
        if session is not None:
            site.sign_in(context, session if isinstance(session, dict) else session_of(session))
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(TOASTS_STAY)
        window = context.new_page()
        window.on(
            "console",
            lambda told: said.append(f"{told.text} ({told.location['url']})") if told.type == "error" else None,
        )
        window.on("pageerror", lambda error: said.append(str(error)))
        return window

    yield open_window
    for context in contexts:
        context.close()
    # A refused form answers 4xx on purpose, and Chromium notes it. A page that is left cuts off what it still asked,
    # as does one that asks anew before the answer, and htmx notes that; an answer that is an error has other words.
    cut_off = ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")
    assert [line for line in said if "status of 4" not in line and not line.startswith(cut_off)] == []


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
