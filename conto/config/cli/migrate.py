"""`conto migrate`: bring the tables of a book to this version of Conto, as the role that owns them."""

import argparse
import hashlib
import importlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from conto.config import shelf
from conto.config.book import BookError, current_book
from conto.config.cli.output import CommandError, Output
from conto.config.cli.session import server_running, set_up_django
from conto.config.grants import grant_queue
from conto.config.home import Home

ROOT = Path(__file__).resolve().parents[3]
TABLES = ("conto/apps/*/migrations/*.py", "conto/gateways/vat/*", "conto/jobs/commands.py", "conto/config/grants.py")
LIBRARIES = ("requirements/base.txt",)


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto migrate`."""
    migrate = commands.add_parser("migrate", parents=[every], help="bring a book's tables to this version of Conto")
    migrate.add_argument("--as-owner", action="store_true", help=argparse.SUPPRESS)
    migrate.set_defaults(run=_migrate)


def _migrate(options: argparse.Namespace, output: Output) -> None:
    book = current_book()
    if options.as_owner:
        _migrate_here()
        return
    with server_running(output):
        if not shelf.has_book(book):
            raise BookError(f"There is no book {book}. Make it with: conto book create {book}")
        migrate_book(book, output)
    output.result(f"The book {book} is up to date.", book=book)


def migrate_book(book: str, output: Output) -> None:
    """Bring a book's tables up to date; the server must be running.

    Raises: CommandError, with what the failing migration said.
    """
    shelf.open_doors(book)
    output.say(f"Laying the tables of the book {book} …")
    # A process of its own, since Django connects as one role for the life of a process.
    answer = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", "migrate", "--as-owner", "--book", book],
        env={**os.environ, "CONTO_DB_ROLE": "owner", "CONTO_BOOK": book},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        log = Home.current().logs / "migrate.log"
        log.write_text(answer.stderr)
        reason = (answer.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CommandError(f"The tables of the book {book} can't be brought up to date: {reason}\nAll of it: {log}")
    shelf.write_stamp(book, stamp())


def stamp() -> str:
    """Return the mark of this version's tables and reference data."""
    digest = hashlib.sha256()
    for pattern in (*TABLES, *LIBRARIES):
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return f"conto tables {digest.hexdigest()[:16]}"


def _migrate_here() -> None:
    set_up_django("owner")
    from django.core.management import call_command  # noqa: PLC0415 - needs Django to be set up

    from conto.config.migrating import new_models_drawn_alone  # noqa: PLC0415 - as above

    with new_models_drawn_alone():
        call_command("migrate", interactive=False, verbosity=1, stdout=io.StringIO())
    grant_queue()
    try:
        commands = importlib.import_module("conto.jobs.commands")
    except ModuleNotFoundError as error:
        if error.name != "conto.jobs.commands":
            raise
        return
    after_migrate = getattr(commands, "after_migrate", None)
    if after_migrate is not None:
        after_migrate()
