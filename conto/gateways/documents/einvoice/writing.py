"""A small pen for XML: elements by prefix, nothing written for what is empty."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from lxml import etree

from conto.gateways.documents.einvoice.wording import clean


class Pen:
    """Writes elements of one vocabulary; `prefix:Name` is looked up once and kept."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self.namespaces: Final = dict(namespaces)
        self._tags: dict[str, str] = {}

    def tag(self, name: str) -> str:
        """Give the full name of a prefixed one."""
        known = self._tags.get(name)
        if known is None:
            prefix, local = name.split(":")
            known = self._tags[name] = f"{{{self.namespaces[prefix]}}}{local}"
        return known

    def root(self, name: str, default: str | None = None) -> etree._Element:
        """Start a document; `default` is the prefix that goes without one."""
        nsmap: Any = {p if p != default else None: uri for p, uri in self.namespaces.items()}
        return etree.Element(self.tag(name), nsmap=nsmap)

    def group(self, parent: etree._Element, name: str) -> etree._Element:
        """Open an element that holds others."""
        return etree.SubElement(parent, self.tag(name))

    def text(self, parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
        """Write an element with text, or nothing where there is no text."""
        written = clean(text) if text else ""
        if written:
            etree.SubElement(parent, self.tag(name), attributes).text = written

    def path(self, parent: etree._Element, path: str, text: str | None, **attributes: str) -> None:
        """Write nested elements `a/b/c` around a text, or nothing where there is no text."""
        if not text or not clean(text):
            return
        *outer, last = path.split("/")
        for name in outer:
            parent = self.group(parent, name)
        self.text(parent, last, text, **attributes)


def xml_bytes(root: etree._Element) -> bytes:
    """Write the finished document as UTF-8 with its declaration."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def iso_day(day: date | None) -> str:
    """Write a day as 2026-01-31, or nothing."""
    return day.isoformat() if day else ""


def compact_day(day: date | None) -> str:
    """Write a day as 20260131 (format 102), or nothing."""
    return f"{day:%Y%m%d}" if day else ""
