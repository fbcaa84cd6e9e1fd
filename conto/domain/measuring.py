"""What a measured letter is made of: its links, each by a mark of its own, and a picture. Source: E-10."""

import hashlib
import re
from collections.abc import Callable
from html import escape

_LINK = re.compile(r"https?://[^\s<>\"'`\\^{|}]+", re.IGNORECASE)
_AFTER = ".,;:!?…)]*_"  # ends a sentence, not an address
LONGEST_LINK = 2000
AGAIN_AFTER_SECONDS = 60  # what comes sooner is the same look


def links_of(text: str) -> list[str]:
    """Return the addresses on the web that stand in a text, each once, in their order."""
    return list(dict.fromkeys(link for link in map(_bare, _LINK.findall(text)) if len(link) <= LONGEST_LINK))


def mark_of(link: str) -> str:
    """Return by what a link is known among those of its letter."""
    return hashlib.sha256(link.encode()).hexdigest()[:16]


def link_with(text: str, mark: str) -> str:
    """Return the address in a text that has a mark; empty when none has."""
    return next((link for link in links_of(text) if mark_of(link) == mark), "")


def measured_html(text: str, *, way_to: Callable[[str], str], picture: str) -> str:
    """Return a text as HTML that looks like it, with ways to its links that are noted, and a picture that is.

    A link is shown as the address that it leads to in the end.
    """
    parts, done = [], 0
    known = set(links_of(text))
    for found in _LINK.finditer(text):
        link = _bare(found[0])
        if link not in known:
            continue
        parts.append(escape(text[done : found.start()]))
        parts.append(f'<a href="{escape(way_to(link))}">{escape(link)}</a>')
        done = found.start() + len(link)
    parts.append(escape(text[done:]))
    body = "".join(parts).replace("\n", "<br>\n")
    image = f'<img src="{escape(picture)}" alt="" width="1" height="1">'
    return f'<!doctype html><html><body><div style="font-family: sans-serif">{body}</div>{image}</body></html>'


def _bare(link: str) -> str:
    bare = link.rstrip(_AFTER)
    return bare + ")" if "(" in bare and link[len(bare) :].startswith(")") else bare
