"""`conto demo`, `conto import`, `conto verify`: work on one book that the jobs know how to do."""

import argparse
import importlib
from pathlib import Path
from typing import Any

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
    verify = commands.add_parser("verify", parents=[every], help="check every rule that must always hold in the book")
    verify.set_defaults(run=_verify)


def _demo(_: argparse.Namespace, output: Output) -> None:
    with open_book(output) as book:
        demo = importlib.import_module("conto.jobs.demo")
        demo.fill(say=output.say)
        output.result(f"The demo company is in the book {book}.", book=book)


def _import_orders(options: argparse.Namespace, output: Output) -> None:
    if not options.file.is_file():
        raise CommandError(f"There is no file {options.file}.")
    with open_book(output) as book:
        commands = importlib.import_module("conto.jobs.commands")
        facts = commands.import_orders(
            options.file, say=output.progress, source=options.source, series_prefix=options.series
        )
        output.result("\n".join(f"{name}: {value}" for name, value in facts.items()), book=book, **facts)


def _verify(_: argparse.Namespace, output: Output) -> int:
    with open_book(output) as book:
        commands = importlib.import_module("conto.jobs.commands")
        facts = commands.verify(say=output.say)
        violated = int(facts["violated"])
        if violated:
            output.failure(f"{violated} violations: the book {book} is not in order.", book=book, **facts)
        else:
            output.result(f"The book {book} is in order: {len(facts['checks'])} rules hold.", book=book, **facts)
    return 1 if violated else 0
