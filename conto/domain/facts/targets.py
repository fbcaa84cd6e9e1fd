"""Facts about targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSet(Fact):
    """Somebody, a team or everybody has a target."""

    subject_kind: ClassVar[str] = "target"
    whose: str
    period: str
    measure: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChanged(Fact):
    """A target is higher or lower than before."""

    subject_kind: ClassVar[str] = "target"
    whose: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRemoved(Fact):
    """A target is none any more."""

    subject_kind: ClassVar[str] = "target"
    whose: str
    period: str
    measure: str
    amount_minor: int
    currency: str
