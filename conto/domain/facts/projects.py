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
