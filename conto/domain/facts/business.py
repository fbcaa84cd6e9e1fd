"""Facts about members, the business and imports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(Fact):
    """A person can now work in the book."""

    subject_kind: ClassVar[str] = "member"
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(Fact):
    """A member's name, role or state changed."""

    subject_kind: ClassVar[str] = "member"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPasswordChanged(Fact):
    """A member has a new password."""

    subject_kind: ClassVar[str] = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignedIn(Fact):
    """A member logged in."""

    subject_kind: ClassVar[str] = "member"
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignedOut(Fact):
    """A member logged out."""

    subject_kind: ClassVar[str] = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignInFailed(Fact):
    """Somebody tried to log in as a member and failed."""

    subject_kind: ClassVar[str] = "member"
    address: str = ""
    reason: str = "password"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessAdded(Fact):
    """A legal entity (seller) exists."""

    subject_kind: ClassVar[str] = "business"
    name: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessChanged(Fact):
    """The legal entity's own details changed."""

    subject_kind: ClassVar[str] = "business"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Fact):
    """A setting of an area changed."""

    subject_kind: ClassVar[str] = "settings"
    area: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChanged(Fact):
    """A number series was added or its pattern or start changed."""

    subject_kind: ClassVar[str] = "series"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class BookClockMoved(Fact):
    """The clock of a demo or sandbox book was moved forward."""

    subject_kind: ClassVar[str] = "book"
    moved_to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFinished(Fact):
    """An import is through."""

    subject_kind: ClassVar[str] = "import"
    source: str
    added: int
    skipped: int
    refused: int
    totals_minor: dict[str, int] = field(default_factory=dict)
