"""How long a program waits that issues an invoice through the API: four programs at once, and one alone.

    python -m bench.api [--issues 480] [--clients 4]

A book of the bench's own is served as `conto serve` serves it: Granian, the worker, the embedded database, real sockets
with kept connections. The clients are processes of their own, so that they wait for the server and not for each other.
Drafts are begun before; what is measured is `POST /api/v1/drafts/…/issue` with an idempotency key of its own, from the
first byte sent to the last byte read. The bound is for a quiet machine: what others take of it is printed beside.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from conto.config.home import Home

ROOT = Path(__file__).resolve().parent.parent
BOOK = "bench_api"
WARM_UP = 80
BOUND_MS = 100
CUSTOMERS = 40
QUIET = 0.1  # others may take this share of the machine before a missed bound says nothing
TICK = 1000 / os.sysconf("SC_CLK_TCK")
ADDRESS = {"country": "DE", "line1": "Weg 2", "postcode": "10115", "city": "Berlin"}
SELLER = {"line1": "Torstraße 1", "postcode": "10119", "city": "Berlin", "vat_number": "DE136695976"}


def main() -> None:
    """Make the book, serve it, issue and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=480)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--processes", help="of the web server; as `conto serve` chooses without it")
    parser.add_argument("--home", type=Path, help="a folder for the book, used again the next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="conto-bench-") as folder:
        os.environ |= {"CONTO_HOME": str(options.home or folder), "CONTO_BOOK": BOOK, "PYTHONPATH": str(ROOT)}
        os.environ |= {"CONTO_API_REQUESTS_OF_KEY": "1000000", "CONTO_API_REQUESTS_OF_ADDRESS": "1000000"}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "conto.config.settings", "CONTO_LOG_LEVEL": "ERROR"}
        shop = ["--business", "Nordlicht Studio", "--country", "DE", "--currency", "EUR", "--zone", "Europe/Berlin"]
        if not (options.home and options.home.exists()):
            subprocess.run([sys.executable, "-m", "conto.config.cli", "book", "create", BOOK, *shop], check=True)
        with served(options.processes) as site:
            measure(site, options.issues, options.clients)


@dataclass(frozen=True)
class Site:
    """A served book, and the key that opens it."""

    port: int
    process: int
    token: str

    def ask(self, line: http.client.HTTPConnection, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Send a request over a kept connection and return what came back."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        line.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, headers)
        answer = line.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {content.decode()[:500]}")
        return json.loads(content)

    def line(self) -> http.client.HTTPConnection:
        """Open a connection that is kept."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.connect()
        return line


@contextmanager
def served(processes: str | None) -> Iterator[Site]:
    """Serve the book until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [sys.executable, "-m", "conto.config.cli", "serve", "--port", str(port), "--json"]
    arguments += ["--processes", processes] if processes else []
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if not json.loads(process.stdout.readline())["ok"]:
            raise SystemExit("the book could not be served")
        yield Site(port, process.pid, make_key())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def make_key() -> str:
    """Make a key that may all that an owner may."""
    code = (
        "import django; django.setup()\n"
        "from datetime import UTC, datetime\n"
        "from conto.apps.accounts import actions as accounts\n"
        "from conto.apps.integrations import actions\n"
        "from conto.domain.facts import SYSTEM\n"
        "from conto.domain.permissions import GRANTS, Role\n"
        "now = datetime.now(UTC)\n"
        f"member = accounts.add_member(email='{secrets.token_hex(4)}@conto.example', name='Bench', role=Role.OWNER,"
        f" password='bench-{secrets.token_hex(8)}', language='en', actor=SYSTEM, at=now)\n"
        "made = actions.make_key(member=member, name='Shop', scopes=GRANTS[Role.OWNER], lasts_days=None,"
        " actor=SYSTEM, at=now, now=now)\n"
        "print(made.token)\n"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if made.returncode:
        raise SystemExit(made.stderr)
    return made.stdout.strip().splitlines()[-1]


def measure(site: Site, issues: int, clients: int) -> None:
    """Issue with every client at once and with one alone, and print both."""
    drafts = begin_drafts(site, WARM_UP + issues + issues // 4)
    with ProcessPoolExecutor(clients, mp_context=get_context("fork")) as pool:
        issue_all(pool, site, drafts[:WARM_UP], clients)
        together = Run.of(pool, site, drafts[WARM_UP : WARM_UP + issues], clients)
        alone = Run.of(pool, site, drafts[WARM_UP + issues :], 1)
    print(
        f"{'':<14}{'p50':>8}{'p95':>8}{'p99':>8}{'most':>8} ms{'issues/s':>10}{'web CPU':>10}{'db CPU':>9} ms  others"
    )
    for name, run in ((f"{clients} clients", together), ("one alone", alone)):
        print(run.row(name))
    print(f"{issues} issues after {WARM_UP} to warm up; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if together.percentile(99) >= BOUND_MS:
        quiet = together.others < QUIET
        print(f"MISSED: p99 under {BOUND_MS} ms" if quiet else f"over {BOUND_MS} ms, but the machine was not quiet")
        raise SystemExit(1 if quiet else 0)


def begin_drafts(site: Site, count: int) -> list[str]:
    """Begin drafts of three lines for different customers, each over another amount."""
    line = site.line()
    seller = site.ask(line, "GET", "/legal-entities")[0]["id"]
    site.ask(line, "PATCH", f"/legal-entities/{seller}", SELLER)
    customers = [
        site.ask(line, "POST", "/customers", {"name": f"Kunde {n}", "email": f"a@k{n}.example", "billing": ADDRESS})
        for n in range(CUSTOMERS)
    ]
    made = []
    for n in range(count):
        lines = [
            {"name": "Chair", "quantity": "2", "unit_price": f"{100 + n}.50"},
            {"name": "Freight", "quantity": "1", "unit_price": "9.90"},
            {"name": "Assembly", "quantity": "1.5", "unit_price": "60"},
        ]
        body = {"customer_id": customers[n % CUSTOMERS]["id"], "lines": lines, "delivered_on": "2026-11-01"}
        draft = site.ask(line, "POST", "/drafts", body)
        stands = [check for check in draft["checks"] if check["severity"] == "block"]
        if stands:
            raise SystemExit(f"the draft cannot be issued: {stands}")
        made.append((draft["id"], {check["code"]: "as agreed" for check in draft["checks"]}))
    return made


def issue_all(pool: ProcessPoolExecutor, site: Site, drafts: Sequence[Any], clients: int) -> list[float]:
    """Issue drafts, shared among clients that start together, and return what each took in milliseconds."""
    start = time.monotonic() + 0.3
    shares = [(site, drafts[n::clients], start) for n in range(clients)]
    return [took for some in pool.map(issue_some, shares) for took in some]


def issue_some(share: tuple[Site, Sequence[Any], float]) -> list[float]:
    """Issue the drafts of one client over its kept connection."""
    site, drafts, start = share
    line = site.line()
    time.sleep(max(0, start - time.monotonic()))
    took = []
    for draft_id, overrides in drafts:
        begun = time.perf_counter()
        made = site.ask(line, "POST", f"/drafts/{draft_id}/issue", {"overrides": overrides}, key=f"issue-{draft_id}")
        took.append((time.perf_counter() - begun) * 1000)
        assert made["number"]
    line.close()
    return took


@dataclass(frozen=True)
class Run:
    """What issuing took."""

    took: list[float]
    seconds: float
    web_ms: float
    database_ms: float
    others: float

    @classmethod
    def of(cls, pool: ProcessPoolExecutor, site: Site, drafts: Sequence[Any], clients: int) -> Run:
        """Issue and measure."""
        before, begun = used(site), time.perf_counter()
        took = issue_all(pool, site, drafts, clients)
        seconds = time.perf_counter() - begun
        spent = {name: ms - before[name] for name, ms in used(site).items()}
        others = max(0.0, spent["machine"] - spent["web"] - spent["database"] - spent["rest"])
        share = others / (seconds * 1000 * (os.cpu_count() or 1))
        return cls(sorted(took), seconds, spent["web"] / len(took), spent["database"] / len(took), share)

    def percentile(self, which: int) -> float:
        """Return the time that so many of a hundred stayed under."""
        return self.took[min(len(self.took) - 1, len(self.took) * which // 100)]

    def row(self, name: str) -> str:
        """Return the figures as a line of the table."""
        times = "".join(f"{self.percentile(which):>8.1f}" for which in (50, 95, 99, 100))
        rate = len(self.took) / self.seconds
        return f"{name:<14}{times}{rate:>10.1f}{self.web_ms:>9.1f}{self.database_ms:>8.1f}{self.others:>8.0%}"


def used(site: Site) -> dict[str, float]:
    """Return the processor time used so far in milliseconds: by the web process, the database, us, the machine."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    words: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            words[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        spent[int(folder.name)] = (int(fields[11]) + int(fields[12])) * TICK
    postmaster = int((Home.current().postgres / "data" / "postmaster.pid").read_text().split()[0])
    found = {"web": 0.0, "database": 0.0, "rest": 0.0}
    for pid, ms in spent.items():
        line = ancestors(pid, parents)
        if postmaster in line:
            found["database"] += ms
        elif site.process in line:
            is_web = any(words.get(each, "").startswith("granian") for each in line)
            found["web" if is_web else "rest"] += ms
        elif os.getpid() in line:
            found["rest"] += ms
    whole = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return {**found, "machine": (sum(whole) - whole[3] - whole[4]) * TICK}


def ancestors(pid: int, parents: dict[int, int]) -> list[int]:
    """Return a process and those that started it."""
    line = [pid]
    while parents.get(line[-1], 0) > 1:
        line.append(parents[line[-1]])
    return line


if __name__ == "__main__":
    main()
