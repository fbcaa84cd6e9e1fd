"""A look at the safety of this book: settings, database, people, rights that stand open, backups."""

from collections.abc import Iterator
from datetime import datetime

from conto.domain.checkup import Remark, gravest_first
from conto.flows.checkup.people import people_remarks
from conto.flows.checkup.rights import rights_remarks
from conto.flows.checkup.safekeeping import safekeeping_remarks
from conto.flows.checkup.surroundings import surroundings_remarks

__all__ = ["look_around"]


def look_around(*, now: datetime, at: datetime) -> list[Remark]:
    """Return every remark on the safety of this book, the gravest first; `now` is the real time, `at` the book's."""
    return gravest_first(_all(now, at))


def _all(now: datetime, at: datetime) -> Iterator[Remark]:
    yield from surroundings_remarks(now)
    yield from people_remarks(now, at)
    yield from rights_remarks(now, at)
    yield from safekeeping_remarks(now)
