"""Making a backup: one instant of a book, dumped, compressed and sealed into one file, while the book is in use."""

import base64
import json
import os
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from conto.config import shelf
from conto.config.backup.manifest import Manifest, take_manifest
from conto.config.backup.programs import address_of, program, running, server_major
from conto.config.book import database_settings
from conto.config.cli.migrate import ROOT
from conto.config.cli.output import CommandError
from conto.config.field_keys import current_keys, state
from conto.config.home import Home
from conto.gateways.storage.keys import Opener
from conto.gateways.storage.sealed import KEYS, MANIFEST, SealedWriter, Sink

PIECE_BYTES = 256 * 1024
MILLISECONDS_FOR_LOCKS = 60_000


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup that was written whole."""

    path: Path
    size_bytes: int
    header: dict[str, Any]
    manifest: Manifest


def write_archive(book: str, path: Path, opener: Opener, *, at: datetime, stamp: str) -> Archive:
    """Write a backup of the book to `path`: whole and on the disk, or not there at all.

    Raises: CommandError, BookError or OSError; then nothing is left of it.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        with open(draft, "wb", opener=_for_its_owner) as file:
            header, manifest = seal_book(book, file, opener, at=at, stamp=stamp)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _sync_folder(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return Archive(path, path.stat().st_size, header, manifest)


def seal_book(book: str, sink: Sink, opener: Opener, *, at: datetime, stamp: str) -> tuple[dict[str, Any], Manifest]:
    """Write one instant of the book into `sink`, sealed, and return the header and the manifest."""
    shelf.let_backup_in(book)
    keys_before = current_keys(Home.current())  # a rotation may forget some that this view of the book needs
    with shelf.connect({**database_settings(book, "backup")}) as connection:
        connection.autocommit = False
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        applied = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
        about = {
            "book": book,
            "made_at": at.isoformat(),
            "stamp": stamp,
            "migrations": [f"{app}.{name}" for app, name in applied if (ROOT / "conto" / "apps" / app).is_dir()],
            "server_major": server_major(),
        }
        writer = SealedWriter(sink, opener, about)
        writer.add(KEYS, _keys(keys_before | current_keys(Home.current())))
        counting = _Counting(connection)
        counting.start()
        try:
            _dump(book, str(snapshot[0]) if snapshot else "", writer)
        except BaseException:
            connection.cancel()
            raise
        finally:
            counting.join()
        writer.add(MANIFEST, json.dumps(counting.manifest()).encode())
        writer.finish()
        connection.rollback()
    return writer.header.fields, counting.manifest()


def _dump(book: str, snapshot: str, writer: SealedWriter) -> None:
    address, environment = address_of(book, "backup")
    command = [
        *(program("pg_dump"), "--format=custom", "--compress=6", f"--snapshot={snapshot}"),
        *("--no-owner", "--no-comments", f"--lock-wait-timeout={MILLISECONDS_FOR_LOCKS}", f"--dbname={address}"),
    ]
    with running(command, environment, reads=True) as (_started, output):
        while piece := output.read(PIECE_BYTES):
            writer.add_dump(piece)


def _keys(keys: dict[str, bytes]) -> bytes:
    """Return the field keys as a part, without which a new machine could not open the sealed fields."""
    kept = {name: base64.b64encode(key).decode() for name, key in keys.items()}
    return json.dumps({"field_keys": kept, "active_field_key": state(Home.current()).active}).encode()


class _Counting(threading.Thread):
    """Counts and hashes the tables on the same view of the book, while pg_dump runs on the other core."""

    def __init__(self, connection: Any) -> None:
        super().__init__(name="backup-manifest", daemon=True)
        self._connection = connection
        self._manifest: Manifest = {}
        self._error: Exception | None = None

    def run(self) -> None:
        """Take the manifest."""
        try:
            self._manifest = take_manifest(self._connection)
        except Exception as error:  # noqa: BLE001 - it is told in the thread that waits for it
            self._error = error

    def manifest(self) -> Manifest:
        """Return the manifest.

        Raises: CommandError, when it could not be taken.
        """
        if self._error is not None:
            raise CommandError(f"The tables of the book could not be counted: {self._error}") from self._error
        return self._manifest


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
