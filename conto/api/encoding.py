"""Write answers as JSON: dataclasses by their fields, amounts as integers, decimals as texts, times in UTC."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

_NAMES: dict[type, tuple[str, ...]] = {}


def as_json(value: Any) -> bytes:
    """Return a value as JSON in UTF-8."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def number_text(value: Decimal) -> str:
    """Return a decimal without exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(value: Any) -> Any:
    kind = type(value)
    names = _NAMES.get(kind)
    if names is None and is_dataclass(kind):
        names = _NAMES[kind] = tuple(field.name for field in fields(kind))
    if names is not None:
        return {name: getattr(value, name) for name in names}
    for known, written in _WRITTEN:
        if isinstance(value, known):
            return written(value)
    return str(value)


_WRITTEN: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (UUID, str),
    (datetime, lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z")),
    (date, date.isoformat),
    (Decimal, number_text),
    (Enum, lambda value: value.value),
    ((set, frozenset), sorted),
)
