"""What may be entered about a deal, its products and activities: one set of checks for pages, programs and imports."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.crm.entry import EntryRefused
from conto.domain.errors import RuleBroken
from conto.domain.money import minor_digits
from conto.domain.pipeline import REQUIRABLE_FIELDS

ACTIVITY_KINDS = ("task", "call", "meeting", "note")
MOST_MINOR = 10**15
_MOST_LINES = 200
_LONGEST_TEXT = 20_000
_UNIT = re.compile(r"[A-Z0-9]{2,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeal:
    """A deal as it is entered."""

    name: str
    stage_id: UUID | None = None  # none: the first stage of the first pipeline
    contact_id: UUID | None = None
    value_minor: int = 0
    currency: str = ""  # none: the customer's
    owner_id: UUID | None = None  # none: who adds it, else the customer's owner
    expected_close_on: date | None = None
    source: str = ""
    own: Mapping[str, Any] | None = None  # values of own fields; none: not asked
    imported_sha256: bytes | None = None  # imports: by what the row is known again
    renews_kind: str = ""  # of a renewal: what it is about, a contract or a subscription
    renews_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEntry:
    """A product of a deal as it is entered."""

    name: str
    quantity: Decimal = Decimal(1)
    unit_price_minor: int = 0
    unit: str = "C62"
    discount_percent: Decimal = Decimal(0)
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActivity:
    """An activity as it is entered."""

    title: str
    kind: str = "task"
    text: str = ""
    due_at: datetime | None = None
    owner_id: UUID | None = None  # none: who adds it


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
    """A stage as the settings of its pipeline enter it; without id it is new."""

    name: str
    probability_percent: int
    id: UUID | None = None
    silent_after_days: int | None = None
    required_fields: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()


def words(value: Any, most: int, *, is_needed: bool = False, is_long: bool = False) -> str:
    """Return a text as it is kept.

    Raises: RuleBroken when it is missing or too long.
    """
    text = str(value or "").replace("\x00", "").replace("\r\n", "\n").strip()
    text = text if is_long else " ".join(text.split())
    if is_needed and not text:
        raise RuleBroken("entry.missing", "This is needed.")
    if len(text) > most:
        raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=most)
    return text


def _amount(value: Any) -> int:
    amount = int(value or 0)
    if amount < 0:
        raise RuleBroken("entry.negative", "This can't be below zero.")
    if amount > MOST_MINOR:
        raise RuleBroken("entry.too_large", "This is too large.")
    return amount


def _currency(value: Any) -> str:
    code = str(value or "").upper()
    minor_digits(code)
    return code


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: words(value, 200, is_needed=True),
    "value_minor": _amount,
    "currency": _currency,
    "source": lambda value: words(value, 40),
    "expected_close_on": lambda value: value,
    "contact_id": lambda value: value,
}
DEAL_FIELDS = tuple(_CHECKS)


def checked_deal(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a deal as they are kept.

    Raises: EntryRefused with every field that cannot stand.
    """
    return _checked(given, _CHECKS)


def _checked(given: Mapping[str, Any], checks: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    refused: dict[str, RuleBroken] = {}
    for name, value in given.items():
        try:
            kept[name] = checks[name](value)
        except RuleBroken as broken:
            refused[name] = broken
    if refused:
        raise EntryRefused(refused)
    return kept


def _kind(value: Any) -> str:
    if value not in ACTIVITY_KINDS:
        raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=value)
    return str(value)


_ACTIVITY_CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": lambda value: words(value, 200, is_needed=True),
    "kind": _kind,
    "text": lambda value: words(value, _LONGEST_TEXT, is_long=True),
    "due_at": lambda value: value,
    "owner_id": lambda value: value,
}
ACTIVITY_FIELDS = tuple(_ACTIVITY_CHECKS)


def checked_activity(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of an activity as they are kept.

    Raises: EntryRefused with every field that cannot stand.
    """
    return _checked(given, _ACTIVITY_CHECKS)


def _quantity(value: Any) -> Decimal:
    if value <= 0:
        raise RuleBroken("entry.not_above_zero", "This must be above zero.")
    if value >= Decimal(10) ** 12:
        raise RuleBroken("entry.too_large", "This is too large.")
    return Decimal(value)


def _share(value: Any) -> Decimal:
    if not 0 <= value <= 100:
        raise RuleBroken("entry.not_a_percentage", "This lies between 0 and 100.")
    return Decimal(value)


def _unit(value: Any) -> str:
    code = str(value or "").strip().upper()
    if not _UNIT.fullmatch(code):
        raise RuleBroken("item.bad_unit", "“%(unit)s” is not a unit code (UN/ECE Recommendation 20).", unit=value)
    return code


_LINE_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: words(value, 200, is_needed=True),
    "quantity": _quantity,
    "unit": _unit,
    "unit_price_minor": _amount,
    "discount_percent": _share,
    "item_id": lambda value: value,
}


def checked_lines(lines: Sequence[LineEntry]) -> list[dict[str, Any]]:
    """Return the products of a deal as they are kept.

    Raises: EntryRefused with every field that cannot stand: `lines.0.quantity` …
    """
    if len(lines) > _MOST_LINES:
        raise RuleBroken("deal.too_many_lines", "At most %(most)s products.", most=_MOST_LINES)
    kept: list[dict[str, Any]] = []
    refused: dict[str, RuleBroken] = {}
    for n, line in enumerate(lines):
        try:
            kept.append(_checked({name: getattr(line, name) for name in _LINE_CHECKS}, _LINE_CHECKS))
        except EntryRefused as broken:
            refused |= {f"lines.{n}.{name}": each for name, each in broken.by_field.items()}
    if refused:
        raise EntryRefused(refused)
    return kept


def _probability(value: Any) -> int:
    if not 0 <= int(value) <= 100:
        raise RuleBroken("entry.not_a_percentage", "This lies between 0 and 100.")
    return int(value)


def _days(value: Any) -> int | None:
    if value is None:
        return None
    if not 1 <= int(value) <= 3650:
        raise RuleBroken("stage.bad_days", "This lies between 1 and 3650 days.")
    return int(value)


def _known_fields(value: Any) -> list[str]:
    if unknown := [name for name in value if name not in REQUIRABLE_FIELDS]:
        raise RuleBroken("entry.unknown_choice", "“%(value)s” is not one of the choices.", value=unknown[0])
    return [name for name in REQUIRABLE_FIELDS if name in value]


def _points(value: Any) -> list[str]:
    made = [point for each in value if (point := words(each, 200))]
    if len(made) > 30:
        raise RuleBroken("stage.too_many_points", "At most %(most)s points.", most=30)
    return list(dict.fromkeys(made))


_STAGE_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: words(value, 100, is_needed=True),
    "probability_percent": _probability,
    "silent_after_days": _days,
    "required_fields": _known_fields,
    "checklist": _points,
}
STAGE_FIELDS = tuple(_STAGE_CHECKS)


def checked_stages(stages: Sequence[StageEntry]) -> list[dict[str, Any]]:
    """Return the stages of a pipeline as they are kept.

    Raises: EntryRefused with every field that cannot stand: `stages.0.name` …; RuleBroken for none at all.
    """
    if not stages:
        raise RuleBroken("pipeline.without_stages", "A pipeline has at least one stage.")
    if len(stages) > 20:
        raise RuleBroken("pipeline.too_many_stages", "At most %(most)s stages.", most=20)
    kept: list[dict[str, Any]] = []
    refused: dict[str, RuleBroken] = {}
    seen: set[str] = set()
    for n, stage in enumerate(stages):
        try:
            kept.append(_checked({name: getattr(stage, name) for name in STAGE_FIELDS}, _STAGE_CHECKS))
        except EntryRefused as broken:
            refused |= {f"stages.{n}.{name}": each for name, each in broken.by_field.items()}
            continue
        name = kept[-1]["name"]
        if name in seen:
            refused[f"stages.{n}.name"] = RuleBroken("stage.name_taken", "Another stage has this name.")
        seen.add(name)
    if refused:
        raise EntryRefused(refused)
    return kept
