"""`conto price`: see what a price, a subscription or an invoice comes to, by the rules that bill."""

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from conto.config.cli.output import CommandError, Output
from conto.config.cli.session import set_up_django

_KINDS = ("price", "subscription", "invoice")


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe `conto price`."""
    price = commands.add_parser(
        "price",
        parents=[every],
        help="see what a price, a subscription or an invoice comes to",
        description="Takes the JSON that POST /api/v1/previews/… takes, and prints what that answers. Nothing is kept.",
    )
    price.add_argument("kind", choices=_KINDS, help="what the file describes")
    price.add_argument("file", help="a file with JSON, or - for the input")
    price.set_defaults(run=_price)


def _price(options: argparse.Namespace, output: Output) -> int:
    try:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
        given = json.loads(text)
    except ValueError as error:
        raise CommandError(f"This is not JSON: {error}") from error
    set_up_django("app")
    answer = _answer(options.kind, given)
    output.result(_in_words(options.kind, answer), **answer)
    return 0


def _answer(kind: str, given: Any) -> dict[str, Any]:
    from pydantic import ValidationError  # noqa: PLC0415 - what is heavy is loaded by the command that needs it

    from conto.api.encoding import as_json  # noqa: PLC0415 - needs Django set up
    from conto.api.nouns import preview_entries, previews  # noqa: PLC0415 - as above

    kinds: dict[str, tuple[Any, Any]] = {
        "price": (previews.PreviewPriceEntry, previews.price_preview),
        "subscription": (preview_entries.PreviewSubscriptionEntry, previews.subscription_preview),
        "invoice": (previews.PreviewInvoiceEntry, previews.invoice_preview),
    }
    entry, preview = kinds[kind]
    try:
        made = preview(entry.model_validate(given))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CommandError(f"{place or 'The JSON'}: {first['msg']}") from error
    answer: dict[str, Any] = json.loads(as_json(made))
    return answer


def _in_words(kind: str, answer: dict[str, Any]) -> str:
    from conto.domain.money import to_major  # noqa: PLC0415 - as above

    currency = answer["currency"]

    def money(minor: int) -> str:
        return f"{to_major(minor, currency)} {currency}"

    if kind == "price":
        return f"{money(answer['amount_minor'])}: {answer['derivation']['sentence']}"
    if kind == "invoice":
        totals = answer["totals"]
        net, tax, gross = (money(totals[f"{name}_minor"]) for name in ("net", "tax", "gross"))
        return f"net {net}, tax {tax}, together {gross}"
    lines = []
    for invoice in answer["invoices"]:
        lines.append(f"{invoice['on']}  {money(invoice['net_minor'])}")
        lines += [
            f"    {money(line['net_minor']):>16}  {line['item']} {line['starts_on']} – {_last_day(line['ends_on'])}: "
            f"{line['derivation']['sentence']}"
            for line in invoice["lines"]
        ]
    return "\n".join(lines) or "Nothing is billed until then."


def _last_day(ends_on: str) -> date:
    return date.fromisoformat(ends_on) - timedelta(days=1)
