"""The letters: which fonts ship with Conto, and what is printed for a character that none of them has.

A PDF/A must embed every glyph, so typesetting stops at a character without one. Nobody's emoji may stop an invoice:
what cannot be drawn is replaced before it gets there.
"""

import importlib.util
import re
import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

# In the order of choice. Inter for what it has, Noto for the scripts of the world, Arimo for the Swiss payment part.
_PACKAGES = (
    ("fontpkg_inter", "files"),
    ("manimgx_fonts", ""),
    ("noto_cjk_sans_otc", ""),
    ("fontpkg_arimo", "files"),
)
_SCRIPTS = (
    "Arabic Hebrew Armenian Bengali Devanagari Ethiopic Georgian Gujarati Gurmukhi Kannada Khmer Lao Malayalam Myanmar "
    "Oriya Sinhala Tamil Telugu Thai Symbols"
)
FAMILIES = (
    "Inter",
    "Noto Sans",
    *(f"Noto Sans {script}" for script in _SCRIPTS.split()),
    "Noto Sans CJK SC",
    "Noto Emoji",
)
_UNSEEN = "\N{REPLACEMENT CHARACTER}"
_ISOLATE, _END_ISOLATE = "\N{RIGHT-TO-LEFT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_SOFT_BREAK = "\N{ZERO WIDTH SPACE}"
_LONGEST_WORD = 24
# Joiners and selectors shape their neighbors and need no glyph of their own.
_SHAPING = frozenset("\u200b\u200c\u200d\u00ad\u2060\ufe0e\ufe0f") | {_ISOLATE, _END_ISOLATE, "\n"}
# Direction overrides can show an amount backwards; none of them is needed to write a name.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_LONG_WORD = re.compile(rf"[^\s\u200b\u2e80-\uffdc]{{{_LONGEST_WORD + 1},}}")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\u0085|\x0b|\x0c")


def font_folders() -> list[str]:
    """Name the folders of the font packages.

    Raises: FileNotFoundError when one is not installed.
    """
    folders = []
    for package, inside in _PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise FileNotFoundError(f"the font package {package} is not installed")
        folders.append(str(Path(spec.origin).parent / inside))
    return folders


@cache
def drawable() -> frozenset[int]:
    """Collect every character that one of the families of documents can draw."""
    return frozenset().union(*_letters_by_family().values())


def families_for(text: str) -> list[str]:
    """Name the families that a text may need, in the order of choice.

    The typesetter tries a piece of text with every family that it is given until one has all of it: for a Chinese name
    at the end of two dozen, most of the time that the document takes.
    """
    by_family = _letters_by_family()
    first, *others = FAMILIES
    strange = {letter for letter in map(ord, set(text)) if letter not in by_family[first]}
    return [first, *(family for family in others if not strange.isdisjoint(by_family[family]))]


@cache
def _letters_by_family() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {family: set() for family in FAMILIES}
    for folder in font_folders():
        for path in sorted(Path(folder).iterdir()):
            if path.suffix not in {".ttf", ".otf", ".ttc"}:
                continue
            with path.open("rb") as file:
                fonts = TTCollection(file, lazy=True).fonts if path.suffix == ".ttc" else [TTFont(file, lazy=True)]
                for font in fonts:
                    family = font["name"].getBestFamilyName()
                    if family in found:
                        found[family].update(font.getBestCmap())
    return {family: frozenset(letters) for family, letters in found.items()}


def printable(text: str) -> str:
    """Make a text that can be set: known characters, safe directions, words that fit a line."""
    if text.isascii() and text.isprintable() and len(text) <= _LONGEST_WORD:
        return text
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    text = unicodedata.normalize("NFC", _DIRECTIONS.sub("", text.encode("utf-8", "replace").decode()))
    known = drawable()
    text = "".join(_drawn(letter, known) for letter in text)
    text = _LONG_WORD.sub(_with_soft_breaks, text)
    return "\n".join(_directed(line) for line in text.split("\n"))


def _drawn(letter: str, known: frozenset[int]) -> str:
    if letter in _SHAPING or (ord(letter) in known and unicodedata.category(letter) not in {"Cc", "Co"}):
        return letter
    if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Mn", "Me"} or "\U000e0000" <= letter <= "\U000e0fff":
        return ""
    plain = unicodedata.normalize("NFKC", letter)
    if plain != letter and all(ord(part) in known for part in plain):
        return plain
    return " " if unicodedata.category(letter) == "Zs" else _UNSEEN if ord(_UNSEEN) in known else "?"


def _with_soft_breaks(found: re.Match[str]) -> str:
    """Let an endless word break, and keep emoji and marks with what they belong to."""
    word = found.group()
    parts = []
    start = 0
    for position in range(1, len(word)):
        joins = word[position] in _SHAPING or word[position - 1] in _SHAPING or unicodedata.combining(word[position])
        if position - start >= _LONGEST_WORD // 2 and not joins:
            parts.append(word[start:position])
            start = position
    parts.append(word[start:])
    return _SOFT_BREAK.join(parts)


def _directed(line: str) -> str:
    """Set a line that starts in a right-to-left script from right to left."""
    for letter in line:
        direction = unicodedata.bidirectional(letter)
        if direction == "L":
            return line
        if direction in {"R", "AL"}:
            return f"{_ISOLATE}{line}{_END_ISOLATE}"
    return line
