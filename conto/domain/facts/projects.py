"""Facts about projects and work. Notes stay with the work; a fact says what was done, by whom, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOpened(Fact):
    """A project is there: work can be recorded."""

    subject_kind: ClassVar[str] = "project"
    number: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChanged(Fact):
    """What is said of a project changed."""

    subject_kind: ClassVar[str] = "project"
    number: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectClosed(Fact):
    """No more work is recorded in a project."""

    subject_kind: ClassVar[str] = "project"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectReopened(Fact):
    """Work can be recorded in a project again."""

    subject_kind: ClassVar[str] = "project"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSet(Fact):
    """What an hour costs from a day on; the subject is the project, or the person whose rate it is everywhere."""

    subject_kind: ClassVar[str] = "rate"
    amount: Decimal
    currency: str
    starts_on: date
    number: str = ""  # of the project
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRecorded(Fact):
    """Time or an expense is recorded in a project."""

    subject_kind: ClassVar[str] = "project"
    number: str
    work_id: UUID
    member_id: UUID
    day: date
    minutes: int | None = None
    amount_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChanged(Fact):
    """Time or an expense is corrected."""

    subject_kind: ClassVar[str] = "project"
    number: str
    work_id: UUID
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRemoved(Fact):
    """Time or an expense is taken away."""

    subject_kind: ClassVar[str] = "project"
    number: str
    work_id: UUID
    member_id: UUID
    day: date
    minutes: int | None = None
    amount_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkApproved(Fact):
    """Work of a project may be billed."""

    subject_kind: ClassVar[str] = "project"
    number: str
    count: int
    work_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkApprovalUndone(Fact):
    """Work of a project may not be billed any more."""

    subject_kind: ClassVar[str] = "project"
    number: str
    count: int
    work_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBilled(Fact):
    """Work of a project stands on a draft."""

    subject_kind: ClassVar[str] = "project"
    number: str
    document_id: UUID
    count: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFreed(Fact):
    """A draft was discarded or an invoice credited as a whole: what it billed can be billed again."""

    subject_kind: ClassVar[str] = "project"
    number: str
    document_id: UUID
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAgreed(Fact):
    """A project has a price: its hours are not billed by rates any more."""

    subject_kind: ClassVar[str] = "project"
    number: str
    amount_minor: int
    currency: str
    method: str
    retention_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOrdered(Fact):
    """A change order raised or lowered the price of a project."""

    subject_kind: ClassVar[str] = "project"
    number: str
    amount_minor: int
    price_minor: int  # with it
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneAdded(Fact):
    """A price has a milestone more."""

    subject_kind: ClassVar[str] = "project"
    number: str
    milestone_id: UUID
    amount_minor: int | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneRemoved(Fact):
    """A milestone that no bill ever named is gone."""

    subject_kind: ClassVar[str] = "project"
    number: str
    milestone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneReached(Fact):
    """A milestone is reached: its part of the price can be billed."""

    subject_kind: ClassVar[str] = "project"
    number: str
    milestone_id: UUID
    reached_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneReopened(Fact):
    """A milestone is not reached after all."""

    subject_kind: ClassVar[str] = "project"
    number: str
    milestone_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressTold(Fact):
    """Somebody said how much of a project is complete."""

    subject_kind: ClassVar[str] = "project"
    number: str
    percent: Decimal
    said_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectAccepted(Fact):
    """The customer accepted the work: what is held back can be released, and the price is closed."""

    subject_kind: ClassVar[str] = "project"
    number: str
    accepted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBilled(Fact):
    """What is done of a price stands on a draft, less what is held back; below zero that is released."""

    subject_kind: ClassVar[str] = "project"
    number: str
    document_id: UUID
    work_minor: int
    held_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainerAgreed(Fact):
    """A repeating invoice covers minutes of the work of a project in each of its periods."""

    subject_kind: ClassVar[str] = "project"
    number: str
    repeat_id: UUID
    minutes: int
    carry_periods: int
    overage_rate: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainerChanged(Fact):
    """A retainer covers otherwise from its next period on."""

    subject_kind: ClassVar[str] = "project"
    number: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainerGranted(Fact):
    """An invoice of a retainer brought what a period covers."""

    subject_kind: ClassVar[str] = "project"
    number: str
    document_id: UUID
    starts_on: date
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainerRevoked(Fact):
    """The invoice of a period is gone: the period covers nothing more."""

    subject_kind: ClassVar[str] = "project"
    number: str
    document_id: UUID
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCovered(Fact):
    """It is settled what a retainer covers of some work, with a bill of what went beyond or without one."""

    subject_kind: ClassVar[str] = "project"
    number: str
    closing_id: UUID
    document_id: UUID | None
    count: int
    minutes: int
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveringOpened(Fact):
    """What a retainer covers of some work is not settled any more and is worked out anew."""

    subject_kind: ClassVar[str] = "project"
    number: str
    closing_id: UUID
    count: int
