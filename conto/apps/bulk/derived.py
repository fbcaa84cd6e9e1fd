"""Columns that are made of another column of their row: whether they are right, and writing them anew."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Derived:
    """A column of text, the column that it is made of, and how."""

    model: type[models.Model]
    column: str
    source: str
    made: Callable[[str], str]

    def rows(self) -> Iterator[tuple[Any, str, str]]:
        """Give every row's key, what the column says and what it should say."""
        found = self.model._default_manager.values_list("pk", self.column, self.source)  # noqa: SLF001 -- Django's own
        for key, said, source in found.order_by("pk").iterator(chunk_size=_CHUNK):
            yield key, said, self.made(source)


def wrong_rows(columns: Iterable[Derived]) -> Iterator[str | None]:
    """Check derived columns: one item per row, words for one that is not what its source makes it."""
    for column in columns:
        table = column.model._meta.db_table  # noqa: SLF001 -- Django's public _meta
        for key, said, made in column.rows():
            yield None if said == made else f"{table}.{column.column} of {key} says {said!r}, not {made!r}"


def write_anew(columns: Iterable[Derived]) -> int:
    """Write every derived column that is not what its source makes it, and return how many there were."""
    changed = 0
    for column in columns:
        wrong = [(key, made) for key, said, made in column.rows() if said != made]
        for key, made in wrong:
            changed += column.model._default_manager.filter(pk=key).update(**{column.column: made})  # noqa: SLF001
    return changed
