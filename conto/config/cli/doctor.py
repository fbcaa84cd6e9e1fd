"""`conto doctor`: look at everything Conto stands on and say in plain words what is wrong."""

import argparse
import platform
import socket
import stat
import sys
from collections.abc import Callable
from typing import Any

from conto.config import shelf
from conto.config.book import current_book, is_external
from conto.config.cli.migrate import stamp
from conto.config.cli.output import Output
from conto.config.cli.session import server_running
from conto.config.home import Home
from conto.config.postgres.errors import PostgresError
from conto.config.postgres.space import MEGABYTE, file_system, free_bytes, is_nearly_full, refuse_network_disk

Check = tuple[str, bool, str]


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto doctor`."""
    doctor = commands.add_parser("doctor", parents=[every], help="say what Conto stands on and what is wrong with it")
    doctor.set_defaults(run=_doctor)


def _doctor(_: argparse.Namespace, output: Output) -> int:
    home = Home.current()
    checks = [_python(), _folder(home), _secrets(home), _disk(home)]
    try:
        with server_running(output):
            checks += [*_database(), _port()]
    except (PostgresError, OSError) as error:
        checks.append(("database", False, str(error)))
    lines = [f"{'ok  ' if fine else 'FAIL'}  {name:<10} {said}" for name, fine, said in checks]
    bad = [name for name, fine, _ in checks if not fine]
    facts = [{"check": name, "ok": fine, "says": said} for name, fine, said in checks]
    if bad:
        output.failure("\n".join(lines), checks=facts)
        return 1
    output.result("\n".join(lines), checks=facts)
    return 0


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
