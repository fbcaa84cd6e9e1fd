"""Every page of the product in a book that has one of everything: axe in both themes, and no wider than a phone."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import APIResponse, CDPSession, Error, Page, Response, ViewportSize
from pytest_django.plugin import DjangoDbBlocker

from conto.config.home import Home
from conto.domain.permissions import Role
from tests import house
from tests.e2e import axe
from tests.e2e.conftest import DESK, PHONE
from tests.e2e.serving import Site, serving, session_of
from tests.house import FreshBook
from tests.web.living import Visit, live, visits

pytestmark = pytest.mark.e2e
WIDTHS = "() => [innerWidth, document.scrollingElement.scrollWidth]"
PARTS = 4  # the pages in so many tests, so that one that hangs is found soon; half of them in each class
# Seen in files of their own, or no page to look at.
# The gallery has tests of its own; probes and the calendar are for machines.
ELSEWHERE = {"calendar_feed", "health", "metrics", "gallery", "gallery_error", "gallery_part", "sign_out"}


@pytest.fixture(scope="module")
def everything(
    home: Home, template_book: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Site, dict[str, str], list[Visit]]]:
    """The site on a book with one of everything, the owner's session, and how each page is visited."""
    name = f"t_{os.getpid()}_everything"
    house.copy_book(home, template_book, name)
    with django_db_blocker.unblock(), house.default_connection_on(name):
        book = live()
        session, all_visits = session_of(book.members[Role.OWNER]), visits(book)
    with serving(FreshBook(name, house.environment_of(name))) as site:
        yield site, session, all_visits
    house.drop_book(home, name)


@pytest.fixture
def site(everything: tuple[Site, dict[str, str], list[Visit]]) -> Site:
    """Look only: one server for all tests of this file."""
    return everything[0]


def open_page(window: Page, visit: Visit) -> Response | None:
    """Open an address, if there is a page to look at: not a file, not a part, not one that only takes forms."""
    if visit.address.endswith(".png"):  # Chromium makes a page around a picture, with styles that our policy refuses
        return None
    try:
        answer = window.goto(visit.address)
    except Error:  # Chromium shows no file, and a page of its own for an empty answer, which may cut off the next one
        asked = window.request.get(visit.address, max_redirects=0)
        assert asked.status < 500
        if asked.status == 405 or not (_is_html(asked) and "<html" in asked.text()):
            return None
        answer = window.goto(visit.address)
    if answer is None or answer.request.redirected_from or answer.status == 405:
        return None
    return answer if _is_html(answer) and "<html" in answer.text() else None


def _is_html(answer: Response | APIResponse) -> bool:
    kind = answer.headers.get("content-type", "")
    return kind.startswith("text/html") and "content-disposition" not in answer.headers


class TestHalfOfThePages:
    """Half of the pages: tests are handed to processes by class, and this is the longest look of all."""

    @pytest.mark.parametrize("part", range(0, PARTS, 2))
    def test_axe_finds_nothing_and_nothing_is_too_wide(
        self, everything: tuple[Site, dict[str, str], list[Visit]], visit: Callable[..., Page], part: int
    ) -> None:
        look_at(everything, visit, part)


class TestTheOtherHalf:
    """The other pages."""

    @pytest.mark.parametrize("part", range(1, PARTS, 2))
    def test_axe_finds_nothing_and_nothing_is_too_wide(
        self, everything: tuple[Site, dict[str, str], list[Visit]], visit: Callable[..., Page], part: int
    ) -> None:
        look_at(everything, visit, part)


def look_at(everything: tuple[Site, dict[str, str], list[Visit]], visit: Callable[..., Page], part: int) -> None:
    """Assert that nothing stands against the pages of a part."""
    _, session, all_visits = everything
    window = visit(session, PHONE)
    window.emulate_media(reduced_motion="reduce")
    axe.bring(window)
    lens = window.context.new_cdp_session(window)
    lay_out(lens, DESK)
    assert window.evaluate(WIDTHS)[0] == DESK["width"]
    lay_out(lens, PHONE)
    wrong = []
    mine = [each for each in all_visits if each.name not in ELSEWHERE][part::PARTS]
    looked = 0
    for each in mine:
        answer = open_page(window, each)
        if answer is None:
            continue
        looked += 1
        if answer.status >= 400 and answer.status not in {404, 422}:
            wrong.append(f"{each.name} {each.address}: {answer.status}")
        wrong += [f"{each.name} {each.address}: {found}" for found in against(window, lens)]
    assert looked > len(mine) / 4
    assert wrong == [], "\n".join(wrong)


def against(window: Page, lens: CDPSession) -> list[str]:
    """Return what stands against a page: axe in both themes, and the width on a phone."""
    laid_out, width = window.evaluate(WIDTHS)
    assert laid_out == PHONE["width"]
    lay_out(lens, DESK)
    found = axe.findings(window, "light") + axe.findings(window, "dark")
    lay_out(lens, PHONE)  # the next page is laid out for a phone first, not for a desk in vain
    return [*found, f"{width} px wide on a phone"] if width > PHONE["width"] else found


def lay_out(lens: CDPSession, size: ViewportSize) -> None:
    """Give the window a size, and draw it at a twentieth of it: looks ask what is where in which color, not for dots.

    A page says the same of its width, its breakpoints and each finding of axe, what was passed included; a look at it
    takes a seventh less.
    """
    screen = {"screenWidth": size["width"], "screenHeight": size["height"]}
    lens.send(
        "Emulation.setDeviceMetricsOverride", {**size, **screen, "deviceScaleFactor": 1, "mobile": False, "scale": 0.05}
    )
