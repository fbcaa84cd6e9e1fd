"""Facts about keeping the book safe: backups, rehearsals of their return, upgrades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conto.domain.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade(Fact):
    """A backup is whole and lies in these places."""

    subject_kind: ClassVar[str] = "backup"
    name: str
    size_bytes: int
    places: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFailed(Fact):
    """A backup could not be made, brought to a place or be restored in a rehearsal."""

    subject_kind: ClassVar[str] = "backup"
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupDownloaded(Fact):
    """Somebody took a backup away."""

    subject_kind: ClassVar[str] = "backup"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRehearsed(Fact):
    """A backup was restored into a scratch book, compared and verified, and this was found."""

    subject_kind: ClassVar[str] = "backup"
    name: str
    is_clean: bool
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldKeyRotated(Fact):
    """Every sealed field of the book is sealed with this key now; so many there were."""

    subject_kind: ClassVar[str] = "book"
    key_id: str
    fields: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRestored(Fact):
    """This book was brought back from a backup."""

    subject_kind: ClassVar[str] = "backup"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookUpgraded(Fact):
    """This book was brought to a new version on a copy; the one before was kept aside."""

    subject_kind: ClassVar[str] = "backup"
    kept_aside: str
