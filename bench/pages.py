"""How fast pages answer with a large book: warm p95 in the process and over HTTP, and how often each asks the database.

    python bench/pages.py ../shared/samples/orders/cdnow.txt [--orders 5000] [--home FOLDER] [--rounds 60]

An online shop's orders are imported into a book of the bench's own (or found there, with the same --home), then the
pages are asked in turns for ever other customers, words and places in the lists.

Beside the times stand the processor time of an answer and how much longer than its median a fixed piece of work takes
at its 95th percentile here: a machine that is shared makes that much of every p95 itself.
"""

from __future__ import annotations

import argparse
import http.client
import logging
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
BOOK = "bench_pages"
WARM_UP = 8
GOALS_MS = {"customer list": 60, "invoice list": 60, "search": 50, "customer page": 100}
Ask = Callable[[str], Any]


def main() -> None:
    """Make the book, ask the pages, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--orders", type=int, default=0, help="only so many of the file's lines; all without it")
    parser.add_argument("--home", type=Path, help="a folder for the book, used again the next time")
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conto-bench-") as folder:
        os.environ |= {"CONTO_HOME": str(options.home or folder), "CONTO_BOOK": BOOK, "PYTHONPATH": str(ROOT)}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "conto.config.settings", "CONTO_LOG_LEVEL": "ERROR"}
        sys.path.insert(0, str(ROOT))
        from conto.config.home import Home  # noqa: PLC0415 -- it reads the environment set above
        from conto.config.postgres.server import Server  # noqa: PLC0415

        with Server(Home.current()).held():
            fill(options.file, options.orders, Path(folder))
            measure(options.rounds)


def conto(*arguments: str, check: bool = True) -> None:
    """Run a command of Conto."""
    done = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", *arguments], capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise SystemExit(f"conto {' '.join(arguments)}: {done.stdout}{done.stderr}")


def fill(file: Path, orders: int, folder: Path) -> None:
    """Import the orders, unless the book is here already."""
    listed = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", "book", "list", "--json"], capture_output=True, text=True, check=True
    )
    if f'"{BOOK}"' in listed.stdout:
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
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    with Web(cookie) as web:
        for name, asked in pages.items():
            spent, inside_median, inside = timed(client.get, asked)
            _, outside_median, outside = timed(web.get, asked)
            with CaptureQueriesContext(connection) as queries:
                client.get(asked[-1])
            goal = GOALS_MS[name]
            mark = "" if max(inside, outside) <= goal else "  MISSED"
            print(
                f"{name:<16}{spent:>13.1f} ms{inside_median:>6.1f} ms{inside:>6.1f} ms{outside_median:>14.1f} ms"
                f"{outside:>6.1f} ms{goal:>6} ms{len(queries):>9}{mark}"
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


def plus(word: str) -> str:
    """Return a word as it stands in an address."""
    return word.replace("&", "%26").replace("#", "%23").replace(" ", "+")


def in_turns(some: list[str], most: int) -> list[str]:
    """Return so many addresses, from the beginning again when there are fewer."""
    return [some[n % len(some)] for n in range(most)]


def timed(ask: Ask, asked: list[str]) -> tuple[float, float, float]:
    """Return processor time (median), median and 95th percentile of the answers after the first few, in ms."""
    took, worked = [], []
    for n, address in enumerate(asked):
        begun, begun_work = time.perf_counter(), time.process_time()
        answer = ask(address)
        spent, work = (time.perf_counter() - begun) * 1000, (time.process_time() - begun_work) * 1000
        status = getattr(answer, "status_code", answer)
        if status != 200:
            raise SystemExit(f"{address}: {status}")
        if n >= WARM_UP:
            took.append(spent)
            worked.append(work)
    return statistics.median(worked), statistics.median(took), p95(took)


def p95(took: list[float]) -> float:
    """Return the 95th percentile."""
    return sorted(took)[max(0, int(len(took) * 0.95) - 1)]


def unevenness() -> float:
    """Return by how much a fixed piece of work of some 20 ms takes longer at its 95th percentile than at its median."""
    took = []
    for _ in range(200):
        begun = time.perf_counter()
        sum(n * n for n in range(200_000))
        took.append(time.perf_counter() - begun)
    return p95(took) / statistics.median(took)


class Web:
    """The web server on the book, one kept connection to it."""

    def __init__(self, cookie: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.cookie = cookie

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        arguments = [sys.executable, "-m", "conto.config.cli", "web", "--port", str(self.port)]
        self.process = subprocess.Popen(
            arguments, env={**os.environ, "CONTO_PORT": str(self.port)}, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            try:
                self.get("/offline")
                break
            except OSError:
                time.sleep(0.1)
        return self

    def get(self, address: str) -> int:
        """Ask for a page, read it to its end and return its status."""
        if not hasattr(self, "line"):
            line = http.client.HTTPConnection("localhost", self.port, timeout=30)
            line.connect()
            self.line = line
        self.line.request("GET", address, headers={"Cookie": self.cookie})
        answer = self.line.getresponse()
        answer.read()
        return answer.status

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.process.terminate()
        self.process.wait(20)


if __name__ == "__main__":
    main()
