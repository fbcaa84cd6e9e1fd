"""What operations read off a request, and records that must be there."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

T = TypeVar("T")


def found(record: T | None) -> T:
    """Return the record; what is not there or not visible is not found."""
    if record is None:
        raise Http404
    return record


def lock(rows: QuerySet[Any], row_id: UUID) -> None:
    """Hold a record until the transaction ends, so that it stays what was compared."""
    rows.order_by().select_related(None).select_for_update(of=("self",)).filter(id=row_id).values_list("id").first()


def given(entry: Any, *left_out: str) -> dict[str, Any]:
    """Return the fields that a request really has, for a change that leaves the others alone."""
    return {name: getattr(entry, name) for name in entry.model_fields_set if name not in left_out}
