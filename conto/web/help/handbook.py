"""The chapters of the handbook, read from docs/handbook and kept."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from conto.domain.contact import fold

FOLDER = Path(settings.PACKAGE).parent / "docs" / "handbook"
ORDER = (
    "start",
    "leads",
    "deals",
    "letters",
    "quotes",
    "contracts",
    "projects",
    "plans",
    "subscriptions",
    "usage",
    "repeating",
    "targets",
    "first-invoice",
    "guardian",
    "customers",
    "own-fields",
    "items",
    "stock",
    "getting-paid",
    "late",
    "credit-notes",
    "deposits",
    "the-books",
    "tax-report",
    "closing",
    "mail",
    "numbers",
    "templates",
    "roles",
    "who-sees-what",
    "safe-sign-in",
    "who-did-what",
    "backups",
    "import-orders",
    "webhooks",
    "programs",
    "practice",
    "command-line",
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: its name in the address, its title, its first paragraph and its text."""

    name: str
    title: str
    lead: str
    text: str

    @property
    def html(self) -> SafeString:
        """The chapter as HTML; raw HTML in it is shown as text."""
        return _html(self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A chapter that answers a question, with the words around the answer."""

    chapter: Chapter
    excerpt: str


@cache
def chapters(language: str) -> tuple[Chapter, ...]:
    """Return the chapters in a language, in English where one is not translated."""
    found = []
    for name in ORDER:
        for folder in (language, "en"):
            path = FOLDER / folder / f"{name}.md"
            if path.is_file():
                found.append(_read(name, path.read_text("utf-8")))
                break
    return tuple(found)


def chapter(language: str, name: str) -> Chapter | None:
    """Return one chapter, or nothing when there is none of this name."""
    return next((each for each in chapters(language) if each.name == name), None)


def search(language: str, asked: str) -> list[Hit]:
    """Return the chapters that hold every word asked for, those with a hit in the title first."""
    words = fold(asked).split()
    if not words:
        return []
    hits = []
    for each in chapters(language):
        body, title = fold(each.text), fold(each.title)
        if all(word in body for word in words):
            rank = -sum(10 * (word in title) + body.count(word) for word in words)
            hits.append((rank, Hit(each, _excerpt(each.text, words))))
    return [hit for _rank, hit in sorted(hits, key=lambda pair: pair[0])]


def _read(name: str, text: str) -> Chapter:
    lines = text.strip().splitlines()
    title = lines[0].lstrip("# ").strip()
    body = "\n".join(lines[1:]).strip()
    first = next((part for part in body.split("\n\n") if part[:1].isalpha() or part[:1] == "*"), "")
    lead = first.replace("\n", " ").replace("**", "").replace("`", "")
    return Chapter(name, title, lead, body)


def _excerpt(text: str, words: list[str]) -> str:
    for paragraph in text.split("\n\n"):
        flat = " ".join(paragraph.split()).replace("**", "").replace("`", "").lstrip("#-1234567890. ")
        if words[0] in fold(flat):
            return flat if len(flat) <= 220 else f"{flat[:217]}…"
    return ""


@cache
def _html(text: str) -> SafeString:
    # The handbook is ours; raw HTML is off all the same, so that only Markdown's own tags can come out.
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return SafeString(html.replace("<pre>", '<pre tabindex="0">'))  # long lines are scrolled by keyboard too
