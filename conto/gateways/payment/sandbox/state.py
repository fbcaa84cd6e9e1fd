"""What the sandbox gateway remembers, in a file of its own: it is the outside world, not a part of the book."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS session (
    session TEXT PRIMARY KEY, reference TEXT UNIQUE, asked TEXT NOT NULL, state TEXT NOT NULL,
    payment_ref TEXT, failure_code TEXT DEFAULT '', failure TEXT DEFAULT '', succeeds_at REAL, opened_at REAL
);
CREATE TABLE IF NOT EXISTS refund (
    refund TEXT PRIMARY KEY, reference TEXT UNIQUE, asked TEXT NOT NULL, payment_ref TEXT, amount_minor INTEGER,
    state TEXT NOT NULL, failure TEXT DEFAULT ''
);
CREATE TABLE IF NOT EXISTS method (
    token TEXT PRIMARY KEY, session TEXT UNIQUE, number TEXT NOT NULL, brand TEXT NOT NULL, expires_on TEXT NOT NULL,
    is_forgotten INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY, event_id TEXT, url TEXT, body TEXT, due_at REAL, attempts INTEGER DEFAULT 0
);
"""


class Memory:
    """The file, one connection, one writer at a time."""

    def __init__(self, path: Path | str) -> None:
        Path(path).touch(mode=0o600)
        self._connection = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(_TABLES)
        self._lock = threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Let one thread read and write; all of it is kept or none."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def session(self, column: str, value: str) -> dict[str, Any] | None:
        """Give a session by its own id or by our reference."""
        return self._one("session" if column == "session" else "session_by_reference", value)

    def refund(self, reference: str) -> dict[str, Any] | None:
        """Give a refund by our reference."""
        return self._one("refund_by_reference", reference)

    def method(self, column: str, value: str) -> dict[str, Any] | None:
        """Give what was saved by its token or by the session in which it was."""
        with self._lock:
            row = self._connection.execute(_FINDS[f"method_by_{column}"], [value]).fetchone()
        return dict(row) if row else None

    def _one(self, name: str, value: str) -> dict[str, Any] | None:
        with self._lock:
            row = self._connection.execute(_FINDS[name], [value]).fetchone()
        if row is None:
            return None
        found = dict(row)
        found["asked"] = json.loads(found["asked"])
        return found

    def put_delivery(self, connection: sqlite3.Connection, event_id: str, url: str, body: str, wait: float) -> None:
        """Queue an event for delivery after some seconds."""
        connection.execute(
            "INSERT INTO delivery (event_id, url, body, due_at) VALUES (?, ?, ?, ?)",
            [event_id, url, body, time.time() + wait],
        )

    def due_deliveries(self) -> list[dict[str, Any]]:
        """Give the events whose time has come."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM delivery WHERE due_at <= ? ORDER BY due_at LIMIT 50", [time.time()]
            ).fetchall()
        return [dict(row) for row in rows]


_FINDS = {
    "session": "SELECT * FROM session WHERE session = ?",
    "session_by_reference": "SELECT * FROM session WHERE reference = ?",
    "method_by_token": "SELECT * FROM method WHERE token = ? AND NOT is_forgotten",
    "method_by_session": "SELECT * FROM method WHERE session = ?",
    "refund_by_reference": "SELECT * FROM refund WHERE reference = ?",
}
