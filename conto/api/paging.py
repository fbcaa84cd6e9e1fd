"""Pages of lists: an opaque cursor says behind which record the next page begins; nothing is counted."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from conto.api.problem import Refused

T = TypeVar("T")
MOST = 200
USUAL = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list."""

    rows: Annotated[Sequence[T], Field(description="The records of this page.")]
    next: Annotated[
        str | None, Field(description="Give this as `cursor` for the following page; null on the last one.")
    ]


class Paged(BaseModel):
    """Which page of a list."""

    cursor: str = Field("", description="The `next` of the page before.", max_length=600)
    limit: int = Field(USUAL, description="How many records a page has.", ge=1, le=MOST)


def written(parts: Sequence[Any]) -> str:
    """Return where a page begins as an opaque text."""
    plain = json.dumps([str(part) if not isinstance(part, str | int) else part for part in parts])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read(cursor: str, *kinds: Callable[[Any], Any]) -> list[Any]:
    """Return the parts of a cursor.

    Raises: Refused 422 for a text that is no cursor of this list.
    """
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise ValueError  # noqa: TRY301 -- one answer for all that is wrong
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]
    except (ValueError, TypeError, binascii.Error, ArithmeticError, RecursionError) as error:
        raise Refused(422, "cursor.unknown", _("This cursor belongs to no page of this list.")) from error


def keyset(
    rows: QuerySet[Any, Any],
    page: Paged,
    *,
    by: Sequence[str],
    kinds: Sequence[Callable[[Any], Any]],
    shape: Callable[[Any], T],
    is_downwards: bool = True,
) -> Page[T]:
    """Return a page of rows by columns that together name one row; no row before it is read."""
    side = "lt" if is_downwards else "gt"
    if page.cursor:
        rows = rows.filter(_behind(by, read(page.cursor, *kinds), side))
    ordered = rows.order_by(*(f"-{column}" if is_downwards else column for column in by))
    found = list(ordered[: page.limit + 1])
    shown = found[: page.limit]
    more = written([_value(shown[-1], column) for column in by]) if len(found) > page.limit else None
    return Page([shape(row) for row in shown], more)


def _behind(by: Sequence[str], at: Sequence[Any], side: str) -> Q:
    # The first condition alone lets the index start in the right place.
    behind = Q(**{f"{by[0]}__{side}e": at[0]})
    exact: Q | None = None
    same = Q()
    for column, value in zip(by, at, strict=True):
        step = same & Q(**{f"{column}__{side}": value})
        exact = step if exact is None else exact | step
        same &= Q(**{column: value})
    return behind & (exact or Q())


def _value(row: Any, column: str) -> Any:
    value = row[column] if isinstance(row, dict) else getattr(row, column)
    return value.isoformat() if isinstance(value, date) else value


def whole(rows: Iterable[T]) -> Page[T]:
    """Return a short list as its only page."""
    return Page(list(rows), None)
