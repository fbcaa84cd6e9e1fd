"""The judge of e-invoices: XSD and the CEN rules in one kept process, restarted when it fails, safe under threads."""

import atexit
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from conto.gateways.documents.worker import Worker, WorkerLost

Syntax = Literal["cii", "ubl"]


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
        """Say whether nothing worse than a warning was found."""
        return all(finding.flag == "warning" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Give the report as it is stored."""
        findings = [{"id": f.id, "flag": f.flag, "text": f.text} for f in self.findings]
        return {
            "ok": self.ok,
            "syntax": self.syntax,
            "rules": self.rules,
            "seconds": self.seconds,
            "findings": findings,
        }


class Validator:
    """The rules in a worker process, which starts with the first question.

    Units: seconds. `first_seconds` is the patience for a question that may have to compile rules first.
    """

    def __init__(self, *, seconds: float = 20.0, first_seconds: float = 90.0, program: Path | None = None) -> None:
        self._seconds = seconds
        self._first_seconds = first_seconds
        self._worker = Worker("conto.gateways.documents.validation_worker", program=program)

    @property
    def worker_pid(self) -> int | None:
        """Name the running worker, if there is one."""
        return self._worker.pid

    def validate(self, syntax: Syntax, xml: bytes) -> ValidationReport:
        """Judge one document.

        Raises: ValidationUnavailable.
        """
        question = {"syntax": syntax, "xml": _without_declaration(xml)}
        try:
            answer = self._worker.ask(question, kind=syntax, seconds=self._seconds, first_seconds=self._first_seconds)
        except WorkerLost as lost:
            raise ValidationUnavailable(f"The e-invoice rules do not answer: {lost}") from lost
        if "problem" in answer:
            raise ValidationUnavailable(f"The e-invoice rules failed: {answer['problem']}")
        findings = tuple(ValidationFinding(*finding) for finding in answer["findings"])
        return ValidationReport(syntax, findings, answer["rules"], answer["seconds"])

    def close(self) -> None:
        """Stop the worker; the next question starts another."""
        self._worker.close()


def _without_declaration(xml: bytes) -> str:
    text = xml.decode()
    return text.partition("?>")[2].lstrip() if text.startswith("<?xml") else text


_kept: list[Validator] = []
_kept_lock = threading.Lock()


def validator() -> Validator:
    """Give the validator of this process, which keeps its worker until the process ends."""
    with _kept_lock:
        if not _kept:
            _kept.append(Validator())
            atexit.register(_kept[0].close)
        return _kept[0]


def validate(syntax: Syntax, xml: bytes) -> ValidationReport:
    """Judge one XML document by XSD and the CEN rules.

    Raises: ValidationUnavailable.
    """
    return validator().validate(syntax, xml)
