"""`conto demo`, `import`, `bill`, `verify` and `seals`: work on one book that the jobs know how to do."""

import argparse
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conto.config import shelf
from conto.config.cli.migrate import stamp
from conto.config.cli.output import CommandError, Output
from conto.config.cli.session import open_book


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe the commands."""
    demo = commands.add_parser("demo", parents=[every], help="fill the book with the demo company")
    demo.set_defaults(run=_demo)
    bring = commands.add_parser("import", help="bring in data of other systems")
    kinds = bring.add_subparsers(metavar="KIND", required=True)
    orders = kinds.add_parser("orders", parents=[every], help="an online shop's orders: customers, paid invoices")
    orders.add_argument("file", type=Path)
    orders.add_argument("--source", default="orders", help="where the orders come from; the same order comes in once")
    orders.add_argument("--series", default="", help="prefix of a number series of their own")
    orders.set_defaults(run=_import_orders)
    bill = commands.add_parser("bill", parents=[every], help="bill what is due of subscriptions, as the worker does")
    bill.add_argument(
        "--dry-run", action="store_true", help="say what a run would come to, and leave everything as it is"
    )
    bill.set_defaults(run=_bill)
    verify = commands.add_parser("verify", parents=[every], help="check every rule that must always hold in the book")
    verify.add_argument("--fix", metavar="RULE", help="make anew what this rule is about, where that can be done")
    verify.set_defaults(run=_verify)
    seals = commands.add_parser("seals", help="prove that the record of what happened is as it was written")
    acts = seals.add_subparsers(metavar="ACT", required=True)
    check = acts.add_parser(
        "check", parents=[every], help="compute every seal anew and compare with those kept outside"
    )
    check.add_argument("--anchor", type=Path, metavar="FILE", help="seals kept elsewhere, one JSON object a line")
    check.set_defaults(run=_check_seals)
    keep = acts.add_parser("keep", parents=[every], help="keep the last seal outside of the database now")
    keep.set_defaults(run=_keep_seal)


@contextmanager
def _book_of_now(output: Output) -> Iterator[str]:
    """Open the book where its tables are those of this version; where the server keeps no mark, nobody can say."""
    with open_book(output) as book:
        if shelf.read_stamp(book) not in {stamp(), ""}:
            raise CommandError(f"The book {book} is of another version: run conto upgrade, which makes a backup first.")
        yield book


def _demo(_: argparse.Namespace, output: Output) -> None:
    with _book_of_now(output) as book:
        demo = importlib.import_module("conto.jobs.demo")
        demo.fill(say=output.say)
        output.result(f"The demo company is in the book {book}.", book=book)


def _import_orders(options: argparse.Namespace, output: Output) -> None:
    if not options.file.is_file():
        raise CommandError(f"There is no file {options.file}.")
    with _book_of_now(output) as book:
        commands = importlib.import_module("conto.jobs.commands")
        facts = commands.import_orders(
            options.file, say=output.progress, source=options.source, series_prefix=options.series
        )
        output.result("\n".join(f"{name}: {value}" for name, value in facts.items()), book=book, **facts)


def _bill(options: argparse.Namespace, output: Output) -> int:
    with _book_of_now(output) as book:
        commands = importlib.import_module("conto.jobs.commands")
        facts = commands.bill(is_dry=options.dry_run, say=output.progress)
        totals = ", ".join(facts["totals"]) or "nothing"
        would = "would be " if options.dry_run else ""
        words = f"{facts['settled']:,} {would}billed on {facts['documents']:,} documents, net {totals}."
        if facts["aside"]:
            output.failure(
                "\n".join([words, f"{len(facts['aside']):,} set aside:", *facts["aside"]]), book=book, **facts
            )
        else:
            output.result(words, book=book, **facts)
    return 1 if facts["aside"] else 0


def _verify(options: argparse.Namespace, output: Output) -> int:
    with _book_of_now(output) as book:
        commands = importlib.import_module("conto.jobs.commands")
        if options.fix:
            output.say(commands.mend(str(options.fix)))
        facts = commands.verify(say=output.say)
        violated = int(facts["violated"])
        if violated:
            output.failure(f"{violated} violations: the book {book} is not in order.", book=book, **facts)
        else:
            output.result(f"The book {book} is in order: {len(facts['checks'])} rules hold.", book=book, **facts)
    return 1 if violated else 0


def _check_seals(options: argparse.Namespace, output: Output) -> int:
    if options.anchor and not options.anchor.is_file():
        raise CommandError(f"There is no file {options.anchor}.")
    with _book_of_now(output) as book:
        found = importlib.import_module("conto.jobs.commands").check_seals(options.anchor)
        words = f"{found['seals']:,} seals over {found['facts']:,} facts"
        if found["breaches"]:
            output.failure("\n".join([f"{words} of the book {book}:", *found["breaches"]]), book=book, **found)
        else:
            output.result(f"{words} of the book {book} hold. The last seal: {found['head']}", book=book, **found)
    return 1 if found["breaches"] else 0


def _keep_seal(_: argparse.Namespace, output: Output) -> None:
    with _book_of_now(output) as book:
        kept = importlib.import_module("conto.jobs.commands").keep_seal()
        output.result(f"Seal {kept['number']} of the book {book} is kept in {kept['file']}.", book=book, **kept)
