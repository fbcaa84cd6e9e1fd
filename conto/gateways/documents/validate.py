"""The judge of e-invoices: XSD and the CEN rules in one kept process, restarted when it fails, safe under threads."""

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Syntax = Literal["cii", "ubl"]

_WORKER = Path(__file__).with_name("validation_worker.py")
_READ_SIZE = 1 << 16


class ValidationUnavailable(Exception):  # noqa: N818 - it says what happened
    """The rules could not be asked, so nothing is known about the document; try again later."""


@dataclass(frozen=True, slots=True)
class ValidationFinding:
    """One remark of the rules, e.g. `BR-CO-15`, `fatal`."""

    id: str
    flag: str
    text: str


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What the rules said about one XML document; kept beside it."""

    syntax: Syntax
    findings: tuple[ValidationFinding, ...]
    rules: str
    seconds: float

    @property
    def ok(self) -> bool:
        """This property will say whether nothing worse than a warning was found."""
        return all(finding.flag == "warning" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """This function will give the report as it is stored."""
        findings = [{"id": f.id, "flag": f.flag, "text": f.text} for f in self.findings]
        return {
            "ok": self.ok,
            "syntax": self.syntax,
            "rules": self.rules,
            "seconds": self.seconds,
            "findings": findings,
        }


class Validator:
    """One worker process and the lock before it. It starts with the first question.

    Units: seconds. `first_seconds` is the patience for a question that may have to compile rules first.
    """

    def __init__(self, *, seconds: float = 20.0, first_seconds: float = 90.0, worker: Path = _WORKER) -> None:
        self._seconds = seconds
        self._first_seconds = first_seconds
        self._worker = worker
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner_pid = 0
        self._asked: set[str] = set()
        self._ticket = 0
        self._buffer = b""

    @property
    def worker_pid(self) -> int | None:
        """This property will name the running worker, if there is one."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def validate(self, syntax: Syntax, xml: bytes) -> ValidationReport:
        """This function will judge one document; a worker that dies or hangs is replaced once.

        Raises: ValidationUnavailable.
        """
        text = _without_declaration(xml)
        with self._lock:
            for attempt in (1, 2):
                try:
                    answer = self._ask(syntax, text)
                    break
                except _WorkerLost as lost:
                    self._stop()
                    if attempt == 2:
                        raise ValidationUnavailable(f"The e-invoice rules do not answer: {lost}") from lost
        if "problem" in answer:
            raise ValidationUnavailable(f"The e-invoice rules failed: {answer['problem']}")
        findings = tuple(ValidationFinding(*finding) for finding in answer["findings"])
        return ValidationReport(syntax, findings, answer["rules"], answer["seconds"])

    def close(self) -> None:
        """This function will stop the worker; the next question starts another."""
        with self._lock:
            self._stop()

    def _ask(self, syntax: Syntax, text: str) -> dict[str, Any]:
        process = self._running()
        self._ticket += 1
        patience = self._seconds if syntax in self._asked else self._first_seconds
        question = json.dumps({"id": self._ticket, "syntax": syntax, "xml": text})
        deadline = time.monotonic() + patience
        try:
            _write_all(process, question.encode() + b"\n", deadline)
        except OSError as gone:
            raise _WorkerLost("it has gone away") from gone
        answer: dict[str, Any] = json.loads(self._read_line(process, deadline))
        if answer.get("id") != self._ticket:
            raise _WorkerLost("it answered another question")
        self._asked.add(syntax)
        return answer

    def _read_line(self, process: subprocess.Popen[bytes], deadline: float) -> bytes:
        stdout = process.stdout
        if stdout is None:
            raise _WorkerLost("it has no output")
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                raise _WorkerLost("it took too long")
            read = os.read(stdout.fileno(), _READ_SIZE)
            if not read:
                raise _WorkerLost("it stopped in the middle")
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner_pid != os.getpid():  # a forked child must not share its parent's pipes
            self._process, self._owner_pid = None, os.getpid()
        process = self._process
        if process is None or process.poll() is not None:
            self._asked, self._buffer = set(), b""
            command = [sys.executable, "-P", str(self._worker)]
            process = self._process = subprocess.Popen(  # noqa: S603 - our own program, no words of others
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
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


class _WorkerLost(Exception):  # noqa: N818 - private
    """The worker died, hung or spoke out of turn."""


def _write_all(process: subprocess.Popen[bytes], content: bytes, deadline: float) -> None:
    """This function will write to the worker without ever waiting longer than the deadline."""
    if process.stdin is None:
        raise _WorkerLost("it has no input")
    pipe = process.stdin.fileno()
    while content:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([], [pipe], [], left)[1]:
            raise _WorkerLost("it does not listen")
        content = content[os.write(pipe, content) :]


def _without_declaration(xml: bytes) -> str:
    text = xml.decode()
    return text.partition("?>")[2].lstrip() if text.startswith("<?xml") else text


_kept: list[Validator] = []
_kept_lock = threading.Lock()


def validator() -> Validator:
    """This function will give the validator of this process, which keeps its worker until the process ends."""
    with _kept_lock:
        if not _kept:
            _kept.append(Validator())
            atexit.register(_kept[0].close)
        return _kept[0]


def validate(syntax: Syntax, xml: bytes) -> ValidationReport:
    """This function will judge one XML document by XSD and the CEN rules.

    Raises: ValidationUnavailable.
    """
    return validator().validate(syntax, xml)
