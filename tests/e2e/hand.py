"""A person's hand on a page: it types and clicks, takes pictures, and knows how long a person would have needed."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.environment import ROOT

PICTURES = ROOT / ".cache" / "pictures"
# The keystroke-level model: an average typist, pointing, and making up one's mind before each field or button.
KEY_SECONDS = 0.28
POINT_SECONDS = 1.1
THINK_SECONDS = 1.35


@dataclass
class Hand:
    """Who uses a page, and what that took so far."""

    page: Page
    story: str
    keys: int = 0
    points: int = 0
    thoughts: int = 0
    taken: list[Path] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Return how long a person needs for what was done, waiting for pages not counted."""
        return self.keys * KEY_SECONDS + self.points * POINT_SECONDS + self.thoughts * THINK_SECONDS

    def write(self, place: str, text: str) -> None:
        """Write into a field, by its selector, replacing what is there."""
        self.page.locator(place).first.fill(text)
        self.keys += len(text) + 1  # and Tab
        self.thoughts += 1

    def choose(self, place: str, value: str) -> None:
        """Choose from a list."""
        self.page.locator(place).first.select_option(value)
        self.keys += 2
        self.points += 1
        self.thoughts += 1

    def click(self, words: str, role: str = "button") -> None:
        """Press the button or follow the link that says these words."""
        self.page.get_by_role(role, name=words).first.click()  # type: ignore[arg-type]
        self.points += 1
        self.thoughts += 1

    def picture(self, name: str) -> None:
        """Take a picture of the whole page, for people to look at."""
        width = (self.page.viewport_size or {"width": 0})["width"]
        path = PICTURES / f"{self.story}-{len(self.taken) + 1:02}-{name}-{width}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=True, caret="initial", animations="allow")
        self.taken.append(path)

    def both(self, name: str) -> None:
        """Take the picture at a desk's width and at a phone's, and see that nothing is wider than the phone."""
        before = self.page.viewport_size
        self.picture(name)
        self.page.set_viewport_size({"width": 375, "height": 812})
        self.picture(name)
        assert self.page.evaluate("() => document.scrollingElement.scrollWidth") <= 375, f"{self.page.url}: too wide"
        if before:
            self.page.set_viewport_size(before)
