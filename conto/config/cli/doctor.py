"""`conto doctor`: look at everything Conto stands on and say in plain words what is wrong."""

import argparse
import importlib
import platform
import socket
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conto.config import field_keys, shelf
from conto.config.book import current_book, is_external
from conto.config.cli.advisories import hole_remarks
from conto.config.cli.migrate import stamp
from conto.config.cli.output import Output
from conto.config.cli.session import server_running, set_up_django
from conto.config.home import Home
from conto.config.postgres.errors import PostgresError
from conto.config.postgres.space import MEGABYTE, file_system, free_bytes, is_nearly_full, refuse_network_disk
from conto.domain.checkup import Remark, gravest_first, is_serious

Check = tuple[str, bool, str]
OLD_KEY = timedelta(days=365)
_ROTATE = "Run: conto keys rotate"
_MARKS = {"serious": "FAIL", "warning": "warn", "note": "note", "fine": "ok  "}


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto doctor`."""
    doctor = commands.add_parser("doctor", parents=[every], help="say what Conto stands on and what is wrong with it")
    doctor.add_argument(
        "--advisories", type=Path, metavar="FILE", help="look known holes up in this file (OSV, JSON) instead of asking"
    )
    doctor.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace, output: Output) -> int:
    home = Home.current()
    checks = [_python(), _folder(home), _secrets(home), _disk(home)]
    remarks = [*_files(home), *_keys(home), *hole_remarks(options.advisories)]
    try:
        with server_running(output):
            checks += [*_database(), _port()]
            if all(fine for _, fine, _ in checks):
                remarks += _of_book()
    except (PostgresError, OSError) as error:
        checks.append(("database", False, str(error)))
    remarks = gravest_first(remarks)
    lines = [f"{'ok  ' if fine else 'FAIL'}  {name:<10} {said}" for name, fine, said in checks]
    for remark in remarks:
        lines.append(f"{_MARKS[remark.severity]}  {remark.text}")
        lines += [f"      → {remark.advice}"] if remark.advice else []
    facts = {
        "checks": [{"check": name, "ok": fine, "says": said} for name, fine, said in checks],
        "findings": [
            {"code": each.code, "severity": each.severity, "says": each.text, "do": each.advice} for each in remarks
        ],
    }
    if is_serious(remarks) or not all(fine for _, fine, _ in checks):
        output.failure("\n".join(lines), **facts)
        return 1
    output.result("\n".join(lines), **facts)
    return 0


def _files(home: Home) -> list[Remark]:
    """Look at what other users of this machine may read."""
    folders = [folder for folder in (home.backups, home.documents, home.logs, home.root / "anchors") if folder.exists()]
    open_ones = [str(folder) for folder in folders if stat.S_IMODE(folder.stat().st_mode) & 0o077]
    if not open_ones:
        return []
    return [
        Remark(
            "open_folders",
            "serious",
            "Other users of this machine can look into %(names)s.",
            "Run: chmod 700 %(names)s",
            {"names": " ".join(open_ones)},
        )
    ]


def _keys(home: Home) -> list[Remark]:
    known = field_keys.state(home)
    if known.rotating_to:
        return [Remark("rotation_open", "warning", "A rotation of the field keys is not finished.", _ROTATE)]
    made = known.keys.get(known.active, "")
    if made and datetime.now(UTC) - datetime.fromisoformat(made) > OLD_KEY:
        return [Remark("old_field_key", "note", "The key of the sealed fields is older than a year.", _ROTATE)]
    if known.others:
        return [Remark("old_keys_kept", "note", "Keys of before are kept, since a restored book needed them.", _ROTATE)]
    return []


def _of_book() -> list[Remark]:
    set_up_django("app")
    look: list[Remark] = importlib.import_module("conto.jobs.commands").look_around()
    return look


def _python() -> Check:
    return "python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform()}"


def _folder(home: Home) -> Check:
    def look() -> str:
        home.prepare()
        return str(home.root)

    return _guarded("folder", look)


def _secrets(home: Home) -> Check:
    def look() -> str:
        home.secrets()
        mode = stat.S_IMODE(home.secrets_file.stat().st_mode)
        if mode & 0o077:
            raise PostgresError(f"others can read {home.secrets_file}; run: chmod 600 {home.secrets_file}")
        return f"{home.secrets_file}, for its owner only"

    return _guarded("secrets", look)


def _disk(home: Home) -> Check:
    def look() -> str:
        refuse_network_disk(home.postgres)
        if is_nearly_full(home.postgres):
            raise PostgresError(f"only {free_bytes(home.postgres) // MEGABYTE} MB are free")
        return f"{free_bytes(home.postgres) // MEGABYTE} MB free, {file_system(home.postgres) or 'kind unknown'}"

    return _guarded("disk", look)


def _database() -> list[Check]:
    book = current_book()
    where = "the server in DATABASE_URL" if is_external() else f"embedded in {Home.current().postgres}"
    checks = [_guarded("database", lambda: f"PostgreSQL {shelf.server_version()}, {where}")]
    if not checks[0][1]:
        return checks
    if not shelf.has_book(book):
        return [*checks, ("book", False, f"there is no book {book}; make it with: conto book create {book}")]
    is_current = shelf.read_stamp(book) == stamp()
    return [*checks, ("book", is_current, f"{book}, " + ("up to date" if is_current else "run: conto migrate"))]


def _port() -> Check:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        is_open = probe.connect_ex(("127.0.0.1", 8000)) == 0
    return "port", True, "8000 is in use (by Conto, if it is open)" if is_open else "8000 is free"


def _guarded(name: str, look: Callable[[], str]) -> Check:
    try:
        return name, True, look()
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what is asked for
        return name, False, str(error)
