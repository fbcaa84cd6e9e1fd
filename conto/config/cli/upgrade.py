"""`conto upgrade`: bring a book to this version on a copy of it, or leave it as it is."""

import argparse
from typing import Any

from conto.config import shelf
from conto.config.backup.upgrade import upgrade_book
from conto.config.book import BookError, current_book
from conto.config.cli.output import Output
from conto.config.cli.restore import note
from conto.config.cli.session import server_running


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto upgrade`."""
    upgrade = commands.add_parser(
        "upgrade", parents=[every], help="bring a book to this version: backup, copy, migrate, verify, switch"
    )
    upgrade.set_defaults(run=_upgrade)


def _upgrade(_: argparse.Namespace, output: Output) -> int:
    book = current_book()
    with server_running(output):
        if not shelf.has_book(book):
            raise BookError(f"There is no book {book}. Make it with: conto book create {book}")
        done = bring_to_this_version(book, output, tries=True)
    facts = {"book": book, "state": done.state, "backup": done.backup, "kept_aside": done.kept_aside}
    if done.state == "tried":
        output.failure(
            f"The new version works with a copy of the book {book}, which is still open in another Conto and was not "
            "touched.\nClose that one, then run conto upgrade again, or conto serve of this version.",
            **facts,
        )
        return 1
    said = {"current": f"The book {book} is of this version already.", "migrated": f"The book {book} is up to date."}
    kept = f" The one of before is kept as {done.kept_aside}; delete it when you are sure: conto book delete "
    switched = f"The book {book} is up to date." + (f"{kept}{done.kept_aside}" if done.kept_aside else "")
    output.result(said.get(done.state, switched), **facts)
    return 0


def bring_to_this_version(book: str, output: Output, *, tries: bool = False) -> Any:
    """Bring a book to this version if it is not, and tell what was done."""
    return upgrade_book(book, output, tries=tries, note=lambda name, aside: note(name, aside, upgraded=True))
