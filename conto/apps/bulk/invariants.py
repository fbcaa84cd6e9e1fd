"""What must always hold, as questions to the database that an empty answer answers well."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule of the book. `checked` counts what it is about; `violations` returns one line of text per breach."""

    id: str
    words: str
    checked: str
    violations: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: how many rows it looked at, and the first breaches in words."""

    id: str
    words: str
    checked: int
    violated: int
    shown: tuple[str, ...]


def ask(invariant: Invariant) -> Verdict:
    """Check one invariant over the whole book with two statements."""
    with connection.cursor() as cursor:
        cursor.execute(invariant.checked)
        checked = int(cursor.fetchone()[0])
        cursor.execute(invariant.violations)
        shown = [str(row[0]) for row in cursor.fetchmany(MOST_SHOWN)]
        violated = max(cursor.rowcount, len(shown))
    return Verdict(invariant.id, invariant.words, checked, violated, tuple(shown))


def verdict_of(number: str, words: str, breaches: Iterable[str | None]) -> Verdict:
    """Check an invariant that only Python can compute: one item per row, text for a breach."""
    checked = violated = 0
    shown: list[str] = []
    for breach in breaches:
        checked += 1
        if breach is not None:
            violated += 1
            if len(shown) < MOST_SHOWN:
                shown.append(breach)
    return Verdict(number, words, checked, violated, tuple(shown))


@contextmanager
def one_view_of_the_book() -> Iterator[None]:
    """Look at the book as it stood at one instant, with plans that suit whole tables."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


Check = Callable[[], Verdict]
