"""The processes that `conto serve` starts: watched, started again when they die, stopped in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from conto.config.cli.output import Say

ROOT = Path(__file__).resolve().parents[3]
PARENT = "CONTO_PARENT"
PR_SET_PDEATHSIG = 1
STOP_SECONDS = 15
LONGEST_PAUSE_SECONDS = 15
STEADY_SECONDS = 30
LONGEST_LOG_BYTES = 10_000_000


@dataclass
class Child:
    """One process of ours, running `python -m conto.config.cli …`."""

    name: str
    arguments: list[str]
    log: Path | None = None  # where its own words go; without one, to the terminal
    env: dict[str, str] = field(default_factory=dict)  # what its surroundings have beside ours
    _running: "subprocess.Popen[bytes] | None" = None
    _started: float = 0.0
    _failures: int = 0
    _pause_until: float = 0.0

    def start(self) -> None:
        """Start the process, in a session of its own, so that Ctrl-C reaches it through us and in order."""
        self._started = time.monotonic()
        with self._open_log() as log:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "conto.config.cli", *self.arguments],
                env={**os.environ, **self.env, PARENT: str(os.getpid())},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _open_log(self) -> AbstractContextManager[IO[bytes] | None]:
        try:
            return self.log.open("ab") if self.log else nullcontext()
        except OSError:  # a full disk: its words go to the terminal
            return nullcontext()

    def exit_code(self) -> int | None:
        """Return how the process ended, None while it runs."""
        return None if self._running is None else self._running.poll()

    def keep_alive(self, say: Say) -> None:
        """Start the process again if it ended, after a pause that grows with every quick failure."""
        now = time.monotonic()
        if self._running is not None:
            code = self._running.poll()
            if code is None:
                return
            self._running = None
            self._failures = 0 if now - self._started > STEADY_SECONDS else self._failures + 1
            pause = min(LONGEST_PAUSE_SECONDS, 2 ** (self._failures - 1) if self._failures > 1 else 0.2)
            self._pause_until = now + pause
            where = f" What it said: {self.log}" if self.log else ""
            say(f"The {self.name} stopped ({_words(code)}); it is started again.{where}")
        if now >= self._pause_until:
            self.start()

    def stop(self) -> None:
        """Ask the process to finish, and end it if it does not."""
        if self._running is None or self._running.poll() is not None:
            return
        self._running.terminate()
        try:
            self._running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()


def log_file(folder: Path, name: str) -> Path:
    """Return the log of a child, the old one put aside when it has grown long."""
    log = folder / f"{name}.log"
    if log.exists() and log.stat().st_size > LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def die_with_parent() -> None:
    """Let the kernel end this process when the one that started it dies, however it dies."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def leave_if_orphaned() -> None:
    """Leave at once if the process that started this one is dead already."""
    parent = os.environ.get(PARENT, "")
    if parent and int(parent) != os.getppid():
        sys.exit(1)


def _words(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
