"""Translations are compiled without gettext's tools, and only when they have changed."""

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from conto.config.words import compile_words

TEXT = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Customers"
msgstr "Kunden"

#, fuzzy
msgid "Items"
msgstr "Dinge"

msgid "%(days)d day late"
msgid_plural "%(days)d days late"
msgstr[0] "%(days)d Tag überfällig"
msgstr[1] "%(days)d Tage überfällig"
"""


def _write(folder: Path, text: str = TEXT) -> Path:
    path = folder / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_translation_is_compiled_once_and_again_when_it_changes(tmp_path: Path) -> None:
    source = _write(tmp_path)
    assert compile_words(tmp_path) == [source.with_suffix(".mo")]
    assert compile_words(tmp_path) == []
    os.utime(source, (source.stat().st_atime, source.stat().st_mtime + 5))
    assert len(compile_words(tmp_path)) == 1


def test_gettext_reads_it_with_plurals_and_without_what_is_unsure(tmp_path: Path) -> None:
    _write(tmp_path)
    compile_words(tmp_path)
    german = gettext.translation("django", tmp_path, ["de"])
    assert german.gettext("Customers") == "Kunden"
    assert german.gettext("Items") == "Items"
    assert german.ngettext("%(days)d day late", "%(days)d days late", 3) == "%(days)d Tage überfällig"


def test_a_broken_translation_stops_the_set_up(tmp_path: Path) -> None:
    _write(tmp_path, 'msgid "Customers"\nmsgstr "Kunden"\nwhat is this\n')
    with pytest.raises(PoFileError):
        compile_words(tmp_path)
