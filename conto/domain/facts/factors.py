"""Facts about what members sign in with besides their password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaAdded(Fact):
    """A member signs in with codes from an app from now on."""

    subject_kind: ClassVar[str] = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaRemoved(Fact):
    """The app of a member gives no codes for this book any more."""

    subject_kind: ClassVar[str] = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaReset(Fact):
    """Everything that a member signed in with besides the password was taken away by somebody else."""

    subject_kind: ClassVar[str] = "member"
    had_app: bool
    passkeys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(Fact):
    """A member can sign in with a passkey."""

    subject_kind: ClassVar[str] = "member"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyChanged(Fact):
    """A passkey is called otherwise."""

    subject_kind: ClassVar[str] = "member"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(Fact):
    """A passkey opens this book no longer."""

    subject_kind: ClassVar[str] = "member"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyDistrusted(Fact):
    """A passkey counted backwards, so there may be a copy of it; it was refused."""

    subject_kind: ClassVar[str] = "member"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesMade(Fact):
    """A member has new recovery codes; the old ones work no longer."""

    subject_kind: ClassVar[str] = "member"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(Fact):
    """A member signed in with a recovery code, which works no longer."""

    subject_kind: ClassVar[str] = "member"
    left: int
