"""Where the command line is read and a failure becomes plain words and an exit code."""

import argparse
import errno
import os
import signal
import sys
from types import FrameType

import psycopg
from django.db import DatabaseError

from conto.config.book import BookError
from conto.config.cli import backup, books, doctor, keys, migrate, price, restore, sandbox, serve, upgrade, work
from conto.config.cli.output import CommandError, Output
from conto.config.home import HomeError
from conto.config.postgres.errors import PostgresError
from conto.domain.errors import RuleBroken

FAILED = 1
INTERRUPTED = 130
WITHOUT_ROOM = frozenset({"25006", "53100"})  # the database only reads for want of room; it has none
PLAIN_FAILURES = (CommandError, BookError, HomeError, PostgresError, RuleBroken)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    output = Output(as_json=options.json)
    if options.book:
        os.environ["CONTO_BOOK"] = options.book
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts us with & makes us deaf to it
    try:
        return int(options.run(options, output) or 0)
    except PLAIN_FAILURES as error:
        output.failure(str(error))
    except KeyboardInterrupt:
        output.failure("Stopped.")
        return INTERRUPTED
    except (psycopg.Error, DatabaseError) as error:
        said = error if isinstance(error, psycopg.Error) else error.__cause__  # Django's errors are about the driver's
        if getattr(said, "sqlstate", "") in WITHOUT_ROOM or "No space left on device" in str(error):
            output.failure("The disk of the database is nearly full: nothing is written until there is room.")
        elif isinstance(said, psycopg.OperationalError):
            output.failure(f"The database can't be reached: {str(error).strip()}")
        else:
            raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            output.failure("The disk is full: nothing is written until there is room.")
            return FAILED
        output.failure(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    return FAILED


def parser() -> argparse.ArgumentParser:
    """Return the description of every command."""
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--book", metavar="NAME", help="the book to work on (default: demo, or the one in CONTO_BOOK)")
    every.add_argument("--json", action="store_true", help="print one JSON object instead of words")
    top = argparse.ArgumentParser(
        prog="conto",
        description="The CRM and the billing system of small businesses in one book.",
        epilog="CONTO_HOME names the data folder; DATABASE_URL names a PostgreSQL server of your own.",
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for area in (serve, books, migrate, work, backup, restore, upgrade, keys, sandbox, price, doctor):
        area.add_commands(commands, every)
    return top


def _leave(_number: int, _frame: FrameType | None) -> None:
    # An exit instead of a sudden death, so that the database is left in order.
    sys.exit(128 + signal.SIGTERM)
