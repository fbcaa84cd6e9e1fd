"""Compile the translations: `python -m conto.config.words`, called by the set-up before anything starts.

Only the texts (django.po) are kept; what gettext reads (django.mo) is made here with Babel, since a machine may have
no msgfmt.
"""

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_words(folder: Path = LOCALE) -> list[Path]:
    """Compile every translation that is newer than what was made of it, and return what was made."""
    made = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parts[-3], abort_invalid=True)
        draft = target.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, catalog)  # leaves fuzzy entries out: half a translation is none
        draft.replace(target)
        made.append(target)
    return made


if __name__ == "__main__":
    try:
        compile_words()
    except PoFileError as error:
        sys.exit(f"A translation cannot be read: {error}")
