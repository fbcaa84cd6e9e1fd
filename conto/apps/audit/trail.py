"""What runs in this thread, a request or a job: marks for every line of its log, and what it asked the database."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

MOST_SLOW = 5  # of one request or job
_HERE: ContextVar["Work | None"] = ContextVar("work", default=None)


@dataclass
class Work:
    """A request or a job while it runs."""

    marks: dict[str, Any]
    began_ns: int = field(default_factory=time.perf_counter_ns)
    queries: int = 0
    slowest_ms: int = 0
    slow: list[tuple[str, int]] = field(default_factory=list)

    @property
    def ms(self) -> int:
        """Return how long it has run."""
        return _ms_since(self.began_ns)

    def count(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django calls it so
        """Run a question to the database, counted and timed."""
        began_ns = time.perf_counter_ns()
        try:
            return execute(sql, params, many, context)
        finally:
            ms = _ms_since(began_ns)
            self.queries += 1
            self.slowest_ms = max(self.slowest_ms, ms)
            if ms >= settings.SLOW_QUERY_MS and len(self.slow) < MOST_SLOW:
                self.slow.append((str(sql), ms))

    def figures(self) -> dict[str, Any]:
        """Return how long it took and what it asked."""
        return {"ms": self.ms, "queries": self.queries, "slowest_ms": self.slowest_ms}


def _ms_since(began_ns: int) -> int:
    return (time.perf_counter_ns() - began_ns + 500_000) // 1_000_000


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
