"""A passkey and an app in a real browser: added, and signed in with."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.apps.factors.virtual import code_of
from tests.e2e.axe import Audit
from tests.e2e.hand import Hand

pytestmark = pytest.mark.e2e
PASSWORD = "correct horse 9"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_passkeys(page: Page) -> Page:
    """Give a browser window a device that keeps passkeys and always sees the right finger."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def leave(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in")


def test_a_passkey_is_made_and_signs_in(page: Page, audit: Audit) -> None:
    hand = Hand(with_passkeys(page), "passkey")
    page.goto("/profile/security")
    hand.both("none-yet")
    page.goto("/profile/security/passkeys/new")
    hand.write("[name=name]", "Laptop")
    hand.click("Make the passkey")
    expect(page.get_by_text("They are shown this once")).to_be_visible()
    hand.both("codes")
    hand.click("I have kept them", role="link")
    expect(page.get_by_text("Laptop", exact=True).first).to_be_visible()
    hand.both("has-one")
    audit(page)
    leave(page)
    hand.both("door")
    hand.click("Sign in with a passkey")
    page.wait_for_url(re.compile(r"/$"))
    page.goto("/profile/security")
    expect(page.get_by_text("Your password alone lets nobody in")).to_be_visible()
    leave(page)
    hand.write("[name=email]", "nadia@example.com")
    hand.write("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    hand.both("second-step")
    hand.click("Use a passkey")
    page.wait_for_url(re.compile(r"/$"))


def test_an_app_is_added_and_its_code_signs_in(page: Page, audit: Audit, visit: Callable[..., Page]) -> None:
    hand = Hand(page, "app")
    page.goto("/profile/security/app")
    address = page.get_by_role("link", name="The app is on this device: open it").get_attribute("href") or ""
    secret = re.search(r"secret=([A-Z2-7]+)", address)
    assert secret is not None
    hand.both("scan")
    audit(page)
    hand.write("[name=code]", code_of(secret[1]))
    hand.click("Add the app")
    expect(page.get_by_text("They are shown this once")).to_be_visible()
    with page.expect_download() as file:
        page.get_by_role("link", name="Download").click()
    assert len(re.findall(r"(?m)^\d{5} \d{5}$", file.value.path().read_text())) == 10
    page.goto("/settings/security")
    hand.both("team")
    audit(page)
    other = visit()
    other.goto("/sign-in?next=/customers/")
    at_door = Hand(other, "app-door")
    at_door.write("[name=email]", "nadia@example.com")
    at_door.write("[name=password]", PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    at_door.write("[name=code]", "000000")
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_text("This code does not fit, or it was used.").first).to_be_visible()
    at_door.both("wrong")
    audit(other)
    at_door.write("[name=code]", code_of(secret[1], steps_ahead=1))
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url("**/customers/")
