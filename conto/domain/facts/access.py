"""Facts about who gets in: invitations, passwords, locks, sessions, looking at the book as somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(Fact):
    """A person was asked to join, or got a new link because the first one ran out."""

    subject_kind: ClassVar[str] = "member"
    name: str
    email: str
    role: str
    expires_at: datetime
    is_renewed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationCancelled(Fact):
    """An invitation can no longer be used."""

    subject_kind: ClassVar[str] = "member"
    email: str
    reason: str = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(Fact):
    """An invited person has joined."""

    subject_kind: ClassVar[str] = "member"
    email: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetAsked(Fact):
    """A link to set a new password was made: asked for at the door, or by another member to pass on."""

    subject_kind: ClassVar[str] = "member"
    asked_at: str  # door | members
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChangeAsked(Fact):
    """A member wants another mail address; it is theirs once a link to it was used."""

    subject_kind: ClassVar[str] = "member"
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAddressChanged(Fact):
    """A member signs in with another mail address from now on."""

    subject_kind: ClassVar[str] = "member"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLocked(Fact):
    """Too many wrong passwords: nobody gets in as this member for a while."""

    subject_kind: ClassVar[str] = "member"
    until: datetime
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUnlocked(Fact):
    """A locked member may try again at once."""

    subject_kind: ClassVar[str] = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Fact):
    """A session of a member was ended from elsewhere."""

    subject_kind: ClassVar[str] = "member"
    address: str = ""
    agent: str = ""
    reason: str = "ended"  # ended | password | deactivated


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAdded(Fact):
    """There is a new team."""

    subject_kind: ClassVar[str] = "team"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChanged(Fact):
    """A team is called otherwise."""

    subject_kind: ClassVar[str] = "team"
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRemoved(Fact):
    """A team is gone; its members are in none."""

    subject_kind: ClassVar[str] = "team"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachChanged(Fact):
    """A role sees more or fewer records of others."""

    subject_kind: ClassVar[str] = "settings"
    role: str
    area: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewAsStarted(Fact):
    """A member began to look at the book as a role, or as another member, would see it."""

    subject_kind: ClassVar[str] = "member"
    role: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewAsEnded(Fact):
    """A member looks at the book with their own eyes again."""

    subject_kind: ClassVar[str] = "member"
    role: str
    name: str = ""
    reason: str = "stopped"  # stopped | expired | signed_out | not_allowed
