"""Bulk: many rows into one table at once.

It owns no table. It promises that a set of rows arrives by one COPY of the current transaction, with every constraint
and trigger of the table in force.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, TypeVar, cast

from django.db import connection, models
from django.db.models.base import ModelState
from psycopg.types.json import JsonbBinaryDumper

M = TypeVar("M", bound=models.Model)


def unstored(model: type[M], values: Mapping[str, Any]) -> M:
    """Make a row without storing it, from values by attribute (`…_id` of a foreign key); others are the defaults.

    It is what `model(**values)` makes in a tenth of the time, which counts where a run makes a hundred thousand.

    Raises: TypeError for a name that the model does not have.
    """
    count, plain, others = _defaults_of(model)
    made = {**plain, **{name: default() for name, default in others if name not in values}, **values}
    if len(made) > count:
        unknown = values.keys() - {each.attname for each in model._meta.concrete_fields}  # noqa: SLF001 -- documented API
        raise TypeError(f"{model.__name__} has no {sorted(unknown)}")
    return _with_values(model, made, ModelState())


def stored(model: type[M], values: dict[str, Any], using: str) -> M:
    """Make a row that was read from a database, as `model.from_db` does; what is not among the values is deferred."""
    state = ModelState()
    state.adding, state.db = False, using
    return _with_values(model, values, state)


def _with_values(model: type[M], values: dict[str, Any], state: ModelState) -> M:
    """Fill in a row by its dictionary: setting its attributes one by one is what making it spends its time on."""
    made = model.__new__(model)
    made.__dict__ = values | {"_state": state}
    return made


_PLAIN = (str, int, bool, Decimal, NoneType)
_Defaults = tuple[int, dict[str, Any], list[tuple[str, Callable[[], Any]]]]


@cache
def _defaults_of(model: type[models.Model]) -> _Defaults:
    """Give the number of a table's columns, the defaults that are the same for all rows, and what makes the others."""
    columns = model._meta.concrete_fields  # noqa: SLF001 -- documented API
    plain = {each.attname: each.get_default() for each in columns if not callable(each.default)}
    plain = {name: value for name, value in plain.items() if isinstance(value, _PLAIN)}
    others = [(each.attname, each.get_default) for each in columns if each.attname not in plain]
    return len(columns), plain, others


def copy_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `rows` (values in the order of `fields`) into the model's table by one binary COPY.

    Values are given as the database wants them: ids as UUID, JSON as `psycopg.types.json.Jsonb`, or as its text in
    bytes where that is at hand, foreign keys by their `…_id` attribute. Defaults of fields that are not named are the
    database's, not Django's.
    """
    statement, types = _words_of(model, tuple(fields))
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.adapters.register_dumper(None, _JsonDumper)
        with cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


class _JsonDumper(JsonbBinaryDumper):
    """Takes JSON that is written already as it is: a mass run has most of it at hand."""

    def dump(self, obj: Any) -> Any:
        return b"\x01" + obj if type(obj) is bytes else super().dump(obj)


@cache
def _words_of(model: type[models.Model], fields: tuple[str, ...]) -> tuple[str, list[str]]:
    meta = model._meta  # noqa: SLF001 -- documented API
    columns = [str(cast("models.Field[Any, Any]", meta.get_field(name)).column) for name in fields]
    named = ", ".join(f'"{column}"' for column in columns)
    types = _types_of(meta.db_table)
    return f'COPY "{meta.db_table}" ({named}) FROM STDIN (FORMAT binary)', [types[column] for column in columns]


@cache
def _types_of(table: str) -> dict[str, str]:
    """Ask the database what its columns hold; binary values are not converted on arrival."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        return {name: _TEXTS.get(kind, kind) for name, kind in cursor.fetchall()}


# All kinds of text travel alike, and psycopg writes the plain one.
_TEXTS = {"character varying": "text", "character": "text", "character varying[]": "text[]"}


def refresh_statistics() -> None:
    """Let the database count the rows of tables that grew by a fifth, so that a mass run is planned by what it wrote.

    Without it the checks of foreign keys are planned for empty tables and become several times slower.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT conto_analyze()")


def catch_up_statistics(model: type[models.Model], written: int) -> None:
    """Let the database count its rows anew where a run alone wrote four times what the database believes is there.

    So a fresh book is counted a few times while it grows, and a large one never.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])  # noqa: SLF001 -- documented API
        if cursor.fetchone()[0] < written / 4:
            refresh_statistics()


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep Python from looking for cycles while a chunk is worked on: what a chunk makes is gone with its last use.

    Looking through everything that a chunk holds, again and again, is a fifth of its time. Once is enough, after it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def mass_run() -> Iterator[None]:
    """Let this session look rows up by their keys, whatever the database believes the sizes of tables to be.

    The checks of foreign keys and the guards of documents keep the plans of their first use. On a fresh book that
    first use sees empty tables, and a plan that reads whole tables would grow slower with every chunk.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin")
