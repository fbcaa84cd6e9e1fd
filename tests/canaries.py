"""Canaries: words that stand in every text of a book, each in one place only, so that an answer that tells says whence.

`fill` writes them behind the product's back, as the database's superuser, after the real actions have made one of
everything. What is no word of anybody's, such as a code, a digest or a language, is named in `tests.classified`; a new
column is in neither, so it gets canaries by itself, and the sweep asks who may read them.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.apps import apps
from django.db import models
from psycopg import sql

from conto.apps.messaging.queries import TO_MEMBERS
from tests.classified import CLOSED_LISTS, KEPT_APPS, NO_WORDS

_FOUND = re.compile(rb"zq([0-9a-f]{5})qz", re.IGNORECASE)
_SHORTEST = len("zq00000qz") + 1
_TEXTS = (models.CharField, models.TextField)


@dataclass(frozen=True)
class Place:
    """Where a canary stands."""

    column: str  # "crm.Note.body"; of a fact with its kind: "…body:note_added"
    row: Any


@dataclass
class Canaries:
    """All that were written into a book."""

    places: list[Place] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)  # what can carry none is looked for as it is: column by word

    def word(self, column: str, row: Any) -> str:
        """Return a new canary for one place."""
        self.places.append(Place(column, row))
        return f"zq{len(self.places) - 1:05x}qz"

    def seen_in(self, answer: Any) -> set[Place]:
        """Return the places of which an answer tells, in its body or its headers."""
        body = b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content
        if zipfile.is_zipfile(io.BytesIO(body)):  # a table for a spreadsheet
            with zipfile.ZipFile(io.BytesIO(body)) as packed:
                body = b"\n".join(packed.read(name) for name in packed.namelist())
        whole = body + b"\n" + "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
        found = {self.places[int(number, 16)] for number in set(_FOUND.findall(whole))}
        if self.words:
            plain = re.sub(rb"\s|\xc2\xa0|\xe2\x80\xaf", b"", whole)
            found |= {Place(column, word) for word, column in self.words.items() if word.encode() in plain}
        return found


def fill(admin_dsn: str) -> Canaries:
    """Put a canary into every text of a book, where the column's own rules allow one."""
    canaries = Canaries()
    with psycopg.connect(admin_dsn) as connection:
        # No trigger guards what is append-only, and no digest is made anew: only what people read is of interest here.
        connection.execute("SET session_replication_role = replica")
        for model, columns in _columns():
            _fill_table(connection, canaries, model, columns)
    return canaries


def text_columns() -> Iterator[str]:
    """Give every column that carries canaries."""
    for model, columns in _columns():
        for column in columns:
            yield f"{model._meta.label}.{column.name}"


def _columns() -> Iterator[tuple[Any, list[Any]]]:
    for model in apps.get_models():
        if model._meta.app_label in KEPT_APPS or not model._meta.managed:
            continue
        columns = [each for each in model._meta.concrete_fields if _carries(model, each)]
        if columns:
            yield model, columns


def _carries(model: Any, column: Any) -> bool:
    if column.name in CLOSED_LISTS or f"{model._meta.label}.{column.name}" in NO_WORDS or column.choices:
        return False
    is_long = column.max_length is None or column.max_length >= _SHORTEST
    return isinstance(column, models.JSONField) or (isinstance(column, _TEXTS) and is_long)


def _fill_table(connection: Any, canaries: Canaries, model: Any, columns: list[Any]) -> None:
    table, label = model._meta.db_table, model._meta.label
    key = model._meta.pk_fields[0].column  # of a composite one, whose record it is
    parts = _parts_of(connection, label)
    names = [each.column for each in columns]
    rows = connection.execute(
        sql.SQL("SELECT ctid, {}, {} FROM {}").format(
            sql.Identifier(key), sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
        )
    ).fetchall()
    change = sql.SQL("UPDATE {} SET {} WHERE ctid = %s").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names),
    )
    for place_on_disk, row_id, *values in rows:
        part = f":{parts[row_id]}" if row_id in parts else ""
        new = [
            _carrying(canaries, f"{label}.{each.name}{part}", row_id, each, value)
            for each, value in zip(columns, values, strict=True)
        ]
        connection.execute(change, [*new, place_on_disk])


def _parts_of(connection: Any, label: str) -> dict[Any, str]:
    """Return what sorts the rows of a table by their readers: the kind of a fact, whom a mail is written to."""
    match label:
        case "audit.FactPayload":
            return dict(connection.execute("SELECT id, kind FROM audit_fact").fetchall())
        case "messaging.Mail":
            rows = connection.execute("SELECT id FROM messaging_mail WHERE purpose = ANY(%s)", [list(TO_MEMBERS)])
            return {mail_id: "to_members" for (mail_id,) in rows.fetchall()}
    return {}


def _carrying(canaries: Canaries, place: str, row: Any, column: Any, value: Any) -> Any:
    if isinstance(column, models.JSONField):
        return None if value is None else json.dumps(_json(canaries, place, row, value))
    if value is None:
        return None  # nothing stands there
    room = column.max_length or 10**6
    word = canaries.word(place, row)
    if isinstance(column, models.URLField) or value.startswith("http"):
        return f"https://{word}.example"
    return f"{word}.{value}"[:room] if "@" in value else f"{word} {value}"[:room].strip()


def _json(canaries: Canaries, place: str, row: Any, value: Any, key: str = "") -> Any:
    match value:
        case dict():
            return {name: _json(canaries, place, row, item, name) for name, item in value.items()}
        case list():
            return [_json(canaries, place, row, item, key) for item in value]
        case str() if _is_words(key, value):
            return f"{canaries.word(place, row)}{'.' if '@' in value else ' '}{value}"
    return value


_NO_WORD = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\d.:T+Z-]+|[a-z_.]+|[A-Z]{2,3}|#[0-9a-fA-F]{6}|")


def _is_words(key: str, value: str) -> bool:
    # Ids, moments, amounts, kinds and codes are read by programs; what a person wrote has a space, a capital or an @.
    return key not in CLOSED_LISTS and not _NO_WORD.fullmatch(value)


def told(places: Iterable[Place]) -> list[str]:
    """Return the columns of some places, for a message."""
    return sorted({place.column for place in places})
