"""`conto keys`: which keys seal bank details, passwords and secrets, and a new one in place of those before."""

import argparse
import fcntl
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from conto.config import field_keys, shelf
from conto.config.backup.restore import scratch_books
from conto.config.cli.children import PARENT, die_with_parent, leave_if_orphaned
from conto.config.cli.migrate import ROOT, stamp
from conto.config.cli.output import CommandError, Output
from conto.config.cli.session import open_book, server_running
from conto.config.home import Home

SHOWN = 10


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto keys`."""
    keys = commands.add_parser("keys", help="the keys that bank details, passwords and secrets are sealed with")
    acts = keys.add_subparsers(metavar="ACT", required=True)
    status = acts.add_parser("status", parents=[every], help="say which keys there are and what is sealed with each")
    status.set_defaults(run=_status)
    rotate = acts.add_parser(
        "rotate", parents=[every], help="make a new key, seal everything anew, then forget the old keys"
    )
    rotate.add_argument("--keep-old", action="store_true", help="keep the old keys for now; call it again to end it")
    rotate.set_defaults(run=_rotate)
    prepare = acts.add_parser(
        "prepare", parents=[every], help="make the next key without using it, to bring it to other machines first"
    )
    prepare.set_defaults(run=_prepare)
    one = acts.add_parser("in-book", parents=[every])
    one.add_argument("act", choices=["reseal", "count"])
    one.set_defaults(run=_in_book)


def _status(_: argparse.Namespace, output: Output) -> int:
    with server_running(output):
        known = field_keys.state(Home.current())
        books = {
            each.name: _asked(each.name, "count")
            for each in shelf.list_books()
            if shelf.read_stamp(each.name) == stamp()
        }
    lines = []
    for name, made in sorted(known.keys.items()):
        used = {book: found["in_use"].get(name, 0) for book, found in books.items() if found["in_use"].get(name)}
        role = "seals" if name == known.active else "waits" if name == known.prepared else "opens"
        made_at = f"made {made[:10]}" if made else "made with this installation"
        count = ", ".join(f"{fields:,} in {book}" for book, fields in used.items()) or "nothing"
        lines.append(f"{name:<14} {role:<6} {made_at:<28} sealed with it: {count}")
    if known.rotating_to:
        lines.append(f"A rotation to {known.rotating_to} is not finished: run conto keys rotate.")
    closed = {book: found["unopened"] for book, found in books.items() if found["unopened"]}
    for book, unopened in closed.items():
        lines += [f"No key opens {each} of the book {book}." for each in unopened]
    facts = {
        "keys": known.keys,
        "active": known.active,
        "prepared": known.prepared,
        "rotating_to": known.rotating_to,
        "books": books,
    }
    if closed:
        output.failure("\n".join(lines), **facts)
        return 1
    output.result("\n".join(lines), **facts)
    return 0


def _prepare(_: argparse.Namespace, output: Output) -> None:
    home = Home.current()
    name = field_keys.prepare_key(home, at=datetime.now(UTC))
    output.result(
        f"The key {name} waits. Bring {home.secrets_file} to every machine that serves these books, then run: "
        "conto keys rotate --keep-old",
        key=name,
    )


def _rotate(options: argparse.Namespace, output: Output) -> int:
    home = Home.current()
    # While no book is restored, copied or upgraded: a copy made before would come back sealed with a key that is gone.
    with server_running(output), _alone(home), scratch_books(output):
        goes_on = field_keys.state(home).rotating_to
        name = field_keys.begin_rotation(home, at=datetime.now(UTC))
        output.say(f"The key {name} seals from now on." if not goes_on else f"Going on with the key {name} …")
        done, kept_for = _reseal_all(name, output)
        gone = [] if kept_for or options.keep_old else field_keys.let_others_go(home)
    facts = {"key": name, "resealed": done, "kept_for": kept_for, "forgotten": gone}
    if kept_for:
        shown = "\n".join(kept_for[:SHOWN])
        output.failure(f"The old keys are kept. Run conto keys rotate again when this is mended:\n{shown}", **facts)
        return 1
    end = "the old keys are kept" if options.keep_old else f"forgotten: {', '.join(gone) or 'none'}"
    output.result(f"Everything is sealed with {name}; {end}. Backups bring the keys along that they need.", **facts)
    return 0


def _reseal_all(name: str, output: Output) -> tuple[int, list[str]]:
    """Seal the fields of all books anew; return how many, and in words why old keys are still needed."""
    done, kept_for = 0, []
    for book in shelf.list_books():
        if shelf.read_stamp(book.name) != stamp():
            kept_for.append(f"The book {book.name} is of another version: upgrade it, or delete it if put aside.")
            continue
        found = _asked(book.name, "reseal")
        done += found["resealed"]
        kept_for += [
            f"No key opens {each} of the book {book.name}: type it in anew, or restore a backup that brings its key."
            for each in found["unopened"]
        ]
        output.say(f"{book.name}: {found['resealed']:,} sealed anew, {found['in_use'].get(name, 0):,} in all")
    return done, kept_for


def _in_book(options: argparse.Namespace, output: Output) -> None:
    if os.environ.get(PARENT):
        die_with_parent()
        leave_if_orphaned()
    with open_book(output) as book:
        keys = importlib.import_module("conto.jobs.keys")
        found = keys.reseal(say=output.progress) if options.act == "reseal" else keys.keys_in_use()
        output.result("", book=book, **found)


def _asked(book: str, act: str) -> dict[str, Any]:
    """Return what one book says of its sealed fields, asked in a process of its own.

    Raises: CommandError, when it does not say.
    """
    answer = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", "keys", "in-book", act, "--book", book, "--json"],
        env={**os.environ, "CONTO_BOOK": book, "CONTO_DB_ROLE": "app", PARENT: str(os.getpid())},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    try:
        found = dict(json.loads(answer.stdout))
    except ValueError:
        raise CommandError(f"The book {book} did not answer; see above.") from None
    if "in_use" not in found:
        raise CommandError(f"The book {book} did not answer: {found.get('error', 'no reason was given')}")
    return found


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    with (home.root / "keys.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("The keys are being rotated already.") from None
        yield
