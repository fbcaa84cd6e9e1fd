"""The kinds of values that requests and answers are made of, each with its description and an example."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_WHOLE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = r"^-?[0-9]{1,11}(\.[0-9]{1,12})?$"
_NUMBER_READ = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,12})?")
MOST_MINOR = 10**14


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("int_type", "Input should be a whole number")
    return value


def _yes_or_no(value: Any) -> Any:
    if not isinstance(value, bool):
        raise PydanticCustomError("bool_type", "Input should be true or false")
    return value


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _WHOLE_DAY.fullmatch(value):
        raise PydanticCustomError("date_type", "Input should be a day like 2026-11-22")
    return value


def _id(value: Any) -> Any:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise PydanticCustomError("uuid_type", "Input should be an id like 0199e8a2-7c1d-7000-8000-0242ac120002")
    return value


def instant_of(written: datetime | str) -> datetime:
    """Return an instant in UTC, with whatever offset it was written; without any it is one in UTC.

    Raises: ValueError for what is no instant, or one outside of the calendar.
    """
    at = datetime.fromisoformat(written) if isinstance(written, str) else written
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("outside of the calendar") from error


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not _NUMBER_READ.fullmatch(value):
        raise PydanticCustomError("number_type", 'Input should be a number written as a text, like "19.5"')
    return value


class Entry(BaseModel):
    """What a request hands in: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


_ID = "0199e8a2-7c1d-7000-8000-0242ac120002"
Id = Annotated[UUID, BeforeValidator(_id), Field(description="Id.", examples=[_ID])]
Minor = Annotated[
    int,
    BeforeValidator(_whole),
    Field(
        description="Amount in minor units of its currency (cents).", examples=[11900], ge=-MOST_MINOR, le=MOST_MINOR
    ),
]
Above0 = Annotated[
    int,
    BeforeValidator(_whole),
    Field(description="Amount above 0 in minor units of its currency.", examples=[11900], ge=1, le=MOST_MINOR),
]
Count = Annotated[int, BeforeValidator(_whole), Field(description="A count.", examples=[14], ge=0, le=100_000)]
Flag = Annotated[bool, BeforeValidator(_yes_or_no), Field(examples=[True])]
Number = Annotated[
    Decimal,
    BeforeValidator(_number),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _NUMBER,
            "description": "A decimal number, written as a text so that nothing of it is lost.",
            "examples": ["19.5"],
        }
    ),
]
Currency = Annotated[
    str, Field(description="Currency by ISO 4217.", examples=["EUR"], min_length=3, max_length=3, pattern="^[A-Z]{3}$")
]
Country = Annotated[
    str, Field(description="Country by ISO 3166-1.", examples=["DE"], max_length=2, pattern="^([A-Z]{2})?$")
]
Language = Annotated[str, Field(description="Language.", examples=["de"], pattern="^(en|de|fr)$")]
Day = Annotated[date, BeforeValidator(_day), Field(description="A day.", examples=["2026-11-22"])]
Instant = Annotated[datetime, Field(description="An instant in UTC.", examples=["2026-11-22T10:00:00Z"])]
InstantGiven = Annotated[
    datetime, AfterValidator(instant_of), Field(description="An instant.", examples=["2026-11-22T10:00:00Z"])
]
Short = Annotated[str, Field(max_length=100, examples=["A-17"])]
Line = Annotated[str, Field(max_length=200, examples=["Lange Gasse 7"])]
Words = Annotated[str, Field(max_length=5000, examples=["Thank you for your order."])]
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Müller & Söhne"])]
Email = Annotated[str, Field(max_length=254, examples=["einkauf@mueller.example"])]
