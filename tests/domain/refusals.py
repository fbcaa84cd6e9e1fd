"""The expectation that a rule says no, by its code, in words that people read in their language."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest

import conto
from conto.domain.errors import RuleBroken


@cache
def _german() -> GNUTranslations:
    with (Path(conto.__file__).parent / "locale/de/LC_MESSAGES/django.mo").open("rb") as words:
        return GNUTranslations(words)


def assert_it_speaks(message: str, params: Mapping[str, Any]) -> None:
    """Fail unless a message has its German, and a value for each of its blanks."""
    assert _german().gettext(message) != message, f"no German for {message!r}"
    assert set(re.findall(r"%\((\w+)\)s", message)) <= set(params), message
    assert None not in params.values(), message
    assert message.replace("%%", "") % params if params else True


@contextmanager
def refused(code: str, **params: object) -> Iterator[None]:
    """Fail unless the rule of this code refuses, in words that are complete (and with these values in them)."""
    with pytest.raises(RuleBroken) as caught:
        yield
    assert caught.value.code == code
    assert_it_speaks(caught.value.message, caught.value.params)
    assert {name: caught.value.params[name] for name in params} == params
