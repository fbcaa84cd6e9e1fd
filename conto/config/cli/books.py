"""`conto book`: one business is one book."""

import argparse
import getpass
import importlib
import os
import sys
from typing import Any

from conto.config import shelf
from conto.config.cli.migrate import migrate_book
from conto.config.cli.output import CommandError, Output
from conto.config.cli.session import server_running, set_up_django
from conto.domain.preset import LANGUAGES, PRESET_KEYS

MEGABYTE = 1024 * 1024


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto book`."""
    book = commands.add_parser("book", help="make, list or delete a book (one business is one book)")
    actions = book.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", parents=[every], help="make a new, empty book")
    create.add_argument("name", help="small letters, digits and _, starting with a letter")
    create.add_argument("--business", help="set the book up at once for the business of this name")
    create.add_argument("--country", default="DE", help="of the business, two letters (default: DE)")
    create.add_argument("--currency", default="EUR", help="of its books, three letters (default: EUR)")
    create.add_argument("--zone", default="Europe/Berlin", help="its time zone (default: Europe/Berlin)")
    create.add_argument(
        "--owner", metavar="EMAIL", help="its owner; the password is asked for or read from standard input"
    )
    create.add_argument("--language", choices=LANGUAGES, default="en", help="of its documents (default: en)")
    create.add_argument(
        "--preset",
        choices=PRESET_KEYS,
        help="begin with the pipeline, items, letters, words and first page for a kind of business",
    )
    create.set_defaults(run=_create)
    actions.add_parser("list", parents=[every], help="list the books of this server").set_defaults(run=_list)
    delete = actions.add_parser("delete", parents=[every], help="delete a book and everything in it")
    delete.add_argument("name")
    delete.add_argument("--yes", action="store_true", help="don't ask")
    delete.set_defaults(run=_delete)


def _create(options: argparse.Namespace, output: Output) -> None:
    if options.preset and not options.business:
        raise CommandError("A preset needs a business: add --business NAME, or choose it in the browser.")
    with server_running(output):
        shelf.create_book(options.name)
        try:
            migrate_book(options.name, output)
            if options.business:
                _set_up(options, output)
        except BaseException:
            shelf.delete_book(options.name)  # a book is there whole or not at all
            raise
    output.result(
        f"The book {options.name} is ready. Open it with: conto serve --book {options.name}", book=options.name
    )


def _set_up(options: argparse.Namespace, output: Output) -> None:
    """Fill the new book's business in, in this process, as the application's role."""
    os.environ["CONTO_BOOK"] = options.name
    owner = (options.owner, _password()) if options.owner else None
    set_up_django("app")
    commands = importlib.import_module("conto.jobs.commands")
    commands.set_up(
        name=options.business,
        country=options.country,
        currency=options.currency,
        zone=options.zone,
        owner=owner,
        language=options.language,
        preset=options.preset or "",
    )
    output.say(f"{options.business} can write invoices in {options.currency}.")


def _password() -> str:
    return getpass.getpass("Password of the owner: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _list(_: argparse.Namespace, output: Output) -> None:
    with server_running(output):
        found = shelf.list_books()
    lines = [f"{book.name:<30} {book.size_bytes / MEGABYTE:8.0f} MB" for book in found]
    facts = [{"name": book.name, "database": book.database, "size_bytes": book.size_bytes} for book in found]
    output.result("\n".join(lines) or "There are no books yet.", books=facts)


def _delete(options: argparse.Namespace, output: Output) -> None:
    with server_running(output):
        if not shelf.has_book(options.name):
            raise CommandError(f"There is no book {options.name}.")
        if not options.yes and _typed(f"Type {options.name} to delete this book and everything in it for ever: ") != (
            options.name
        ):
            raise CommandError("Nothing was deleted.")
        shelf.delete_book(options.name)
    output.result(f"The book {options.name} is deleted.", book=options.name)


def _typed(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""
