"""Facts about the record of facts itself: what was exported, anchored outside, erased, and who hears of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExported(Fact):
    """Somebody took the record of what happened out of the book."""

    subject_kind: ClassVar[str] = "book"
    file_format: str
    filters: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsExported(Fact):
    """Somebody took records of a kind out of the book as a file."""

    subject_kind: ClassVar[str] = "book"
    what: str
    file_format: str
    filters: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAnchored(Fact):
    """The last seal over the facts was kept outside of the book."""

    subject_kind: ClassVar[str] = "book"
    number: int
    seal: str
    facts: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadsErased(Fact):
    """What some facts said was forgotten, as the law wants it; that they happened stays."""

    subject_kind: ClassVar[str] = "erasure"
    fact_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRuleChanged(Fact):
    """It was changed who hears of a kind of event, and how."""

    subject_kind: ClassVar[str] = "book"
    event: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeviceSeen(Fact):
    """A member signed in from a browser and network that they never signed in from before."""

    subject_kind: ClassVar[str] = "member"
    name: str
    device: str
