"""How fast an online shop's orders become issued, paid and posted invoices, against a raw COPY of the same rows.

    python bench/orders.py ../shared/samples/orders/cdnow.txt [--home FOLDER]

One run, side by side: the import into a fresh book, the raw COPY of the rows that it wrote (binary, one COPY a table,
one transaction) into the same tables of another fresh book with every index, constraint and trigger in force, and
the import of a second series into the first book, which is warm by then. Ratios count; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent

# What a seller needs before the first order: written before the clock starts. Members, rates and texts are not read.
REFERENCE = [
    "accounts_business",
    "accounts_legalentity",
    "accounts_sellerbankaccount",
    "ledger_account",
    "catalog_item",
    "invoicing_documenttemplate",
    "invoicing_numberseries",
    "invoicing_numbercounter",
]
# What the import writes, children before their parents as the guards want it. The open items follow by trigger.
WRITTEN = [
    "crm_customer",
    "crm_address",
    "crm_taxidentifier",
    "crm_contact",
    "crm_searchtoken",
    "invoicing_party",
    "ledger_transfer",
    "ledger_entry",
    "invoicing_documentline",
    "invoicing_documenttax",
    "invoicing_documentallowance",
    "invoicing_document",
    "payments_payment",
    "payments_allocation",
    "audit_fact",
    "audit_factpayload",
]


def main() -> None:
    """Run the three and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--home", type=Path, help="an empty folder for the books; a temporary one without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conto-bench-") as folder:
        os.environ["CONTO_HOME"] = str(options.home or Path(folder))
        os.environ["PYTHONPATH"] = str(ROOT)
        sys.path.insert(0, str(ROOT))
        from conto.config.home import Home  # noqa: PLC0415 -- it reads the environment set above
        from conto.config.postgres.server import Server  # noqa: PLC0415

        home = Home.current()
        with Server(home).held():
            _compare(options.file)


def _compare(file: Path) -> None:
    for book in ("bench_fresh", "bench_raw"):
        conto("book", "delete", book, "--yes", check=False)
    shop = ["--business", "CD shop", "--country", "US", "--currency", "USD", "--zone", "America/New_York"]
    conto("book", "create", "bench_fresh", *shop)
    conto("book", "create", "bench_raw")
    fresh_seconds, facts = timed_import("bench_fresh", file)
    orders = int(facts["invoices"])
    raw_seconds, rows = raw_copy("bench_fresh", "bench_raw")
    warm_seconds, _ = timed_import("bench_fresh", file, "--source", "second", "--series", "SECOND")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"invoices                      {orders:>10,}")
    print(f"rows                          {rows:>10,}")
    print(f"import, fresh book            {fresh_seconds:>10.1f} s {orders / fresh_seconds:>8.0f} invoices/s")
    print(f"raw COPY of the same rows     {raw_seconds:>10.1f} s {orders / raw_seconds:>8.0f} invoices/s")
    print(f"import, warmed book           {warm_seconds:>10.1f} s {orders / warm_seconds:>8.0f} invoices/s")
    print(f"import against raw COPY       {raw_seconds / fresh_seconds:>10.2f}")
    print(f"fresh against warmed          {min(fresh_seconds, warm_seconds) / max(fresh_seconds, warm_seconds):>10.2f}")
    print(f"peak memory of one process    {peak:>10} MiB")


def conto(*arguments: str, check: bool = True) -> dict[str, object]:
    """Run a command of Conto and return the facts of its answer."""
    done = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", *arguments, "--json"], capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise SystemExit(f"conto {' '.join(arguments)}: {done.stdout}{done.stderr}")
    lines = done.stdout.strip().splitlines()
    return dict(json.loads(lines[-1])) if lines else {}


def timed_import(book: str, file: Path, *more: str) -> tuple[float, dict[str, object]]:
    """Import the orders into a book; the seconds are those of the whole command."""
    start = time.perf_counter()
    facts = conto("import", "orders", str(file), "--book", book, *more)
    return time.perf_counter() - start, facts


def raw_copy(
    source: str, target: str, *, reference: Sequence[str] = REFERENCE, written: Sequence[str] = WRITTEN
) -> tuple[float, int]:
    """Copy the written rows of one book into the same tables of another; the reading is not timed."""
    from conto.config.book import database_settings  # noqa: PLC0415 -- the home is set by now

    def connect(book: str) -> psycopg.Connection:
        known = database_settings(book, "owner")
        return psycopg.connect(
            dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"], port=known["PORT"]
        )

    with connect(source) as old, connect(target) as new:
        blobs = {table: _dump(old, table) for table in (*reference, *written)}
        for table in reference:
            _load(new, table, blobs[table])
        new.commit()
        start = time.perf_counter()
        rows = sum(_load(new, table, blobs[table]) for table in written)
        new.commit()
        return time.perf_counter() - start, rows


def _dump(connection: psycopg.Connection, table: str) -> bytes:
    statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(block) for block in copy)


def _load(connection: psycopg.Connection, table: str, blob: bytes) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(table))) as copy:
            for start in range(0, len(blob), 1 << 20):
                copy.write(blob[start : start + (1 << 20)])
        return cursor.rowcount


if __name__ == "__main__":
    main()
