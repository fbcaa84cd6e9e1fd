"""Every page and operation says who may enter: `@needs(...)`, `@member_only` or `@public("why")`."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        address = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLPattern):
            yield address, entry.callback
        else:
            yield from _patterns(entry, address)


def _says_who(page: Any) -> bool:
    while page is not None:
        if getattr(page, "needs", None) or getattr(page, "public", None):
            return True
        page = getattr(page, "__wrapped__", None)
    return False


def test_every_page_says_who_may_enter() -> None:
    pages = list(_patterns(get_resolver()))
    assert pages, "no address at all"
    assert [address for address, page in pages if not _says_who(page)] == []


def test_a_public_page_says_why() -> None:
    reasons = [(address, page.public) for address, page in _patterns(get_resolver()) if getattr(page, "public", None)]
    assert [address for address, why in reasons if not isinstance(why, str) or len(why.split()) < 2] == []


@pytest.mark.parametrize("name", ["needs", "public"])
def test_the_marks_are_found_through_wrappers(name: str) -> None:
    def page() -> None: ...

    def wrapper() -> None: ...

    setattr(page, name, "x")
    assert not _says_who(wrapper)
    wrapper.__wrapped__ = page  # type: ignore[attr-defined]
    assert _says_who(wrapper)
