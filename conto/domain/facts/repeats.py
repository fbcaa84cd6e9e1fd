"""Facts about repeating invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatAdded(Fact):
    """An invoice begins to repeat."""

    subject_kind: ClassVar[str] = "repeat"
    first_on: date
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatChanged(Fact):
    """A repeating invoice is another from its next day on."""

    subject_kind: ClassVar[str] = "repeat"
    version: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatPaused(Fact):
    """A repeating invoice makes nothing until it is resumed."""

    subject_kind: ClassVar[str] = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatResumed(Fact):
    """A paused or held repeating invoice goes on."""

    subject_kind: ClassVar[str] = "repeat"
    next_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatEnded(Fact):
    """A repeating invoice is over: its end has come, or somebody ended it."""

    subject_kind: ClassVar[str] = "repeat"
    invoices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatHeld(Fact):
    """The next invoice could not be made."""

    subject_kind: ClassVar[str] = "repeat"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatMade(Fact):
    """A day of a schedule made an invoice, which is its subject."""

    subject_kind: ClassVar[str] = "document"
    repeat_id: UUID
    due_on: date
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatUnsent(Fact):
    """An invoice of a schedule was issued and could not be sent."""

    subject_kind: ClassVar[str] = "document"
    repeat_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatSettled(Fact):
    """Somebody says that what could not be sent need not be."""

    subject_kind: ClassVar[str] = "repeat"
    invoices: int
