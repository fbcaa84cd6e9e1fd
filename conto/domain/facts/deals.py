"""Facts about deals: what may be sold, how far it is, what was done for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DealAdded(Fact):
    """Something may be sold to a customer."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    pipeline: str
    stage: str
    currency: str
    value_minor: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealChanged(Fact):
    """Something about a deal changed, but for its stage."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class DealMoved(Fact):
    """A deal came into another stage."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    from_stage: str
    to_stage: str
    pipeline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealSlipped(Fact):
    """A deal slips: nobody has done anything with it, or nothing is planned, or what was planned is overdue."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    how: str  # silent | no_step | overdue
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DealWon(Fact):
    """The customer buys."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    currency: str
    value_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLost(Fact):
    """The customer does not buy."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    currency: str
    value_minor: int
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealReopened(Fact):
    """A deal that was won or lost is open again."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealHandedOver(Fact):
    """Another member looks after a deal."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    from_id: UUID
    to_id: UUID
    to_name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFollowed(Fact):
    """A member wants to hear of a deal."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    member_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DealUnfollowed(Fact):
    """A member no longer wants to hear of a deal."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    member_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistTicked(Fact):
    """A point of a stage's checklist is done for a deal, or is not done after all."""

    subject_kind: ClassVar[str] = "deal"
    name: str
    label: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentAdded(Fact):
    """A member said something to the others about a deal."""

    subject_kind: ClassVar[str] = "comment"
    deal_id: UUID
    name: str
    text: str
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityAdded(Fact):
    """Something is to be done with a customer."""

    subject_kind: ClassVar[str] = "activity"
    deal_id: UUID | None = None
    activity_kind: str
    title: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityChanged(Fact):
    """What is to be done, or when, or by whom, changed."""

    subject_kind: ClassVar[str] = "activity"
    deal_id: UUID | None = None
    title: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDone(Fact):
    """What was to be done is done."""

    subject_kind: ClassVar[str] = "activity"
    deal_id: UUID | None = None
    activity_kind: str
    title: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityReopened(Fact):
    """What was done is to be done after all."""

    subject_kind: ClassVar[str] = "activity"
    deal_id: UUID | None = None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFeedMade(Fact):
    """A calendar may read a member's activities at a secret address."""

    subject_kind: ClassVar[str] = "calendar_feed"
    member_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFeedRevoked(Fact):
    """The secret address of a member's calendar leads nowhere."""

    subject_kind: ClassVar[str] = "calendar_feed"
    member_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineAdded(Fact):
    """There is one more way of selling."""

    subject_kind: ClassVar[str] = "pipeline"
    name: str
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineChanged(Fact):
    """A pipeline or one of its stages changed."""

    subject_kind: ClassVar[str] = "pipeline"
    name: str
    changes: Changes
