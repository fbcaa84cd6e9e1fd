"""The one way to write frozen content as bytes, so that the same content has the same hash, and to read it back."""

import dataclasses
import json
import types
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

_WRITTEN_FIELDS: dict[type, tuple[tuple[str, Any], ...]] = {}


def canonical_bytes(content: Any) -> bytes:
    """Write dataclasses as canonical JSON: sorted keys, no spaces, defaults and what is only presentation left out."""
    return json.dumps(_plain(content), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_back(kind: type[T], written: bytes | str) -> T:
    """Read a dataclass back from its canonical bytes; what was left out has its default."""
    return cast("T", _read(kind, json.loads(written)))


def canonical_decimal(value: Decimal) -> str:
    """Write a decimal in one way only: no exponent, no trailing zeros."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _written_fields(kind: type) -> tuple[tuple[str, Any], ...]:
    """List the fields of a dataclass that belong to the content, each with its default."""
    known = _WRITTEN_FIELDS.get(kind)
    if known is None:
        fields = dataclasses.fields(kind)
        known = tuple((f.name, f.default) for f in fields if not f.metadata.get("presentation"))
        _WRITTEN_FIELDS[kind] = known
    return known


def _plain(value: Any) -> Any:
    """Turn a value into what JSON can carry without loss."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        return canonical_decimal(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    written = {}
    for name, default in _written_fields(type(value)):
        item = getattr(value, name)
        if item != default:
            written[name] = _plain(item)
    return written


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) in {Union, types.UnionType}:
        return _read(next(each for each in get_args(kind) if each is not type(None)), value)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], item) for item in value)
    if dataclasses.is_dataclass(kind):
        hints = _hints(cast("type", kind))
        return cast("type", kind)(**{name: _read(hints[name], item) for name, item in value.items()})
    return _simple(kind, value)


def _simple(kind: Any, value: Any) -> Any:
    if kind is Decimal:
        return Decimal(value)
    if kind is date:
        return date.fromisoformat(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value
