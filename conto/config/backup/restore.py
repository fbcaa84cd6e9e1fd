"""Bringing a backup back: into a scratch book, compared with its manifest and verified, before anything is switched."""

import base64
import fcntl
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from conto.config import shelf
from conto.config.backup.manifest import Manifest, differences, take_manifest
from conto.config.backup.programs import (
    TRANSACTION_TIMEOUT_SINCE,
    UNKNOWN_TIMEOUT,
    address_of,
    program,
    running,
    server_major,
)
from conto.config.book import BookError, database_settings
from conto.config.cli.migrate import ROOT, migrate_book, stamp
from conto.config.cli.output import CommandError, Output
from conto.config.field_keys import MORE, as_text
from conto.config.home import Home
from conto.config.postgres.errors import DiskFullError
from conto.config.postgres.space import is_nearly_full
from conto.domain.errors import RuleBroken
from conto.gateways.storage.keys import Opener
from conto.gateways.storage.sealed import DUMP, KEYS, MANIFEST, Header, Source, read_header, read_parts

SCRATCH = "scratch_"
CHUNKS_BETWEEN_LOOKS = 16
# Indexes are built in memory, and a crash in the middle costs nothing but the scratch book.
FAST = "-c maintenance_work_mem=256MB -c synchronous_commit=off"


@dataclass
class Restored:
    """A scratch book and what was found in it."""

    book: str
    header: dict[str, Any]
    manifest: Manifest
    field_keys: dict[str, bytes] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    verdict: dict[str, Any] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Return whether the book is as it was, and in order."""
        return not self.differences and self.verdict.get("violated") == 0

    def words(self) -> str:
        """Return what was found, for people."""
        tables = self.manifest.get("tables", {})
        rows = sum(count for count, _ in tables.values())
        facts = self.manifest.get("facts", {}).get("count", "0")
        said = [f"{rows:,} rows in {len(tables)} tables, {facts} facts"]
        said += [f"differs: {each}" for each in self.differences] or ["the same as when the backup was made"]
        if self.verdict:
            bad = self.verdict.get("violated")
            said.append(
                f"{len(self.verdict.get('checks', []))} rules hold" if bad == 0 else f"{bad} violations of rules"
            )
        return "; ".join(said)


@contextmanager
def scratch_books(output: Output) -> Iterator[None]:
    """Let one command at a time make scratch books, and remove those that a killed one has left.

    Raises: CommandError, when another command is at it.
    """
    home = Home.current()
    with (home.root / "scratch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("Another restore, rehearsal or upgrade is running: wait for it to end.") from None
        remove_scratch_books(output)
        try:
            yield
        finally:
            remove_scratch_books(output)


def remove_scratch_books(output: Output) -> None:
    """Remove every scratch book. Call it inside `scratch_books`."""
    for each in shelf.list_books():
        if each.name.startswith(SCRATCH):
            with suppress(BookError):
                output.say(f"Removing the scratch book {each.name} …")
                shelf.delete_book(each.name)


def new_scratch() -> str:
    """Return the name of a scratch book that is not there yet."""
    return f"{SCRATCH}{secrets.token_hex(4)}"


def restore_into_scratch(source: Source, opener: Opener, output: Output, *, verifies: bool) -> Restored:
    """Bring a backup back into a scratch book, compare it with the manifest, bring it up to date and verify it.

    Raises: RuleBroken, CommandError, BookError or PostgresError, when it can't be brought back whole.
    """
    header = read_header(source)
    _refuse_newer(header)
    scratch = new_scratch()
    output.say(f"Restoring the book {header.fields.get('book')} of {header.fields.get('made_at')} …")
    shelf.create_book(scratch)
    restored = Restored(scratch, header.fields, {})
    _load(scratch, source, header, opener, restored)
    output.say("Comparing it with what was there …")
    with shelf.connect(database_settings(scratch, "owner")) as connection, connection.transaction():
        connection.execute("SET LOCAL enable_nestloop = off")
        restored.differences = differences(restored.manifest, take_manifest(connection))
    if header.fields.get("stamp") == stamp():
        shelf.write_stamp(scratch, stamp())
    else:
        migrate_book(scratch, output)
    if verifies:
        output.say("Verifying it …")
        restored.verdict = verdict_of(scratch, restored.field_keys)
    return restored


def verdict_of(book: str, field_keys: dict[str, bytes] | None = None) -> dict[str, Any]:
    """Return what `conto verify` says of a book, in a process of its own that has these keys beside ours.

    Raises: CommandError, when it says nothing.
    """
    answer = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", "verify", "--book", book, "--json"],
        env={**os.environ, "CONTO_BOOK": book, "CONTO_DB_ROLE": "app", MORE: as_text(field_keys or {})},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(answer.stdout)
    except ValueError:
        last = (answer.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CommandError(f"The restored book can't be verified: {last}") from None
    if "violated" not in found:
        raise CommandError(f"The restored book can't be verified: {found.get('error', 'no reason was given')}")
    return dict(found)


def _load(scratch: str, source: Source, header: Header, opener: Opener, restored: Restored) -> None:
    address, environment = address_of(scratch, "owner")
    command = [program("pg_restore"), "--format=custom", "--no-owner", f"--dbname={address}"]
    forgives = UNKNOWN_TIMEOUT if server_major() < TRANSACTION_TIMEOUT_SINCE else ""
    if not forgives:
        command.append("--exit-on-error")
    watched = Home.current().postgres
    environment["PGOPTIONS"] = FAST
    manifest = bytearray()
    with running(command, environment, reads=False, forgives=forgives) as (_started, pipe):
        for count, (kind, content) in enumerate(read_parts(source, header, opener)):
            if kind == DUMP:
                pipe.write(content)
            elif kind == MANIFEST:
                manifest += content
            elif kind == KEYS:
                kept = json.loads(content)["field_keys"]
                restored.field_keys |= {name: base64.b64decode(key) for name, key in kept.items()}
            if count % CHUNKS_BETWEEN_LOOKS == 0 and watched.exists() and is_nearly_full(watched):
                raise DiskFullError(
                    "The disk is nearly full: there is no room to restore this backup. Free some space."
                )
    restored.manifest = json.loads(bytes(manifest) or b"{}")


def _refuse_newer(header: Header) -> None:
    apps = ROOT / "conto" / "apps"
    steps = [str(name).partition(".")[::2] for name in header.fields.get("migrations", [])]
    if any(not (apps / app / "migrations" / f"{step}.py").is_file() for app, step in steps):
        raise RuleBroken(
            "backup.newer", "This backup was made by a newer version of Conto: install that version first."
        )
    made_by, here = int(header.fields.get("server_major", 0)), server_major()
    if made_by > here:
        raise RuleBroken(
            "backup.newer_server",
            "This backup was made on PostgreSQL %(made_by)s, this server is %(here)s: restore it on a newer server.",
            made_by=made_by,
            here=here,
        )
