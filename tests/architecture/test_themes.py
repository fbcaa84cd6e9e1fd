"""The two themes differ by colors alone: the tests in the browser rest on it."""

import re

from tests.environment import ROOT

SHEETS = ROOT / "conto" / "web" / "assets" / "css"
TOKENS = SHEETS / "tokens.css"
BY_THEME = re.compile(r"light-dark\(|data-theme|prefers-color-scheme|color-scheme\s*:")
ALLOWED = re.compile(
    r"color-scheme: light dark;"
    r"|--[a-z-]+: light-dark\((oklch\([^()]*\)), (oklch\([^()]*\))\);"
    r'|:root\[data-theme="(light|dark)"\] \{ color-scheme: \3; \}'
)


def test_only_the_tokens_know_of_themes_and_only_for_colors() -> None:
    said = [
        (sheet.name, line.strip())
        for sheet in sorted(SHEETS.rglob("*.css"))
        for line in sheet.read_text("utf-8").splitlines()
        if BY_THEME.search(line)
    ]
    assert said, "the themes have gone somewhere else"
    assert [each for each in said if each[0] != TOKENS.name or not ALLOWED.fullmatch(each[1])] == []


def test_no_page_shows_something_else_by_theme() -> None:
    pages = [
        page.name
        for page in (ROOT / "conto" / "web").rglob("*.html")
        if re.search(r"\bdark:[a-z]", page.read_text("utf-8"))
    ]
    assert pages == []
