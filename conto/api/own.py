"""Fields of one's own in requests and answers: under the key `own` of each noun that has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field, StrictInt

from conto.api.fields import Currency, Entry, Minor
from conto.apps.fields.filters import Wanted, asked_by_programs, wanted_in
from conto.apps.fields.queries import fields_of
from conto.apps.payments.queries import roll_ups
from conto.domain.fields import Subject

if TYPE_CHECKING:
    from conto.api.door import Caller

Own = Annotated[
    dict[str, Any],
    Field(
        description="Values of own fields by key, those that are empty or not to be seen left out.",
        examples=[{}],
    ),
]
OwnAsked = Annotated[
    list[Annotated[str, Field(max_length=300)]],
    Field(
        description="What own fields have to be: `key:value`, or `key:from..until` for numbers, amounts and days.",
        max_length=20,
    ),
]


class OwnAmount(Entry):
    """An amount of an own field."""

    amount_minor: Minor
    currency: Currency


OwnValue = str | StrictInt | list[str] | OwnAmount | None
OwnGiven = Annotated[
    dict[Annotated[str, Field(max_length=40)], OwnValue],
    Field(
        description="Values of own fields by key; null empties one. Numbers are texts, days like 2026-11-22, amounts"
        " have `amount_minor` and `currency`, several choices are a list.",
        max_length=60,
        examples=[{}],
    ),
]


def own_of(entry: Any) -> dict[str, Any]:
    """Return the values that a request gives, as the area takes them."""
    values: Mapping[str, Any] = entry.own
    return {key: value.model_dump() if isinstance(value, OwnAmount) else value for key, value in values.items()}


def own_shapes(caller: Caller, subject: Subject, customer_of: Mapping[UUID, UUID | None]) -> dict[UUID, dict[str, Any]]:
    """Return the values of some records as the API gives them, as far as the caller may see them."""
    seen = roll_ups.seen_fields(caller.business, subject, caller.member)
    shown = roll_ups.shown_values(caller.business, subject, customer_of, shown=seen, today=caller.today)
    return {id_: {key: value for key, value in held.items() if value is not None} for id_, held in shown.items()}


def own_wanted(caller: Caller, subject: Subject, asked: Sequence[str]) -> tuple[Wanted, ...]:
    """Return what a list is asked for.

    Raises: EntryRefused for what no field can be.
    """
    if not asked:
        return ()
    seen = roll_ups.seen_fields(caller.business, subject, caller.member)
    return wanted_in(
        fields_of(caller.business, subject), asked_by_programs(asked), currency=caller.business.currency,
        asks_formulas=subject is Subject.CUSTOMER, seen=seen,
    )  # fmt: skip
