"""What runs in this thread, a request or a job: marks for every line of its log, and what it asked the database."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

_HERE: ContextVar["Work | None"] = ContextVar("work", default=None)


@dataclass
class Work:
    """A request or a job while it runs."""

    marks: dict[str, Any]
    began: float = field(default_factory=time.perf_counter)
    queries: int = 0
    slowest_ms: float = 0.0

    @property
    def ms(self) -> float:
        """Return how long it has run."""
        return round((time.perf_counter() - self.began) * 1000, 1)

    def count(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django calls it so
        """Run a question to the database, counted and timed."""
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.slowest_ms = max(self.slowest_ms, round((time.perf_counter() - began) * 1000, 1))

    def figures(self) -> dict[str, Any]:
        """Return how long it took and what it asked."""
        return {"ms": self.ms, "queries": self.queries, "slowest_ms": self.slowest_ms}


@contextmanager
def working(**marks: Any) -> Iterator[Work]:
    """Let lines of the log that are written inside carry these marks, and count what the database is asked."""
    work = Work(marks)
    token = _HERE.set(work)
    try:
        with connection.execute_wrapper(work.count):
            yield work
    finally:
        _HERE.reset(token)


class AddMarks(logging.Filter):
    """Put the marks of what runs on each event of the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every event through, marked."""
        work = _HERE.get()
        for name, value in (work.marks if work else {}).items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
