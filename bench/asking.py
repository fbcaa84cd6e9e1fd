"""What benches of pages share: a book of the bench's own, the server on it, and clocks that say what they saw.

A machine that is shared makes a part of every 95th percentile itself: `unevenness` says how large that part is now, and
processor time stands beside the times.
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote_plus

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 8
KEPT_SECONDS = 15  # the server closes a connection that was silent for thirty
Ask = Callable[[str], Any]


class NotAnsweredError(Exception):
    """A page that did not come."""


@contextmanager
def home_of(book: str, home: Path | None) -> Iterator[Path]:
    """Run a block with a book's address in the environment and its database server running; give a scratch folder."""
    with tempfile.TemporaryDirectory(prefix="conto-bench-") as folder:
        os.environ |= {"CONTO_HOME": str(home or folder), "CONTO_BOOK": book, "PYTHONPATH": str(ROOT)}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "conto.config.settings", "CONTO_LOG_LEVEL": "ERROR"}
        from conto.config.home import Home  # noqa: PLC0415 -- it reads the environment set above
        from conto.config.postgres.server import Server  # noqa: PLC0415

        with Server(Home.current()).held():
            yield Path(folder)


def conto(*arguments: str) -> str:
    """Run a command of Conto and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "conto.config.cli", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"conto {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def is_there(book: str) -> bool:
    """Tell whether the home has a book of this name."""
    return f'"{book}"' in conto("book", "list", "--json")


def cookie_of(client: Any) -> str:
    """Return the cookies of somebody who signed in, for requests over HTTP."""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def plus(word: str) -> str:
    """Return a word as it stands in an address."""
    return quote_plus(word)


def in_turns(some: list[str], most: int) -> list[str]:
    """Return so many addresses, from the beginning again when there are fewer."""
    return [some[n % len(some)] for n in range(most)]


@dataclass(frozen=True, slots=True)
class Timed:
    """What answers took, without the first few, in milliseconds; `cpu` is the median of the processor time."""

    cpu: float
    took: list[float]

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.took)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return p95(self.took)


def timed(ask: Ask, asked: list[str]) -> Timed:
    """Return what the answers took.

    Raises: NotAnsweredError for anything but a page.
    """
    took, worked = [], []
    for n, address in enumerate(asked):
        begun, begun_work = time.perf_counter(), time.process_time()
        answer = ask(address)
        spent, work = (time.perf_counter() - begun) * 1000, (time.process_time() - begun_work) * 1000
        status = getattr(answer, "status_code", answer)
        if status != 200:
            raise NotAnsweredError(f"{address}: {status}")
        if n >= WARM_UP:
            took.append(spent)
            worked.append(work)
    return Timed(statistics.median(worked), took)


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
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- what the server says; closed as it ends

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        arguments = [sys.executable, "-m", "conto.config.cli", "web", "--port", str(self.port)]
        self.process = subprocess.Popen(arguments, env={**os.environ, "CONTO_PORT": str(self.port)}, stderr=self.said)
        for _ in range(300):
            try:
                self.get("/offline")
                break
            except OSError:
                time.sleep(0.1)
        return self

    def get(self, address: str, headers: dict[str, str] | None = None) -> int:
        """Ask for a page, read it to its end and return its status."""
        if not hasattr(self, "line") or time.monotonic() - self.asked > KEPT_SECONDS:
            line = http.client.HTTPConnection("localhost", self.port, timeout=30)
            line.connect()
            self.line = line
        self.line.request("GET", address, headers={"Cookie": self.cookie, **(headers or {})})
        answer = self.line.getresponse()
        answer.read()
        self.asked = time.monotonic()
        return answer.status

    def last_words(self) -> str:
        """Return the end of what the server said."""
        self.said.seek(0)
        return self.said.read()[-4000:]

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.process.terminate()
        self.process.wait(20)
        self.said.close()
