"""A program of our own that is kept running and asked by lines of JSON: a crash or a hang costs it, not its caller.

What runs here can take much memory or die (XSLT engine, typesetting of what strangers wrote). One lock serves threads;
a forked child starts its own.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_READ_SIZE = 1 << 18
_CODE = Path(__file__).parents[3]


class WorkerLost(Exception):  # noqa: N818 - it says what happened
    """The worker died, hung or spoke out of turn, twice."""


class Worker:
    """One worker: `python -m module`, or a file for the tests."""

    def __init__(self, module: str, *, program: Path | None = None) -> None:
        self._command = [sys.executable, str(program)] if program else [sys.executable, "-P", "-m", module]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner_pid = 0
        self._ticket = 0
        self._buffer = b""
        self._warm: set[str] = set()

    @property
    def pid(self) -> int | None:
        """Name the running worker, if there is one."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def ask(self, question: Mapping[str, Any], *, kind: str, seconds: float, first_seconds: float) -> dict[str, Any]:
        """Get an answer; a worker that is lost is replaced and asked again once.

        The first question of a kind is given more time, since the worker has to prepare for it. A worker that took
        too long is not asked again: the question is to blame.

        Raises: WorkerLost.
        """
        with self._lock:
            for is_last in (False, True):
                patience = seconds if kind in self._warm else first_seconds
                try:
                    answer = self._exchange(question, time.monotonic() + patience)
                    self._warm.add(kind)
                except _TooLong:
                    self._stop()
                    raise
                except WorkerLost:
                    self._stop()
                    if is_last:
                        raise
                else:
                    return answer
        raise WorkerLost("it was never asked")

    def close(self) -> None:
        """Stop the worker; the next question starts another."""
        with self._lock:
            self._stop()

    def _exchange(self, question: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        process = self._running()
        self._ticket += 1
        content = json.dumps({"id": self._ticket, **question}).encode() + b"\n"
        try:
            _write_all(process, content, deadline)
        except OSError as gone:
            raise WorkerLost("it has gone away") from gone
        answer: dict[str, Any] = json.loads(self._read_line(process, deadline))
        if answer.get("id") != self._ticket:
            raise WorkerLost("it answered another question")
        return answer

    def _read_line(self, process: subprocess.Popen[bytes], deadline: float) -> bytes:
        stdout = process.stdout
        if stdout is None:
            raise WorkerLost("it has no output")
        parts = [self._buffer]
        while b"\n" not in parts[-1]:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                raise _TooLong("it took too long")
            read = os.read(stdout.fileno(), _READ_SIZE)
            if not read:
                raise WorkerLost("it stopped in the middle")
            parts.append(read)
        line, _, self._buffer = b"".join(parts).partition(b"\n")
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner_pid != os.getpid():  # a forked child must not share its parent's pipes
            self._process, self._owner_pid = None, os.getpid()
        process = self._process
        if process is None or process.poll() is not None:
            self._warm, self._buffer = set(), b""
            environment = {**os.environ, "PYTHONPATH": str(_CODE)}
            process = self._process = subprocess.Popen(  # noqa: S603 - our own program, no words of others
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal is the server's to answer
            )
            if process.stdin:
                os.set_blocking(process.stdin.fileno(), False)
        return process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner_pid != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


class _TooLong(WorkerLost):
    """The worker did not answer in time."""


def _write_all(process: subprocess.Popen[bytes], content: bytes, deadline: float) -> None:
    """Write to the worker without ever waiting longer than the deadline."""
    if process.stdin is None:
        raise WorkerLost("it has no input")
    pipe = process.stdin.fileno()
    rest = memoryview(content)
    while rest:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([], [pipe], [], left)[1]:
            raise _TooLong("it does not listen")
        rest = rest[os.write(pipe, rest) :]


def answer_lines(answer: Any) -> None:
    """Be a worker's main loop: one line of JSON in, one out, until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    for line in sys.stdin.buffer:
        question = json.loads(line)
        try:
            said = answer(question)
        except Exception as problem:  # noqa: BLE001 - told to the caller, who decides
            said = {"problem": f"{type(problem).__name__}: {problem}"}
        answers.write(json.dumps({"id": question["id"], **said}) + "\n")
        answers.flush()
