"""What backup, restore and upgrade of a large book take: time, size, memory, against pg_dump alone.

    CONTO_HOME=/tmp/copy-of-a-home python -m bench.backup BOOK

Works on the home that CONTO_HOME names: give it a copy. Makes one backup, restores it beside (compared and verified),
removes that book again. The ratio counts: how much longer than pg_dump with the same compression into a file.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from conto.config.backup.programs import address_of, program
from conto.config.cli.output import Output
from conto.config.cli.session import server_running
from conto.config.home import Home

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1_000_000


def conto(*arguments: str) -> tuple[dict[str, Any], float]:
    """Run a command and return what it said and the seconds it took."""
    begun = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", *arguments, "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    said = json.loads(answer.stdout)
    if not said["ok"]:
        raise SystemExit(said["error"])
    return said, time.perf_counter() - begun


def dumped(book: str) -> float:
    """Return the seconds that pg_dump alone takes, with the same compression."""
    address, environment = address_of(book, "owner")
    with tempfile.TemporaryFile() as file:
        begun = time.perf_counter()
        subprocess.run(
            [program("pg_dump"), "--format=custom", "--compress=6", f"--dbname={address}"],
            env=environment,
            stdout=file,
            check=True,
        )
        return time.perf_counter() - begun


def main(book: str) -> None:
    """Measure and print."""
    with server_running(Output(as_json=False)):
        upgraded, upgrade_seconds = conto("upgrade", "--book", book)
        print(f"upgrade ({upgraded['state']}): {upgrade_seconds:.1f} s")
        alone = dumped(book)
        made, backup_seconds = conto("backup", "--book", book)
        print(f"backup: {backup_seconds:.1f} s, {made['size_bytes'] / MEGABYTE:.1f} MB; pg_dump alone {alone:.1f} s")
        print(f"ratio to pg_dump alone: {backup_seconds / alone:.2f}")
        file = Home.current().backups / str(made["name"])
        restored, restore_seconds = conto("restore", str(file), "--book", f"{book}_again")
        rows = sum(count for count, _ in restored["tables"].values())
        print(f"restore, compared and verified: {restore_seconds:.1f} s for {rows:,} rows, {restored['facts']} facts")
        conto("book", "delete", f"{book}_again", "--yes")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MiB; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1])
