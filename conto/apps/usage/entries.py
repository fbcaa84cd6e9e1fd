"""What callers hand to the actions of usage, and what they are told of it, event by event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from conto.domain.errors import RuleBroken

MOST_EVENTS = 1000  # in a batch
Became = Literal["recorded", "corrected", "taken_back", "superseded", "duplicate", "refused"]
KEPT = ("recorded", "corrected", "taken_back", "superseded")


@dataclass(frozen=True, slots=True)
class UsageEntry:
    """An event as it was sent. Without a value it takes back what has its key."""

    subscription_id: UUID
    key: str
    metric: str
    at: datetime
    value: Decimal | None = Decimal(1)
    properties: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0


@dataclass(frozen=True, slots=True)
class EventResult:
    """What became of an event. `is_measured` is false where nothing of the subscription measures its metric."""

    became: Became
    refusal: RuleBroken | None = None
    is_measured: bool = True


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: each event in the order in which it was sent."""

    batch_id: UUID
    results: tuple[EventResult, ...]
    is_undone: bool = False  # all or nothing was asked for, and something was refused

    @property
    def counts(self) -> dict[Became, int]:
        """How many events became what; what did not happen is not named."""
        found: dict[Became, int] = {}
        for each in self.results:
            found[each.became] = found.get(each.became, 0) + 1
        return found

    @property
    def kept(self) -> int:
        """How many events are new in the book."""
        return 0 if self.is_undone else sum(each.became in KEPT for each in self.results)
