"""`conto backup`: make a backup, list them, try one, print the key."""

import argparse
import fcntl
import getpass
import importlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conto.config import shelf
from conto.config.backup.archive import Archive, write_archive
from conto.config.backup.restore import restore_into_scratch, scratch_books
from conto.config.book import BookError
from conto.config.cli.children import PARENT, die_with_parent, leave_if_orphaned
from conto.config.cli.migrate import stamp
from conto.config.cli.output import CommandError, Output
from conto.config.cli.session import open_book
from conto.config.home import Home
from conto.domain.errors import RuleBroken
from conto.gateways.storage.addresses import is_address, place_at
from conto.gateways.storage.keys import BackupKey, Opener, Passphrase
from conto.gateways.storage.places import Place

PASSPHRASE = "CONTO_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
KEY = "CONTO_BACKUP_KEY"
MEGABYTE = 1_000_000


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto backup`."""
    backup = commands.add_parser("backup", parents=[every], help="make an encrypted backup of the book, in use or not")
    backup.add_argument(
        "--to", metavar="PLACE", help="bring it there only: a folder, s3://…, ssh://… or the name of a place"
    )
    backup.add_argument("--passphrase", action="store_true", help="seal it with a passphrase instead of the backup key")
    backup.add_argument("--reason", default="command", choices=["command", "schedule", "hand"], help=argparse.SUPPRESS)
    backup.add_argument("--asked-by", default="", help=argparse.SUPPRESS)
    backup.set_defaults(run=_backup)
    actions = backup.add_subparsers(metavar="ACTION")
    actions.add_parser("list", parents=[every], help="list the backups of this book").set_defaults(run=_list)
    rehearse = actions.add_parser(
        "rehearse", parents=[every], help="restore the newest backup into a scratch book, verify it, and report"
    )
    rehearse.set_defaults(run=_rehearse)
    key = actions.add_parser("key", parents=[every], help="print the backup key, to be kept apart from the backups")
    key.set_defaults(run=_key)


def _backup(options: argparse.Namespace, output: Output) -> int:
    become_child()
    begun = time.monotonic()
    opener = opener_for_writing(asks=options.passphrase)
    with open_book(output) as book, _alone(book):
        if shelf.read_stamp(book) != stamp():
            raise CommandError(f"The book {book} is of another version: run conto upgrade, which makes a backup first.")
        jobs = importlib.import_module("conto.jobs.backups")
        only_to = (str(options.to), _place(str(options.to))) if options.to else None
        folder = Home.current().backups
        _remove_left_overs(folder, book)
        output.say(f"Making a backup of the book {book} …")

        def write(path: Path) -> Any:
            archive = write_archive(book, path, opener, at=datetime.now(UTC), stamp=stamp())
            story = importlib.import_module("conto.flows.make_backup")
            return story.Written(archive.size_bytes, opener.describe().get("id", "passphrase"), contents_of(archive))

        outcome = jobs.make(
            book=book,
            folder=folder,
            write=write,
            reason=options.reason,
            asked_by=options.asked_by,
            only_to=only_to,
            say=output.say,
        )
    seconds = round(time.monotonic() - begun, 1)
    facts = jobs.facts_of(outcome)
    said = f"{outcome.name}: {outcome.size_bytes / MEGABYTE:.1f} MB in {seconds} s, at {', '.join(outcome.places)}."
    if outcome.failures:
        output.failure(f"{said}\nIt could not be brought everywhere: {'; '.join(outcome.failures)}", **facts)
        return 1
    output.result(said, book=book, seconds=seconds, **facts)
    return 0


def contents_of(archive: Archive) -> dict[str, Any]:
    """Return what a list of backups says of one's contents."""
    tables = archive.manifest["tables"]
    return {
        "tables": len(tables),
        "rows": sum(count for count, _ in tables.values()),
        "facts": int(archive.manifest.get("facts", {}).get("count", 0)),
    }


def _list(_: argparse.Namespace, output: Output) -> None:
    with open_book(output) as book:
        found = importlib.import_module("conto.jobs.backups").known()
    lines = [
        f"{each.name:<60} {each.size_bytes / MEGABYTE:8.1f} MB  {', '.join(each.places)}  {each.rehearsed}".rstrip()
        for each in found
    ]
    facts = [
        {"name": each.name, "size_bytes": each.size_bytes, "places": each.places, "rehearsed": each.rehearsed}
        for each in found
    ]
    output.result("\n".join(lines) or f"There is no backup of the book {book} yet.", book=book, backups=facts)


def _rehearse(_: argparse.Namespace, output: Output) -> int:
    become_child()
    begun = time.monotonic()
    with open_book(output) as book:
        jobs = importlib.import_module("conto.jobs.backups")
        name = ""
        try:
            with jobs.newest(Home.current().backups) as (name, source), scratch_books(output):
                restored = restore_into_scratch(source, own_key(), output, verifies=True)
            is_clean, report = restored.is_clean, restored.words()
        except (RuleBroken, CommandError, BookError, OSError) as error:
            if not name:
                raise
            is_clean, report = False, str(error)
        seconds = round(time.monotonic() - begun)
        jobs.note_rehearsal(name=name, is_clean=is_clean, seconds=seconds, report=report)
    facts = {"book": book, "name": name, "clean": is_clean, "seconds": seconds, "report": report}
    if is_clean:
        output.result(f"{name} can be restored: {report} ({seconds} s).", **facts)
        return 0
    output.failure(f"{name} can NOT be restored: {report}", **facts)
    return 1


def _key(_: argparse.Namespace, output: Output) -> None:
    key = own_key()
    output.result(
        f"{key.printed()}\n\nWithout this key nobody can open the backups of this installation, you included.\n"
        "Print it and keep it apart from the backups.",
        key=key.printed(),
        id=key.id,
    )


def own_key() -> BackupKey:
    """Return the backup key of this installation."""
    return BackupKey(Home.current().secrets().backup_key)


def opener_for_writing(*, asks: bool) -> Opener:
    """Return what a new backup is sealed with: the key of the installation, or a passphrase if one is wanted."""
    words = os.environ.get(PASSPHRASE, "")
    if not asks and not words:
        return own_key()
    if not words:
        words = _typed("Passphrase: ")
        if sys.stdin.isatty() and words != _typed("The same again: "):
            raise CommandError("The two passphrases differ.")
    if len(words) < 12:
        raise CommandError("A passphrase needs twelve characters at least: four words are good.")
    return Passphrase(words)


def opener_for_reading(sealing: dict[str, Any], key_file: Path | None) -> Opener:
    """Return what opens a backup: as its header says, a passphrase, a key that was given, or our own key."""
    if sealing.get("kind") == "passphrase":
        return Passphrase(os.environ.get(PASSPHRASE, "") or _typed("Passphrase: "))
    given = key_file.read_text() if key_file else os.environ.get(KEY, "")
    if given.strip():
        return BackupKey.read(next((line for line in given.splitlines() if line.strip()), ""))
    own = own_key()
    if sealing.get("id") != own.id and sys.stdin.isatty():
        return BackupKey.read(_typed(f"This backup was sealed with the key {sealing.get('id')}. That key: "))
    return own


def _typed(question: str) -> str:
    return getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _place(text: str) -> Place:
    """Return the place that was named: by its address, or by its name in this book."""
    if is_address(text):
        return place_at(text, os.environ)
    found: Place | None = importlib.import_module("conto.jobs.backups").named_place(text)
    if found is None:
        raise CommandError(f"There is no place {text}. Give its name, or an address: /folder, s3://…, ssh://….")
    return found


def become_child() -> None:
    """End with the process that started this one, where that was Conto itself."""
    if os.environ.get(PARENT):
        die_with_parent()
        leave_if_orphaned()


@contextmanager
def _alone(book: str) -> Iterator[None]:
    with (Home.current().root / f"backup-{book}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"A backup of the book {book} is being made already.") from None
        yield


def _remove_left_overs(folder: Path, book: str) -> None:
    """Remove what a backup that was killed has left. Call it alone."""
    for left in folder.glob(f".conto-{book}-*.part"):
        left.unlink(missing_ok=True)
