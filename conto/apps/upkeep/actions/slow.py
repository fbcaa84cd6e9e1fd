"""Note what took long: by its shape, a few hundred shapes at most."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

MOST_SHAPES = 200
_LONGEST_SHAPE = 2000
_LISTS = re.compile(r"\(\s*(?:%s|\?)(?:\s*,\s*(?:%s|\?))+\s*\)")
_LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_NOTE = """
INSERT INTO upkeep_slowwork (id, kind, shape, asked_by, times, total_ms, worst_ms, last_at)
VALUES (%s, %s, %s, %s, 1, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET asked_by = EXCLUDED.asked_by, times = upkeep_slowwork.times + 1,
    total_ms = upkeep_slowwork.total_ms + EXCLUDED.total_ms,
    worst_ms = greatest(upkeep_slowwork.worst_ms, EXCLUDED.worst_ms), last_at = EXCLUDED.last_at
"""
_FORGET = """
DELETE FROM upkeep_slowwork WHERE id IN (SELECT id FROM upkeep_slowwork ORDER BY last_at DESC, id OFFSET %s)
"""


def shape_of(sql: str) -> str:
    """Return a question to the database without what it was asked with: no numbers, no texts, lists as one place."""
    plain = _LITERALS.sub("?", " ".join(sql.split()))
    return _LISTS.sub("(…)", plain)[:_LONGEST_SHAPE]


@transaction.atomic
def note_slow(*, work: Sequence[tuple[str, str, int]], asked_by: str, now: datetime) -> None:
    """Note pages and questions that took long, each as its kind, what it was and its milliseconds."""
    with connection.cursor() as cursor:
        for kind, what, ms in sorted(work):  # in one order, so that two requests never wait for each other
            shape = shape_of(what) if kind == "query" else what[:_LONGEST_SHAPE]
            key = UUID(bytes=hashlib.sha256(f"{kind} {shape}".encode()).digest()[:16])
            cursor.execute(_NOTE, [key, kind, shape, asked_by[:200], ms, ms, now])
        cursor.execute(_FORGET, [MOST_SHAPES])


@transaction.atomic
def forget_slow() -> None:
    """Begin anew, for instance after an index was added."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM upkeep_slowwork")
