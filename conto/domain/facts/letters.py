"""Facts about letters: what was written and answered, and how the mailboxes are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from conto.domain.facts.base import Changes, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReceived(Fact):
    """Somebody wrote to us."""

    subject_kind: ClassVar[str] = "letter"
    thread_id: UUID
    deal_id: UUID | None = None
    subject: str
    sender: str
    is_guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWritten(Fact):
    """A member wrote to somebody from the record."""

    subject_kind: ClassVar[str] = "letter"
    thread_id: UUID
    deal_id: UUID | None = None
    subject: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCopied(Fact):
    """A letter that somebody of us wrote elsewhere came in as a copy."""

    subject_kind: ClassVar[str] = "letter"
    thread_id: UUID
    deal_id: UUID | None = None
    subject: str
    recipient: str
    is_guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOpened(Fact):
    """The picture of a letter was loaded: by its reader, or by a program that loads pictures ahead."""

    subject_kind: ClassVar[str] = "letter"
    thread_id: UUID
    deal_id: UUID | None = None
    subject: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLinkFollowed(Fact):
    """A link of a letter was followed: by its reader, or by a program that looks where links lead."""

    subject_kind: ClassVar[str] = "letter"
    thread_id: UUID
    deal_id: UUID | None = None
    subject: str
    recipient: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadAssigned(Fact):
    """A conversation belongs to another customer or deal."""

    subject_kind: ClassVar[str] = "thread"
    subject: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAdded(Fact):
    """One more mailbox is read."""

    subject_kind: ClassVar[str] = "mailbox"
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxChanged(Fact):
    """How or whether a mailbox is read changed."""

    subject_kind: ClassVar[str] = "mailbox"
    name: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRemoved(Fact):
    """A mailbox is read no longer."""

    subject_kind: ClassVar[str] = "mailbox"
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxGapFound(Fact):
    """Messages of a mailbox are not in the book, and why."""

    subject_kind: ClassVar[str] = "mailbox"
    name: str
    folder: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxGapSettled(Fact):
    """A member has looked after a gap of a mailbox."""

    subject_kind: ClassVar[str] = "mailbox"
    name: str
    folder: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTemplateChanged(Fact):
    """Words to begin letters with were added, changed or put away."""

    subject_kind: ClassVar[str] = "letter_template"
    name: str
    changes: Changes
