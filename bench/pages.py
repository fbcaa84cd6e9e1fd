"""How fast pages answer with a large book: warm p95 in the process and over HTTP, and how often each asks the database.

    python -m bench.pages ../shared/samples/orders/cdnow.txt [--orders 5000] [--home FOLDER] [--rounds 60]

An online shop's orders are imported into a book of the bench's own (or found there, with the same --home), then the
pages are asked in turns for ever other customers, words and places in the lists.

Beside the times stand the processor time of an answer and how much longer than its median a fixed piece of work takes
at its 95th percentile here: a machine that is shared makes that much of every p95 itself.
"""

from __future__ import annotations

import argparse
import logging
import secrets
from pathlib import Path
from typing import Any

from bench.asking import WARM_UP, Web, conto, cookie_of, home_of, in_turns, is_there, plus, timed, unevenness

BOOK = "bench_pages"
GOALS_MS = {"customer list": 60, "invoice list": 60, "search": 50, "customer page": 100}


def main() -> None:
    """Make the book, ask the pages, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--orders", type=int, default=0, help="only so many of the file's lines; all without it")
    parser.add_argument("--home", type=Path, help="a folder for the book, used again the next time")
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with home_of(BOOK, options.home) as folder:
        fill(options.file, options.orders, folder)
        measure(options.rounds)


def fill(file: Path, orders: int, folder: Path) -> None:
    """Import the orders, unless the book is here already."""
    if is_there(BOOK):
        return
    if orders:
        some = folder / "orders.txt"
        with file.open() as whole:
            some.write_text("".join(line for line, _ in zip(whole, range(orders), strict=False)))
        file = some
    shop = ["--business", "CD shop", "--country", "US", "--currency", "USD", "--zone", "America/New_York"]
    conto("book", "create", BOOK, *shop)
    conto("import", "orders", str(file), "--book", BOOK)


def measure(rounds: int) -> None:
    """Ask every page in the process and over HTTP, and print the table."""
    import django  # noqa: PLC0415 -- after the environment is set

    django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    logging.getLogger("conto.request").setLevel(logging.ERROR)  # its lines would stand between those of the table
    member = a_member()
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)
    pages = addresses(rounds + WARM_UP)
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM crm_customer), (SELECT count(*) FROM invoicing_document)")
        customers, documents = cursor.fetchone()
    print(f"{customers:,} customers, {documents:,} invoices; {rounds} answers after {WARM_UP} to warm up")
    print(f"a fixed piece of work: p95 {unevenness():.2f} times its median on this machine, now")
    print(
        f"{'page':<16}{'in process: CPU':>16}{'p50':>9}{'p95':>9}"
        f"{'over HTTP: p50':>17}{'p95':>9}{'goal':>9}{'queries':>9}"
    )
    with Web(cookie_of(client)) as web:
        for name, asked in pages.items():
            inside = timed(client.get, asked)
            outside = timed(web.get, asked)
            with CaptureQueriesContext(connection) as queries:
                client.get(asked[-1])
            goal = GOALS_MS[name]
            mark = "" if max(inside.p95, outside.p95) <= goal else "  MISSED"
            print(
                f"{name:<16}{inside.cpu:>13.1f} ms{inside.p50:>6.1f} ms{inside.p95:>6.1f} ms{outside.p50:>14.1f} ms"
                f"{outside.p95:>6.1f} ms{goal:>6} ms{len(queries):>9}{mark}"
            )


def a_member() -> Any:
    """Return the owner of the book, added when there is none yet."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from conto.apps.accounts import actions, queries  # noqa: PLC0415

    found = queries.members().filter(role="owner").first()
    return found or actions.add_first_owner(
        email="bench@conto.example", name="Bench", password=secrets.token_hex(8), at=datetime.now(UTC)
    )


def addresses(most: int) -> dict[str, list[str]]:
    """Return for each page the addresses to ask, each another customer, word or place."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM crm_customer ORDER BY md5(id::text) LIMIT %s", [most // 2])
        some = cursor.fetchall()
        cursor.execute(
            "SELECT customer_id FROM invoicing_document GROUP BY 1 ORDER BY count(*) DESC LIMIT %s", [most - most // 2]
        )
        busiest = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT number FROM invoicing_document ORDER BY md5(id::text) LIMIT %s", [most // 2])
        numbers = [row[0] for row in cursor.fetchall()]
    words = [name for _, name in some]
    views = ["", "?state=open", "?state=paid", *(f"?q={number}" for number in numbers)]
    return {
        "customer list": in_turns(["/customers/", *(f"/customers/?q={plus(word)}" for word in words)], most),
        "invoice list": in_turns([f"/invoices/{view}" for view in views], most),
        "search": in_turns([f"/search?q={plus(word)}" for word in [*words, *numbers]], most),
        "customer page": in_turns([f"/customers/{each}/" for each in [*busiest, *(row[0] for row in some)]], most),
    }


if __name__ == "__main__":
    main()
