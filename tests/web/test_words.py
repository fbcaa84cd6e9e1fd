"""Every text that a reader can meet is in German; what a customer receives or opens is in French too."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from conto.config.word_list import FOR_CUSTOMERS, Text, collect
from conto.config.words import LOCALE

_PLACE = re.compile(r"%\((\w+)\)[sd]|%%|<[^>]+>|\{\w+\}")


@pytest.fixture(scope="module")
def texts() -> dict[Text, list[str]]:
    return collect()


def _catalog(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _of(catalog: Catalog, text: Text) -> tuple[str, ...]:
    found = catalog.get(text.one, text.meaning or None)
    if found is None:
        return ()
    return (found.string,) if isinstance(found.string, str) else tuple(found.string)


def _translated(catalog: Catalog) -> Iterator[Message]:
    return (entry for entry in catalog if entry.id and entry.string)


def test_every_text_has_a_german_translation(texts: dict[Text, list[str]]) -> None:
    german = _catalog("de")
    missing = [text for text in texts if not _of(german, text) or not all(_of(german, text))]
    assert not missing, "run ./dev words and translate these"


def test_what_customers_receive_or_open_has_a_french_translation(texts: dict[Text, list[str]]) -> None:
    french = _catalog("fr")
    theirs = [text for text, files in texts.items() if any(file.startswith(FOR_CUSTOMERS) for file in files)]
    assert not [text for text in theirs if not _of(french, text) or not all(_of(french, text))]


def test_what_counts_has_its_plural(texts: dict[Text, list[str]]) -> None:
    german = _catalog("de")
    assert not [text for text in texts if text.many and len(_of(german, text)) != german.num_plurals]


@pytest.mark.parametrize("language", ["de", "fr"])
def test_no_translation_is_unsure_or_of_a_text_that_is_gone(language: str, texts: dict[Text, list[str]]) -> None:
    catalog = _catalog(language)
    known = {(text.one, text.meaning or None) for text in texts}
    assert not [entry.id for entry in catalog if entry.id and entry.fuzzy]
    assert not [entry.id for entry in catalog if _one(entry) and (_one(entry), entry.context) not in known]
    assert not catalog.obsolete


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_translation_has_the_placeholders_of_its_text_and_no_other(language: str) -> None:
    for entry in _translated(_catalog(language)):
        sources = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for position, string in enumerate(strings):
            if not any(strings):
                continue  # not translated
            several = [_places(source) for source in sources]
            allowed = several if position == 0 else several[-1:]
            assert _places(string) in allowed, f"{entry.id!r} became {string!r}"


def _one(entry: Message) -> str:
    return entry.id[0] if isinstance(entry.id, tuple) else entry.id


def _places(text: str) -> list[str]:
    return sorted({place.group() for place in _PLACE.finditer(text)})
