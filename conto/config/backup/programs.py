"""pg_dump and pg_restore: which ones to run, on which database, as whom."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from psycopg.conninfo import make_conninfo

from conto.config.book import ConnectAs, database_settings, is_external
from conto.config.cli.output import CommandError
from conto.config.home import Home
from conto.config.postgres.binaries import find_binaries

SECONDS_TO_END = 30
# Programs of 17 and later set this at the start of what they restore; older servers do not know it.
TRANSACTION_TIMEOUT_SINCE = 17
UNKNOWN_TIMEOUT = 'unrecognized configuration parameter "transaction_timeout"'


def server_major() -> int:
    """Return the major version of the server that books are on."""
    if is_external():
        from conto.config import shelf  # noqa: PLC0415 - only a server of the user's own is asked

        return int(shelf.server_version().partition(".")[0].split()[0])
    return int((Home.current().postgres / "data" / "PG_VERSION").read_text())


def program(name: str) -> str:
    """Return the path of pg_dump or pg_restore that fits the server.

    Raises: PostgresError, when the machine has none.
    """
    major = server_major()
    if not is_external():
        return find_binaries(major)[name]
    found = find_binaries(None)
    if found.major < major:
        found = find_binaries(major)
    return found[name]


def address_of(book: str, role: ConnectAs) -> tuple[str, dict[str, str]]:
    """Return the connection string of a book without its password, and the environment that holds it."""
    settings = database_settings(book, role)
    given = {"host": "HOST", "port": "PORT", "user": "USER", "dbname": "NAME"}
    named = {key: settings[name] for key, name in given.items() if settings[name]}
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"}
    if settings["PASSWORD"]:
        environment["PGPASSWORD"] = settings["PASSWORD"]
    return make_conninfo(**settings["OPTIONS"], **named), environment


@contextmanager
def running(
    command: list[str], environment: dict[str, str], *, reads: bool, forgives: str = ""
) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    """Run a program whose output is read (or that is written to) in the block, and refuse its failure.

    With `forgives`, a run whose only errors say that is none.

    Raises: CommandError, with what the program said.
    """
    with tempfile.TemporaryFile() as words:
        started = subprocess.Popen(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL if reads else subprocess.PIPE,
            stdout=subprocess.PIPE if reads else subprocess.DEVNULL,
            stderr=words,
            start_new_session=True,
        )
        pipe = started.stdout if reads else started.stdin
        if pipe is None:
            raise CommandError(f"{Path(command[0]).name} did not start.")
        try:
            yield started, pipe
            pipe.close()
            code = started.wait(None if not reads else SECONDS_TO_END)
        except BrokenPipeError:
            code = started.wait(SECONDS_TO_END)
        except BaseException:
            started.kill()
            started.wait()
            raise
        if code != 0:
            words.seek(0)
            said = words.read().decode(errors="replace")
            if not (forgives and only_says(said, forgives)):
                raise CommandError(_reason(Path(command[0]).name, said))


def only_says(said: str, forgiven: str) -> bool:
    """Return whether a program ended with errors of this one kind alone."""
    errors = [line for line in said.splitlines() if "error:" in line.lower()]
    return bool(errors) and all(forgiven in line for line in errors)


def _reason(name: str, said: str) -> str:
    if "No space left on device" in said:
        return f"The disk is full: {name} could not go on. Free some space; nothing was changed."
    lines = [line for line in said.strip().splitlines() if "error" in line.lower()] or said.strip().splitlines()[-1:]
    return f"{name} failed: {lines[0] if lines else 'it said nothing'}"
