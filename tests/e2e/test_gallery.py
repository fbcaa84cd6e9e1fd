"""Every component in a real browser: both themes, both widths, by keyboard, and without script."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.axe import Audit
from tests.e2e.conftest import PHONE
from tests.e2e.serving import Site

pytestmark = pytest.mark.e2e
ERRORS = ("400", "403", "404", "500", "503", "offline", "refused", "stale")


@pytest.fixture
def site(shared_site: tuple[Site, dict[str, str]]) -> Site:
    """Look only: one server for all tests of this file."""
    return shared_site[0]


@pytest.fixture
def owner(shared_site: tuple[Site, dict[str, str]]) -> dict[str, str]:
    """The session of the shared server's owner."""
    return shared_site[1]


def test_axe_finds_nothing_in_the_gallery(page: Page, visit: Callable[..., Page], owner: Any, audit: Audit) -> None:
    page.goto("/ui")
    audit(page)
    page.goto("/ui?wrong=1")
    audit(page)
    phone = visit(owner, PHONE)
    phone.goto("/ui")
    audit(phone)


def test_axe_finds_a_fault_of_the_frame_once_and_one_of_the_page_whenever_it_is_there(page: Page) -> None:
    page.goto("/ui")
    axe.findings(page, "light")
    page.evaluate("() => document.querySelector('header.top .push').append(document.createElement('button'))")
    assert [line.split(":")[1] for line in axe.findings(page, "light")] == [" button-name"]
    assert axe.findings(page, "light") == []
    page.evaluate("() => document.querySelector('main .page').append(document.createElement('button'))")
    for _ in range(2):
        assert [line.split(":")[1] for line in axe.findings(page, "light")] == [" button-name"]


def test_axe_finds_nothing_on_the_pages_of_what_went_wrong(page: Page, phone: Page, audit: Audit) -> None:
    for name in ERRORS:
        page.goto(f"/ui/errors/{name}")
        audit(page)
        phone.goto(f"/ui/errors/{name}")
        audit(phone)


def test_the_palette_the_menus_and_the_keys_work_without_a_mouse(page: Page, audit: Audit) -> None:
    page.goto("/ui")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    audit(page)
    page.keyboard.type("zzzz")
    expect(page.locator("#palette .none")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    audit(page)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".is-at").count() == 1
    page.locator("summary[aria-label='More acts']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("archived")
    expect(page.locator(".toast button").first).to_have_text("Undo")
    page.locator(".toast").hover()  # a toast that is read stays
    audit(page)


def test_lines_are_added_moved_and_removed_by_keyboard(page: Page) -> None:
    page.goto("/ui")
    names = page.locator("[data-line]:visible [name$='-name']")
    names.nth(1).focus()
    page.keyboard.press("Enter")
    expect(names).to_have_count(3)
    page.keyboard.type("Coaching")
    page.keyboard.press("Alt+ArrowUp")
    assert [line.input_value() for line in names.all()][1] == "Coaching"
    assert page.locator("[name='lines-2-ORDER']").input_value() == "2"
    page.locator("[data-line]:visible [data-remove-line]").nth(0).click()
    expect(names).to_have_count(2)
    assert page.locator("[name='lines-0-DELETE']").input_value() == "on"
    assert page.locator("[name='lines-TOTAL_FORMS']").input_value() == "3"


def test_the_chosen_theme_is_drawn_by_the_server_from_then_on(page: Page) -> None:
    page.goto("/ui")
    page.locator("#person-menu").click()
    page.locator("[data-choose-theme='dark']").click()
    page.goto("/ui")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_rows_are_picked_and_the_bulk_bar_says_how_many(page: Page) -> None:
    page.goto("/ui")
    expect(page.locator(".bulk")).to_be_hidden()
    page.locator(".pick-all").check()
    expect(page.locator(".bulk [data-count]")).to_have_text("5")
    page.locator("[data-unpick]").click()
    expect(page.locator(".bulk")).to_be_hidden()


def test_a_form_and_the_menus_work_without_script(visit: Callable[..., Page], owner: Any) -> None:
    page = visit(owner, javascript=False)
    page.goto("/ui")
    page.locator("summary[aria-label='More acts']").click()
    assert page.locator("text=Edit").first.is_visible()
    page.fill("#id_name", "Kestrel")
    page.locator("text=Save").first.click()
    assert "name=Kestrel" in page.url


def test_the_bottom_bar_has_its_entries_within_reach_of_a_thumb(phone: Page) -> None:
    phone.goto("/ui")
    bar = phone.locator("nav.bottom")
    entries = bar.locator("> *")
    assert entries.count() <= 5
    for entry in entries.all():
        box = entry.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44


def test_the_open_tab_is_in_sight_on_a_phone_though_the_strip_is_wider(phone: Page) -> None:
    phone.goto("/books/closing")
    strip = phone.locator(".tabs").first
    assert strip.evaluate("strip => strip.scrollWidth > strip.clientWidth")
    place = strip.locator("[aria-current]").bounding_box()
    assert place is not None
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= PHONE["width"]
