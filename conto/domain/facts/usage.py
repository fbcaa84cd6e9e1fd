"""Facts about what was used: one for each batch that was taken, never one for each event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecorded(Fact):
    """Events of use were taken. With a number where all of them are of one subscription."""

    subject_kind: ClassVar[str] = "usage_batch"
    recorded: int
    corrected: int
    taken_back: int
    subscriptions: int
    number: str = ""
