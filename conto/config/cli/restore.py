"""`conto restore`: bring a backup back beside the book, and put it in its place only when asked and only when clean."""

import argparse
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conto.config import shelf
from conto.config.backup.restore import Restored, restore_into_scratch, scratch_books
from conto.config.backup.upgrade import name_aside, reopen_if_left_closed
from conto.config.book import BookError, current_book, database_name
from conto.config.cli.backup import opener_for_reading
from conto.config.cli.migrate import ROOT
from conto.config.cli.output import CommandError, Output
from conto.config.cli.session import server_running, set_up_django
from conto.config.home import Home
from conto.domain.backups import read_name
from conto.gateways.storage.addresses import is_address, place_at
from conto.gateways.storage.folder import Folder
from conto.gateways.storage.places import Place
from conto.gateways.storage.sealed import Header, Source, read_header


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto restore`."""
    restore = commands.add_parser(
        "restore",
        parents=[every],
        help="bring a backup back into a new book (--book), or in place of the one there is (--switch)",
    )
    restore.add_argument(
        "source", metavar="FILE|PLACE", help="a backup; or a folder, s3://… , ssh://… or named place: its newest backup"
    )
    restore.add_argument("--name", help="which backup of the place, by its file name (default: the newest)")
    restore.add_argument("--verify", action="store_true", help="only see whether it can be restored; keep nothing")
    restore.add_argument("--switch", action="store_true", help="put it in the place of the book of this name")
    restore.add_argument("--key-file", type=Path, help="a file with the printed backup key (or set CONTO_BACKUP_KEY)")
    restore.set_defaults(run=_restore)
    note = commands.add_parser("note-restored", parents=[every])
    note.add_argument("name")
    note.add_argument("--upgraded", action="store_true")
    note.set_defaults(run=_note)


def _restore(options: argparse.Namespace, output: Output) -> int:
    begun = time.monotonic()
    if options.verify and options.switch:
        raise CommandError("--verify keeps nothing and --switch puts it in place: choose one.")
    with server_running(output), _opened(options, output) as (label, source, header):
        book = _target(options, header)
        opener = opener_for_reading(header.sealing, options.key_file)
        with scratch_books(output):
            restored = restore_into_scratch(_Again(header, source), opener, output, verifies=True)
            facts = _facts(label, restored, begun)
            if not restored.is_clean:
                output.failure(f"{label} is not in order, nothing was changed: {restored.words()}", **facts)
                return 1
            if options.verify:
                output.result(f"{label} can be restored: {restored.words()}.", **facts)
                return 0
            aside = _settle(restored, book, switches=options.switch)
        note(book, label)
    said = f"The book {book} is there, restored from {label}: {restored.words()}."
    if aside:
        said += f"\nThe book of before is kept as {aside}. Delete it when you are sure: conto book delete {aside}"
    output.result(f"{said}\nOpen it with: conto serve --book {book}", book=book, kept_aside=aside, **facts)
    return 0


def _target(options: argparse.Namespace, header: Header) -> str:
    """Return the book to make, and refuse one that is there unless it is to be replaced."""
    book = str(options.book or (current_book() if options.switch else header.fields.get("book", "")))
    database_name(book)
    if options.verify:
        return book
    if shelf.has_book(book) and options.switch:
        reopen_if_left_closed(book)
    elif shelf.has_book(book):
        raise BookError(
            f"There is a book {book} already. Give the restored one another name (--book NAME), or put it in the "
            f"place of that one (--switch); the one of before is then kept aside."
        )
    return book


def _settle(restored: Restored, book: str, *, switches: bool) -> str:
    """Give the scratch book its name, and return under which name the one of before is kept."""
    Home.current().adopt_field_keys(restored.field_keys)
    if not (switches and shelf.has_book(book)):
        shelf.rename_book(restored.book, book)
        return ""
    aside = name_aside(book, "before")
    shelf.switch_books(book, restored.book, aside)
    return aside


def note(book: str, name: str, *, upgraded: bool = False) -> None:
    """Record in a book, in a process of its own, where it comes from."""
    subprocess.run(
        [
            *(sys.executable, "-m", "conto.config.cli", "note-restored", name, "--book", book),
            *(["--upgraded"] if upgraded else []),
        ],
        env={**os.environ, "CONTO_BOOK": book, "CONTO_DB_ROLE": "app"},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )


def _note(options: argparse.Namespace, output: Output) -> None:
    with server_running(output):
        set_up_django("app")
        jobs = importlib.import_module("conto.jobs.backups")
        if options.upgraded:
            jobs.note_upgraded(kept_aside=options.name)
        else:
            jobs.note_restored(name=options.name)


def _facts(label: str, restored: Restored, begun: float) -> dict[str, Any]:
    return {
        "name": label,
        "made_at": restored.header.get("made_at"),
        "clean": restored.is_clean,
        "differences": restored.differences,
        "violated": restored.verdict.get("violated"),
        "tables": restored.manifest.get("tables"),
        "ledger": restored.manifest.get("ledger"),
        "facts": restored.manifest.get("facts", {}).get("count"),
        "seconds": round(time.monotonic() - begun, 1),
    }


@contextmanager
def _opened(options: argparse.Namespace, output: Output) -> Iterator[tuple[str, Source, Header]]:
    """Open the backup that was named and read its header."""
    place, name = _found(str(options.source), options, output)
    with place.opened(name) as source:
        yield name, source, read_header(source)


def _found(text: str, options: argparse.Namespace, output: Output) -> tuple[Place, str]:
    path = Path(text).expanduser()
    if path.is_file():
        return Folder(path.absolute().parent), path.name
    if path.is_dir():
        place: Place = Folder(path.absolute())
    elif is_address(text):
        if text.startswith("/"):
            raise CommandError(f"There is no file {text}.")
        place = place_at(text, os.environ)
    else:
        place = _place_of_book(text)
    if options.name:
        return place, str(options.name)
    named = [(name, each.name) for each in place.stored() if (name := read_name(each.name))]
    wanted = str(options.book or "")
    if wanted and any(name.book == wanted for name, _ in named):
        named = [(name, text) for name, text in named if name.book == wanted]
    if not named:
        raise CommandError(f"There is no backup at {text}.")
    books = sorted({name.book for name, _ in named})
    if len(books) > 1:
        raise CommandError(f"There are backups of several books ({', '.join(books)}): say which with --name FILE.")
    newest = max(named, key=lambda pair: pair[0].at)[1]
    output.say(f"The newest backup there is {newest}.")
    return place, newest


def _place_of_book(text: str) -> Place:
    if not shelf.has_book(current_book()):
        raise CommandError(f"There is no file {text}.")
    set_up_django("app")
    found: Place | None = importlib.import_module("conto.jobs.backups").named_place(text)
    if found is None:
        raise CommandError(f"There is no file {text}, and no place of that name.")
    return found


class _Again:
    """A backup whose header was read already, read from its beginning."""

    def __init__(self, header: Header, rest: Source) -> None:
        self._before = header.framed()
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        """Read."""
        if self._before:
            piece, self._before = (self._before, b"") if size < 0 else (self._before[:size], self._before[size:])
            return piece
        return self._rest.read(size)
