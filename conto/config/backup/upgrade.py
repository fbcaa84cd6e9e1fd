"""Bringing a book to this version: on a copy of it, which takes its place only when it is in order.

Whatever goes wrong, or whoever pulls the plug, the book of before is there as it was.
"""

import fcntl
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from conto.config import shelf
from conto.config.backup.archive import write_archive
from conto.config.backup.manifest import take_figures
from conto.config.backup.restore import new_scratch, restore_into_scratch, scratch_books, verdict_of
from conto.config.book import BookError, database_settings, is_external
from conto.config.cli.migrate import migrate_book, stamp
from conto.config.cli.output import CommandError, Output
from conto.config.home import Home
from conto.config.postgres.errors import PostgresError
from conto.domain.backups import BackupName
from conto.domain.errors import RuleBroken
from conto.gateways.storage.keys import BackupKey

MEGABYTE = 1_000_000
LONGEST_STEM = 22
SECONDS_TO_LEAVE = 3


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done."""

    state: Literal["current", "migrated", "switched", "tried"]
    backup: str = ""
    kept_aside: str = ""


class Stayed(CommandError):  # noqa: N818 - it is named for what happened to the book
    """The book stays as it was; the message says why."""


def upgrade_book(book: str, output: Output, *, tries: bool, note: Callable[[str, str], None]) -> Upgraded:
    """Bring a book to this version. The server must be running.

    A book that is open elsewhere is not touched; with `tries`, the new version is tried on a restored backup of it.

    Raises: Stayed, when it stays as it was; CommandError or BookError, before anything was begun.
    """
    reopen_if_left_closed(book)
    if shelf.read_stamp(book) == stamp():
        return Upgraded("current")
    kind = _kind_of(book)
    if kind == "empty":
        migrate_book(book, output)
        return Upgraded("migrated")
    backup = _back_up(book, output) if kind == "real" else ""
    if is_external() and not shelf.may_make_books():
        output.say("The role in DATABASE_URL may not copy databases: the book itself is migrated.")
        migrate_book(book, output)
        return Upgraded("migrated", backup)
    with scratch_books(output):
        if _is_open(book):
            if not (tries and backup):
                raise Stayed(
                    f"The book {book} is still open in another Conto, and stays as it is. Close that one first."
                )
            _try(backup, output)
            return Upgraded("tried", backup)
        aside = _on_a_copy(book, output, is_real=kind == "real")
    if kind == "sandbox":
        shelf.delete_book(aside)
        return Upgraded("switched")
    note(book, aside)
    return Upgraded("switched", backup, aside)


def reopen_if_left_closed(book: str) -> None:
    """Open a book again that an upgrade or restore had closed and was killed; not while one is running."""
    if shelf.is_open_to_guests(book):
        return
    with (Home.current().root / "scratch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"The book {book} is being restored or upgraded right now: wait for it to end."
            ) from None
        shelf.open_to_guests(book)


def name_aside(book: str, word: str) -> str:
    """Return the name under which a book is kept aside now."""
    return f"{book[:LONGEST_STEM]}_{word}_{datetime.now(UTC):%Y%m%d%H%M%S}"[:40]


def _is_open(book: str) -> bool:
    """Return whether somebody has the book open; one that is just leaving is waited for."""
    for _ in range(SECONDS_TO_LEAVE * 10):
        if not shelf.guests(book):
            return False
        time.sleep(0.1)
    return True


def _kind_of(book: str) -> Literal["empty", "sandbox", "real"]:
    """Return whether there is anything in the book that could be lost."""
    with shelf.connect(database_settings(book, "owner")) as connection:
        found = connection.execute("SELECT to_regclass('public.accounts_business') IS NOT NULL").fetchone()
        if not found or not found[0]:
            return "empty"
        row = connection.execute("SELECT is_sandbox FROM accounts_business").fetchone()
        members = connection.execute("SELECT count(*) FROM accounts_member").fetchone()
    if row is None and not (members and members[0]):
        return "empty"
    return "sandbox" if row is not None and row[0] else "real"


def _back_up(book: str, output: Output) -> str:
    output.say(f"Making a backup of the book {book} …")
    home, at = Home.current(), datetime.now(UTC)
    name = str(BackupName(book, at, secrets.token_hex(3)))
    key = BackupKey(home.secrets().backup_key)
    archive = write_archive(book, home.backups / name, key, at=at, stamp=shelf.read_stamp(book))
    output.say(f"{archive.path} ({archive.size_bytes / MEGABYTE:.1f} MB)")
    return name


def _try(backup: str, output: Output) -> None:
    """Try the new version on a restored backup, while the old one goes on with the book."""
    home = Home.current()
    try:
        with (home.backups / backup).open("rb") as source:
            restored = restore_into_scratch(source, BackupKey(home.secrets().backup_key), output, verifies=True)
    except (CommandError, BookError, PostgresError, RuleBroken) as error:
        raise _stayed(error) from error
    if not restored.is_clean:
        raise _stayed(restored.words())


def _on_a_copy(book: str, output: Output, *, is_real: bool) -> str:
    """Migrate a copy, look at it, and put it in the book's place; return where the book of before is."""
    scratch, aside = new_scratch(), name_aside(book, "upgraded")
    with shelf.closed_to_guests(book):
        try:
            output.say("Copying the book …")
            shelf.copy_book(book, scratch)
            before = _figures(scratch)
            migrate_book(scratch, output)
            if is_real:
                _look_at(scratch, before, output)
        except (CommandError, BookError, PostgresError) as error:
            raise _stayed(error) from error
        shelf.switch_books(book, scratch, aside)
    return aside


def _look_at(copy: str, before: dict[str, Any], output: Output) -> None:
    output.say("Verifying the copy …")
    after = _figures(copy)
    lost = [figure for figure in ("ledger", "documents", "files") if before.get(figure) != after.get(figure)]
    if lost:
        raise CommandError(f"the new version has changed what it may not change ({', '.join(lost)})")
    verdict = verdict_of(copy)
    if verdict["violated"]:
        bad = [f"{check['id']} {check['words']}" for check in verdict["checks"] if check["violated"]]
        raise CommandError(f"the copy is not in order: {'; '.join(bad)}")


def _figures(book: str) -> dict[str, Any]:
    with shelf.connect(database_settings(book, "owner")) as connection, connection.transaction():
        return take_figures(connection)


def _stayed(why: object) -> Stayed:
    return Stayed(
        f"The book stays as it was, with everything in it: {why}\n"
        "Go on with the version of before, and report this. Nothing has to be repaired."
    )
