"""Sealed fields of all areas: which key each is sealed with, whether each opens, and sealing them anew.

Each area names its own in its `sealed` module; a test made from the tables sees that none is missing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import QuerySet

from conto.apps.vault.sealing import active_key, seal, unseal, wait_for_sealers
from conto.domain.errors import RuleBroken

_BATCH = 200
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class SealedField:
    """A column that holds sealed text, or a text inside of a JSON column (`data__secret`)."""

    rows: Callable[[], QuerySet[Any]]
    path: str
    bound_to: Callable[[Any], tuple[str, UUID]]  # the column and row that the text is sealed for

    @property
    def model(self) -> type[models.Model]:
        """Return whose rows these are."""
        return self.rows().model

    @property
    def name(self) -> str:
        """Return the field's name as people in the database know it."""
        return f"{self.model._meta.db_table}.{self.path.replace('__', '.')}"  # noqa: SLF001 -- Django's public _meta

    @property
    def column(self) -> str:
        """Return the column of the table that holds it."""
        return self.path.partition("__")[0]

    def filled(self) -> QuerySet[Any]:
        """Return the rows that hold a sealed text."""
        return self.rows().exclude(**{self.path: ""}).exclude(**{f"{self.path}__isnull": True})

    def token(self, row: Any) -> str:
        """Return a row's sealed text."""
        head, *below = self.path.split("__")
        return str(reduce(lambda held, key: held[key], below, getattr(row, head)))

    def put(self, row: Any, token: str) -> None:
        """Write a row's sealed text, and nothing else of the row. Call it under the row's lock."""
        head, *below = self.path.split("__")
        if below:
            held = reduce(lambda held, key: held[key], below[:-1], getattr(row, head))
            held[below[-1]] = token
        else:
            setattr(row, head, token)
        row.save(update_fields=[head])


@dataclass(frozen=True, slots=True)
class Resealed:
    """What came of sealing anew: how many texts, and those that no key opens."""

    fields: int
    unopened: tuple[str, ...]


def keys_in_use(fields: Iterable[SealedField]) -> dict[str, int]:
    """Count the sealed texts of the book by the key that they name."""
    found: Counter[str] = Counter()
    for field in fields:
        for row in field.filled().iterator(chunk_size=_CHUNK):
            found[field.token(row).partition(".")[0]] += 1
    return dict(found)


def reseal(fields: Iterable[SealedField], *, say: Callable[[int], None] = lambda _: None) -> Resealed:
    """Seal every text that is not sealed with the active key anew, a few hundred in a transaction.

    Killed at any instant, it is called again and goes on with what is left. Whoever writes such a row locks it, and
    whoever seals is waited for, so that afterwards no text of a key of before can turn up.
    """
    fields, key_id = tuple(fields), active_key()
    with transaction.atomic():
        wait_for_sealers()
    done, unopened = 0, []
    for field in fields:
        for changed, closed in _batches(field, key_id):
            done += changed
            unopened += closed
            say(done)
    return Resealed(done, tuple(unopened))


def closed_fields(fields: Iterable[SealedField]) -> Iterator[str | None]:
    """Try every sealed text with the keys at hand: one item each, words for one that no key opens."""
    for field in fields:
        for row in field.filled().iterator(chunk_size=_CHUNK):
            yield None if _opened(field, row) is not None else f"{field.name} of row {row.pk}"


def _opened(field: SealedField, row: Any) -> str | None:
    column, row_id = field.bound_to(row)
    try:
        return unseal(field.token(row), column=column, row_id=row_id)
    except RuleBroken:
        return None


def _batches(field: SealedField, key_id: str) -> Iterator[tuple[int, list[str]]]:
    after: Any = None
    while True:
        with transaction.atomic():
            rows = field.filled().exclude(**{f"{field.path}__startswith": f"{key_id}."}).order_by("pk")
            if after is not None:
                rows = rows.filter(pk__gt=after)
            batch = list(rows.select_for_update(of=("self",))[:_BATCH])
            closed = []
            for row in batch:
                plain = _opened(field, row)
                if plain is None:
                    closed.append(f"{field.name} of row {row.pk}")
                    continue
                column, row_id = field.bound_to(row)
                field.put(row, seal(plain, column=column, row_id=row_id))
        if not batch:
            return
        yield len(batch) - len(closed), closed
        after = batch[-1].pk
