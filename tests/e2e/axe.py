"""axe-core on the page that is open, in both themes, at the width it has.

The themes differ by the colors of conto/web/assets/css/tokens.css and by nothing else (tests/architecture holds that),
so what does not look at colors finds the same in both: every rule in the light theme, those of colors in the dark one.

The frame around the pages is the same on hundreds of them and costs half of a look. Links and buttons of a frame that
was looked at as it is, to the letter, in the same theme and at the same width, are not looked at again; its landmarks
are, since rules compare them with those of the page.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from playwright.sync_api import Page

from tests.environment import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WANTED = {
    "light": {"type": "tag", "values": TAGS},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
# What is wrong is told in full. What is right is only counted: to tell it element by element took longer than to look.
# One question for all of it, since each goes through three processes; scrolled up, since what a sticky bar half covers
# would count as a small target; two frames later, since with less motion wished for, colors change at once.
LOOK = """async ([theme, wanted, known]) => {
    if (!("axe" in window)) return null;
    window.scrollTo(0, 0);
    document.documentElement.dataset.theme = theme;
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const around = document.documentElement.cloneNode(false).outerHTML + innerWidth;
    const framed = [], alike = [];
    for (const part of document.querySelectorAll("aside.side, header.top, nav.bottom")) {
        const said = around + part.outerHTML.replace(/ value="[A-Za-z0-9]{64}"/g, "");  // tokens of forms differ
        const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(said));
        const print = btoa(String.fromCharCode(...new Uint8Array(bytes)));
        framed.push(print);
        if (known.includes(print)) alike.push(...part.querySelectorAll("a, button, details"));
    }
    const where = alike.length ? { include: document, exclude: alike } : document;
    const result = await axe.run(where, { runOnly: wanted, resultTypes: ["violations"] });
    return { passes: result.passes.length, violations: result.violations, framed };
}"""

Audit = Callable[[Page], None]
_frames_looked_at: set[str] = set()  # fingerprints


@cache
def _source() -> str:
    return AXE.read_text("utf-8")


def bring(page: Page) -> None:
    """Have axe on every page that is opened in a window from now on: for each alone it goes through three processes."""
    page.add_init_script(_source())


def findings(page: Page, theme: Literal["light", "dark"]) -> list[str]:
    """Return what axe has against the page in a theme, one line per element."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    question = [theme, WANTED[theme], sorted(_frames_looked_at)]
    result: dict[str, Any] | None = page.evaluate(LOOK, question)
    if result is None:
        page.evaluate(_source())  # from outside: the page's own policy lets no foreign script in
        result = page.evaluate(LOOK, question)
    assert result is not None
    _frames_looked_at.update(result["framed"])
    assert result["passes"], "axe looked at nothing"
    return [
        f"{theme}: {rule['id']}: {rule['help']}: {node['html'][:160]}: {_reason(node)}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


def _reason(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return str(checks[0]["message"]) if checks else ""


def audit(page: Page) -> None:
    """Assert that axe finds nothing in the light and in the dark theme, and that nothing overflows the page."""
    found = findings(page, "light") + findings(page, "dark")
    assert not found, f"{page.url}\n" + "\n".join(found)
    width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{page.url} is {width} px wider than the window"
