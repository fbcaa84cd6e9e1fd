"""Questions to the database that are composed once and then asked with other values, as prepared statements.

Where a request reads twenty small things by their keys, putting the same words together anew each time costs more than
all answers. Such a question is written as any other one, with `given("name")` in the place of each value.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import psycopg
from django.db import connection, models, transaction
from django.db.models.expressions import Expression
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable, get_related_populators

from conto.apps.bulk import stored

_NOT_BY_ITSELF = 2**31

R = TypeVar("R")
_Converters = tuple[tuple[int, list[Any], Any], ...]


class _Given(Expression):
    """The place of a value that is told when the question is asked."""

    def __init__(self, name: str, output_field: "models.Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002 -- Django's own
        """Return a place for the value."""
        return "%s", [self]


def given(name: str, field: "models.Field[Any, Any] | None" = None) -> Any:
    """Return the place of a value that is told when the question is asked."""
    return _Given(name, field)


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class OneOf(models.Lookup):
    """`column__one_of=given("ids")`: the value is a list, and the words are the same however long it is."""

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return the condition."""
        column, before = self.process_lhs(compiler, connection)
        place, after = self.process_rhs(compiler, connection)
        return f"{column} = ANY({place})", [*before, *after]


class _Prepared(psycopg.Cursor[Any]):
    """Lets the server keep the plan of what it is asked."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        """Ask."""
        if isinstance(params, list):
            params = [_sent(each) for each in params]
        elif isinstance(params, dict):
            params = {name: _sent(each) for name, each in params.items()}
        return super().execute(query, params, **{"prepare": True, **more})


def _sent(value: Any) -> Any:
    """Write lists of keys as the database reads them, in a tenth of the time that one by one takes."""
    if isinstance(value, list) and value and isinstance(value[0], UUID):
        return f"{{{','.join([each.hex for each in value])}}}"
    return value


@dataclass(frozen=True, slots=True)
class _Words:
    """What a question was composed to, and how its answers are read."""

    sql: str
    params: tuple[Any, ...]
    locks: bool
    read: Callable[[tuple[Any, ...]], Any]
    converters: _Converters


class Composed(Generic[R]):
    """A question that is composed when it is asked first. Its rows are what the question's own would be.

    With `shares_json` JSON that says the same is read once and is one object in all rows: whoever asks changes none.
    """

    def __init__(self, compose: Callable[[], "models.QuerySet[Any, R]"], *, shares_json: bool = False) -> None:
        self._compose = compose
        self._shares_json = shares_json
        self._words: _Words | None = None

    def __call__(self, **values: Any) -> list[R]:
        """Ask with these values.

        Raises: TransactionManagementError for a question that locks, outside of a transaction.
        """
        words = self._words = self._words or _composed(self._compose(), shares_json=self._shares_json)
        if words.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("rows can only be locked inside a transaction")
        params = [values[each.name] if isinstance(each, _Given) else each for each in words.params]
        with prepared_cursor() as cursor:
            cursor.execute(words.sql, params)
            rows = cursor.fetchall()
        return [words.read(row) for row in _converted(rows, words.converters)]

    def first(self, **values: Any) -> R | None:
        """Return the first row, or nothing."""
        return next(iter(self(**values)), None)


def prepared_cursor() -> Any:
    """Return a cursor for words that are the same each time: the server reads and plans them once."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    line = connection.connection
    if line.prepare_threshold is None:  # Django's own: nothing may be prepared, not even on demand
        line.prepare_threshold = _NOT_BY_ITSELF
    cursor: Any = _Prepared(line)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)


def _converted(rows: list[tuple[Any, ...]], converters: _Converters) -> Iterator[Any]:
    if not converters:
        return iter(rows)
    return (_row(row, converters) for row in rows)


def _row(row: tuple[Any, ...], converters: _Converters) -> tuple[Any, ...]:
    values = list(row)
    for place, steps, expression in converters:
        for step in steps:
            values[place] = step(values[place], expression, connection)
    return tuple(values)


@lru_cache(4096)
def _shared(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _read_shared(value: Any, _expression: Any, _connection: Any) -> Any:
    return _shared(value)


def _composed(question: "models.QuerySet[Any, Any]", *, shares_json: bool) -> _Words:
    # What Django does for every question anew (ModelIterable and ValuesListIterable), kept.
    query = question.query
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    expressions = [each[0] for each in compiler.select[: compiler.col_count]]
    converters = tuple(
        (place, [_read_shared] if shares_json and isinstance(each.output_field, models.JSONField) else steps, each)
        for place, (steps, each) in compiler.get_converters(expressions).items()
    )
    return _Words(sql, tuple(params), query.select_for_update, _reader(question, compiler), converters)


def _only(row: tuple[Any, ...]) -> Any:
    return row[0]


def _whole(row: tuple[Any, ...]) -> Any:
    return row


_OTHERS: dict[type, Callable[[tuple[Any, ...]], Any]] = {FlatValuesListIterable: _only, ValuesListIterable: _whole}


def _reader(question: "models.QuerySet[Any, Any]", compiler: Any) -> Callable[[tuple[Any, ...]], Any]:
    kind = question._iterable_class  # noqa: SLF001
    if kind is not ModelIterable:
        return _OTHERS[kind]
    places = compiler.klass_info["select_fields"]
    first, end = places[0], places[-1] + 1
    names = [each[0].target.attname for each in compiler.select[first:end]]
    relatives = cast("Any", get_related_populators)(compiler.klass_info, compiler.select, question.db)
    model, using = compiler.klass_info["model"], question.db
    added = tuple(compiler.annotation_col_map.items())

    def read(row: tuple[Any, ...]) -> Any:
        record = stored(model, dict(zip(names, row[first:end], strict=True)), using)
        for each in relatives:
            each.populate(row, record)
        for name, place in added:
            setattr(record, name, row[place])
        return record

    return read
