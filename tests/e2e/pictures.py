"""Take the pictures of the README from the demo company, never by hand.

    ./dev pictures [http://localhost:8000]

The demo book must be open (`./run`). Each picture is written to docs/pictures with few colors, so that it stays small.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.browser import chromium_path

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
OWNER = ("owner@demo.example", "blue-lamp-47-window")
COLORS = 96
DESK = (1240, 800)
PHONE = (375, 780)


def main(site: str) -> None:
    """Sign in to the demo company and take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        desk = _signed_in(browser, site, DESK, dark=False)
        desk.goto(site)
        _keep(desk, "today")
        desk.goto(f"{site}/customers/?view=owing")
        _open_first(desk)
        _keep(desk, "customer")
        desk.goto(f"{site}/invoices/?state=open")
        _open_first(desk)
        _keep(desk, "invoice")
        phone = _signed_in(browser, site, PHONE, dark=True)
        phone.goto(f"{site}/invoices/")
        _keep(phone, "phone")
        browser.close()


def _signed_in(browser: Browser, site: str, size: tuple[int, int], *, dark: bool) -> Page:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", locale="en-GB"
    )
    page.goto(f"{site}/sign-in")
    page.fill("input[name=email]", OWNER[0])
    page.fill("input[name=password]", OWNER[1])
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    return page


def _open_first(page: Page) -> None:
    page.click("a.row-link >> nth=0")
    page.wait_for_load_state("networkidle")


def _keep(page: Page, name: str) -> None:
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://localhost:8000")
