"""Fetch mail: read what is new in a mailbox, keep each message once, and say what was missed.

What was kept is noted message by message, so a reader that is cut off or killed at any instant goes on where it was.
Nothing is asked of the mail server while a transaction is open.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import IntegrityError, transaction

from conto.apps.correspondence import actions, queries
from conto.apps.correspondence.actions import Spot
from conto.apps.deals import actions as deals
from conto.domain.errors import RuleBroken
from conto.domain.letters import ReadLetter, gaps_in
from conto.gateways.mail.imap import Folder, ImapServer, Message, NoFolder, NoMailbox, OpenMailbox, open_mailbox
from conto.gateways.mail.parse import parse

if TYPE_CHECKING:
    from conto.apps.correspondence.models import Mailbox

Clock = Callable[[], datetime]
TRIES = 4  # connections that may break in one round
MESSAGES_A_CLAIM = 100
GONE = "It was moved or deleted before it was read."
RENUMBERED = "The mail server numbered the folder anew. What came and went meanwhile is not known."
_HIGHEST = 2**32


@dataclass(frozen=True, slots=True)
class Round:
    """What one reading of a mailbox brought."""

    kept: int = 0
    repeated: int = 0
    passed_over: int = 0
    failed: int = 0
    missing: int = 0
    error: str = ""

    @property
    def seen(self) -> int:
        """Count the messages that were looked at."""
        return self.kept + self.repeated + self.passed_over + self.failed


class _Taken(Exception):  # noqa: N818 -- named for what happened
    """Another reader has taken the mailbox over."""


@dataclass(slots=True)
class _Reader:
    mailbox: "Mailbox"
    book_clock: Clock
    world_clock: Clock
    counts: dict[str, int]
    own: frozenset[str]

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + n

    def result(self, error: str = "") -> Round:
        """Return what this reading brought."""
        found = self.counts.get
        return Round(
            found("kept", 0), found("repeated", 0), found("passed_over", 0), found("failed", 0), found("missing", 0),
            error,
        )  # fmt: skip


def fetch_due(*, book_clock: Clock, world_clock: Clock) -> int:
    """Read every mailbox that has not been read for a while, and return how many messages were new."""
    seen = 0
    while mailbox := actions.claim_mailbox(now=world_clock()):
        seen += _fetch(mailbox, book_clock, world_clock).seen
    return seen


def fetch(mailbox_id: UUID, *, book_clock: Clock, world_clock: Clock) -> Round | None:
    """Read one mailbox now; nothing when another reader is at work with it."""
    mailbox = actions.claim_mailbox(now=world_clock(), mailbox_id=mailbox_id, is_due=False)
    return _fetch(mailbox, book_clock, world_clock) if mailbox else None


def try_mailbox(mailbox: "Mailbox") -> list[str]:
    """Log in to a mailbox and return the names of its folders.

    Raises: NoMailbox with what the server said.
    """
    with open_mailbox(_server(mailbox)) as opened:
        return opened.folders()


def _server(mailbox: "Mailbox") -> ImapServer:
    details = queries.details_of(mailbox)
    return ImapServer(
        details.host, details.port, details.security, details.username, details.password,
        authorities=settings.MAIL_AUTHORITIES,
    )  # fmt: skip


def _fetch(mailbox: "Mailbox", book_clock: Clock, world_clock: Clock) -> Round:
    reader = _Reader(mailbox, book_clock, world_clock, {}, queries.own_addresses())
    began_at, error = book_clock(), ""
    try:
        error = _through(reader)
    except RuleBroken as broken:  # a password that cannot be unsealed
        error = broken.message % broken.params
    except _Taken:
        return reader.result()
    actions.note_round(mailbox=mailbox, began_at=began_at, error=error, at=book_clock())
    return reader.result(error)


def _through(reader: _Reader) -> str:
    """Read every folder, with a new connection when one breaks; return what stands in the way in the end."""
    left, problems = list(reader.mailbox.folders), []
    for tries_left in reversed(range(TRIES)):
        try:
            with open_mailbox(_server(reader.mailbox)) as opened:
                while left:
                    try:
                        _read_folder(reader, opened, left[0])
                    except NoFolder as problem:
                        problems.append(str(problem))
                    left.pop(0)
        except NoMailbox as broken:
            if broken.is_refusal or not tries_left:
                return str(broken)
        else:
            break
    return " ".join(problems)


def _read_folder(reader: _Reader, opened: OpenMailbox, name: str) -> None:
    folder, mailbox = opened.open(name), reader.mailbox
    state = queries.folder_state(mailbox.id, name)
    if state is None or state.uidvalidity != folder.uidvalidity:
        fresh = opened.numbers(1, since=mailbox.read_since)
        end = folder.uidnext or max(fresh, default=0) + 1
        if state:
            _note_gaps(reader, name, state.uidvalidity, [(state.next_uid, state.next_uid)], RENUMBERED)
        state = actions.begin_folder(
            mailbox=mailbox, name=name, uidvalidity=folder.uidvalidity, next_uid=min(fresh, default=end),
            began_uid=end, at=reader.book_clock(),
        )  # fmt: skip
    numbers = opened.numbers(max(state.next_uid, state.began_uid))
    if state.next_uid < state.began_uid:
        old = opened.numbers(state.next_uid, since=mailbox.read_since)
        numbers = sorted({*numbers, *(uid for uid in old if uid < state.began_uid)})
    done = queries.uids_done(mailbox.id, name, folder.uidvalidity)
    due = queries.uids_due(mailbox.id, name, folder.uidvalidity)
    wanted = sorted({*(uid for uid in numbers if uid not in done), *due})
    read = _read_messages(reader, opened, folder, wanted)
    end = min(max(folder.uidnext, state.next_uid, max(numbers, default=0) + 1), _HIGHEST)
    begin = max(state.next_uid, state.began_uid)
    lost = gaps_in({*numbers, *done} - {uid for uid in wanted if uid not in read}, first=begin, before=end)
    _note_gaps(reader, name, folder.uidvalidity, lost, GONE)
    if (folder.count, end) != (state.message_count, state.next_uid):
        there = queries.uids_there(mailbox.id, name, folder.uidvalidity)
        gone = there - set(opened.numbers(min(there))) if there else set()
        actions.note_gone(
            mailbox=mailbox, folder=name, uidvalidity=folder.uidvalidity, uids=gone, at=reader.book_clock()
        )
    actions.note_folder_read(state=state, next_uid=end, message_count=folder.count, at=reader.book_clock())


def _note_gaps(reader: _Reader, folder: str, uidvalidity: int, gaps: Sequence[tuple[int, int]], reason: str) -> None:
    found = actions.note_missing(
        mailbox=reader.mailbox, folder=folder, uidvalidity=uidvalidity, gaps=gaps, reason=reason,
        at=reader.book_clock(),
    )  # fmt: skip
    if found:
        reader.count("missing", found)


def _read_messages(reader: _Reader, opened: OpenMailbox, folder: Folder, wanted: list[int]) -> set[int]:
    """Read messages one after the other, and return which were there."""
    read: set[int] = set()
    for n, message in enumerate(opened.messages(wanted)):
        if n % MESSAGES_A_CLAIM == 0 and not actions.hold_claim(mailbox=reader.mailbox, now=reader.world_clock()):
            raise _Taken
        spot = Spot(reader.mailbox, folder.name, folder.uidvalidity, message.uid)
        reader.count(_kept(spot, message, reader))
        read.add(message.uid)
    return read


@transaction.atomic
def _put_in(spot: Spot, read: ReadLetter, at: datetime, own: frozenset[str]) -> str:
    """Keep a message, and note on its deal that its customer and we are in touch; what a program wrote is no contact.

    Source: S-3.
    """
    noted = actions.keep_message(spot=spot, read=read, at=at, own=own)
    letter = noted.letter if noted.state == "kept" else None
    if letter and letter.thread.deal_id and not letter.is_automatic:
        deals.note_contact(deal_id=letter.thread.deal_id, at=min(letter.sent_at, at))
    return noted.state


def _kept(spot: Spot, message: Message, reader: _Reader) -> str:
    """Keep one message; whatever is wrong with it does not keep the others from being read."""
    at = reader.book_clock()
    try:
        letter = parse(message.raw, received_at=message.received_at)
        letter = letter if message.is_whole else replace(letter, is_cut=True)
        return _put_in(spot, letter, at, reader.own)
    except IntegrityError:
        # Another reader noted the same message in this instant; if it was something else, it is tried again.
        return actions.note_unread(spot=spot, reason="Somebody else wrote at the same time.", at=at).state
    except (DatabaseError, ValueError, TypeError, RecursionError, RuleBroken) as failure:
        with contextlib.suppress(IntegrityError):
            return actions.note_unread(spot=spot, reason=f"{type(failure).__name__}: {failure}", at=at).state
        return "failed"
