"""Keep the letters of a mailbox: each message once, in its conversation, however often it is read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from conto.apps.audit import actions as audit
from conto.apps.correspondence.actions.mailboxes import new_token
from conto.apps.correspondence.models import Letter, LetterFile, LetterLedger, Mailbox, Thread
from conto.apps.correspondence.queries import placing
from conto.apps.crm.queries import AtAddress, at_addresses
from conto.apps.messaging.models import Mail
from conto.domain import facts
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.letters import (
    Person,
    Place,
    ReadFile,
    ReadLetter,
    bare_subject,
    forwarded_sender,
    outside,
    place,
    tokens_of,
)

_ONE_AT_A_TIME = 0x1E77E5  # advisory lock: two letters of one conversation that come at once shall find each other
MOST_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message lies."""

    mailbox: Mailbox
    folder: str
    uidvalidity: int
    uid: int


@transaction.atomic
def keep_message(*, spot: Spot, read: ReadLetter, at: datetime, own: frozenset[str] | None = None) -> LetterLedger:
    """Put a message into the book and note in the ledger what became of it; one that is noted already stays so.

    `own` are the addresses of this business, when they have been read already.
    The ledger's row and the letter are one transaction: cut off at any instant, a message is either both or neither.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    row = _ledger_row(spot, at)
    if row.state in {"kept", "repeated"}:
        return row
    made = _keep(spot.mailbox, read, at, placing.own_addresses() if own is None else own)
    row.letter, row.state, row.reason, row.noted_at = made.letter, made.state, "", at
    row.save(force_insert=row._state.adding)  # noqa: SLF001 -- Django's way to say that a row is new
    return row


@transaction.atomic
def note_unread(*, spot: Spot, reason: str, at: datetime) -> LetterLedger:
    """Note that a message could not be read; it is tried a few times more."""
    row = _ledger_row(spot, at)
    if row.state in {"kept", "repeated"}:
        return row
    is_first = row._state.adding  # noqa: SLF001 -- as above
    row.state, row.reason, row.letter, row.noted_at = "failed", reason[:300], None, at
    row.save(force_insert=is_first)
    if is_first:
        _tell_gap(spot.mailbox, spot.folder, 1, reason, at)
    return row


@transaction.atomic
def note_missing(
    *, mailbox: Mailbox, folder: str, uidvalidity: int, gaps: Sequence[tuple[int, int]], reason: str, at: datetime
) -> int:
    """Note numbers of messages that were gone before they were read, and return how many."""
    rows = [
        LetterLedger(
            id=new_id(), mailbox=mailbox, folder=folder, uidvalidity=uidvalidity, uid=first, last_uid=last,
            state="missing", reason=reason[:300], noted_at=at,
        )
        for first, last in gaps
    ]  # fmt: skip
    known = LetterLedger.objects.filter(
        mailbox=mailbox, folder=folder, uidvalidity=uidvalidity, uid__in=[row.uid for row in rows]
    )
    there = set(known.values_list("uid", flat=True))
    rows = [row for row in rows if row.uid not in there]
    LetterLedger.objects.bulk_create(rows)
    count = sum(row.last_uid - row.uid + 1 for row in rows)
    if count:
        _tell_gap(mailbox, folder, count, reason, at)
    return count


def _tell_gap(mailbox: Mailbox, folder: str, count: int, reason: str, at: datetime) -> None:
    fact = facts.MailboxGapFound(
        subject_id=mailbox.id, name=mailbox.name, folder=folder, count=count, reason=reason[:300]
    )
    audit.record(fact, actor=SYSTEM, at=at)


def _ledger_row(spot: Spot, at: datetime) -> LetterLedger:
    row = (
        LetterLedger.objects.select_for_update()
        .filter(mailbox=spot.mailbox, folder=spot.folder, uidvalidity=spot.uidvalidity, uid=spot.uid)
        .first()
    )
    if row:
        row.attempts += 1
        return row
    return LetterLedger(
        id=new_id(), mailbox=spot.mailbox, folder=spot.folder, uidvalidity=spot.uidvalidity, uid=spot.uid,
        last_uid=spot.uid, state="", noted_at=at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kept:
    state: str
    letter: Letter | None


@dataclass(frozen=True, slots=True)
class _Taken:
    """A letter with what is known of the people in it."""

    read: ReadLetter
    direction: str
    people: tuple[str, ...]  # outside of this business, the nearest first
    known: dict[str, list[AtAddress]]
    customer: AtAddress | None
    is_wanted: bool  # somebody of us sent a copy
    is_forwarded: bool


def _keep(mailbox: Mailbox, read: ReadLetter, at: datetime, own: frozenset[str]) -> _Kept:
    given = tokens_of(read.addresses, mailbox.address)
    taken = _taken(read, own, is_wanted=mailbox.token in given)
    identity = _identity(taken.read)
    there = placing.letter_of_identity(identity, taken.read.message_id)
    if there:
        return _Kept("repeated", there)
    threads, found = _place(taken, [token for token in given if token != mailbox.token], at)
    thread = threads.get(found.thread_id) if found.thread_id else None
    known = (thread.customer_id if thread else None) or (taken.customer.customer_id if taken.customer else None)
    if thread is None and known is None and not (mailbox.keeps_unknown or taken.is_wanted or taken.is_forwarded):
        return _Kept("passed_over", None)
    thread = thread or _new_thread(taken, known)
    for other in found.joins:
        _merge(threads[other], thread)
    return _Kept("kept", _write(taken, thread, identity, is_guessed=found.how == "subject", at=at))


def _taken(read: ReadLetter, own: frozenset[str], *, is_wanted: bool) -> _Taken:
    """Look at a letter as one that came or went; one that a member passed on is the letter that it carries."""
    is_own, is_forwarded = not outside([read.sender.address], own), False
    if is_own and not outside(read.addresses, own):
        inner = read.forwarded[0] if read.forwarded else None
        if inner is None and (written := forwarded_sender(read.text)):
            sender, subject = written
            inner = replace(read, sender=sender, subject=subject or read.subject, to=(read.sender,), cc=())
        if inner:
            read, is_forwarded = inner, True
            is_own = not outside([read.sender.address], own)
    direction = "out" if is_own else "in"
    people = tuple(each for each in read.addresses if outside([each], own))[:MOST_PEOPLE]
    known = at_addresses(people)
    return _Taken(read, direction, people, known, placing.the_customer(people, known), is_wanted, is_forwarded)


def _identity(read: ReadLetter) -> bytes:
    """Return what is the same of a message wherever it lies. Its id alone would let a stranger hide a letter."""
    when = "" if read.message_id else read.sent_at.isoformat()
    parts = (read.message_id, read.sender.address, read.subject, " ".join(read.text.split()), when)
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).digest()


def _place(taken: _Taken, tokens: Sequence[str], at: datetime) -> tuple[dict[UUID, Thread], Place]:
    read = taken.read
    named = placing.referred_threads(read.message_id, read.references)
    if not named and (answered := placing.mail_answered(read.references)):
        named = [_thread_of_mail(answered, at)]
    named = [thread for thread in named if _is_theirs(thread, taken)]
    if named and named[0].customer_id:
        named = [each for each in named if each.customer_id in {None, named[0].customer_id}]
    by_token = placing.thread_of_token(tokens)
    by_token = by_token if by_token and _is_theirs(by_token, taken) else None
    key, is_answer = bare_subject(read.subject)
    # What names letters that are not here waits for them in a conversation of its own; to guess it would be wrong.
    is_answer = is_answer and not read.references
    alike = placing.alike_threads(key, taken.people, read.sent_at) if is_answer and not by_token else []
    found = place(
        referred=[thread.id for thread in named], by_token=by_token.id if by_token else None, alike=alike,
        people=frozenset(taken.people), is_answer=is_answer, subject_key=key, at=read.sent_at,
    )  # fmt: skip
    threads = {thread.id: thread for thread in named}
    if by_token:
        threads[by_token.id] = by_token
    if found.how == "subject" and found.thread_id:
        threads[found.thread_id] = Thread.objects.get(id=found.thread_id)
    return threads, found


def _is_theirs(thread: Thread, taken: _Taken) -> bool:
    """Refuse a conversation with another customer to somebody who only knows the id of a letter in it."""
    if thread.customer_id is None or set(thread.people) & set(taken.people):
        return True
    customers = {each.customer_id for found in taken.known.values() for each in found}
    return not customers or thread.customer_id in customers


def _new_thread(taken: _Taken, customer_id: UUID | None) -> Thread:
    read = taken.read
    return start_thread(subject=read.subject, customer_id=customer_id, deal_id=None, at=read.sent_at)


def start_thread(*, subject: str, customer_id: UUID | None, deal_id: UUID | None, at: datetime) -> Thread:
    """Begin a conversation."""
    return Thread.objects.create(
        id=new_id(), subject=subject[:300], subject_key=bare_subject(subject)[0], customer_id=customer_id,
        deal_id=deal_id, token=new_token(), started_at=at, last_at=at,
    )  # fmt: skip


def _thread_of_mail(mail: Mail, at: datetime) -> Thread:
    """Begin a conversation with a mail of ours that was answered, such as one with an invoice."""
    sent_at = mail.sent_at or mail.written_at
    thread = start_thread(subject=mail.subject, customer_id=mail.customer_id, deal_id=None, at=sent_at)
    recipients = [Person(mail.to_address.lower()), *(Person(each.lower()) for each in mail.cc_addresses)]
    add_letter(
        thread,
        Letter(
            id=new_id(), thread=thread, direction="out", identity=identity_of_mail(mail.id),
            message_id=mail.message_id.strip("<>"), subject=mail.subject, text=mail.text, customer_id=mail.customer_id,
            to_people=_plain(recipients[:1]), cc_people=_plain(recipients[1:]), mail=mail, sent_at=sent_at,
            noted_at=at,
        ),
        people=[each.address for each in recipients],
    )  # fmt: skip
    return thread


def identity_of_mail(mail_id: UUID) -> bytes:
    """Return the identity of a letter that left by our own outbox."""
    return hashlib.sha256(b"own mail " + mail_id.bytes).digest()


def add_letter(thread: Thread, letter: Letter, *, people: Sequence[str]) -> Letter:
    """Write a letter into its conversation, which then knows its people and when it was last written in."""
    letter.save(force_insert=True)
    thread.people = list(dict.fromkeys([*thread.people, *people]))[:MOST_PEOPLE]
    thread.started_at, thread.last_at = min(thread.started_at, letter.sent_at), max(thread.last_at, letter.sent_at)
    thread.letter_count += 1
    thread.is_guessed = thread.is_guessed or letter.is_guessed
    thread.save(update_fields=["people", "started_at", "last_at", "letter_count", "is_guessed", "customer"])
    return letter


def _write(taken: _Taken, thread: Thread, identity: bytes, *, is_guessed: bool, at: datetime) -> Letter:
    read = taken.read
    if thread.customer_id is None and taken.customer:
        _give_customer(thread, taken.customer.customer_id)
    contact = next(
        (each.contact_id for address in taken.people for each in taken.known.get(address, ())
         if each.contact_id and each.customer_id == thread.customer_id), None,
    )  # fmt: skip
    letter = Letter(
        id=new_id(), thread=thread, direction=taken.direction, identity=identity, message_id=read.message_id,
        reference_ids=list(read.references), from_address=read.sender.address, from_name=read.sender.name,
        to_people=_plain(read.to), cc_people=_plain(read.cc), subject=read.subject, text=read.text,
        customer_id=thread.customer_id, contact_id=contact, is_guessed=is_guessed, is_cut=read.is_cut,
        author_id=placing.member_id_of(read.sender.address) if taken.direction == "out" else None,
        is_automatic=read.is_automatic, is_forwarded=taken.is_forwarded, sent_at=read.sent_at, noted_at=at,
    )  # fmt: skip
    add_letter(thread, letter, people=taken.people)
    keep_files(letter, read.files)
    _tell(letter, thread, taken, min(read.received_at, at))
    return letter


def keep_files(letter: Letter, files: Sequence[ReadFile]) -> None:
    """Keep what a letter carries, in its order."""
    LetterFile.objects.bulk_create(
        LetterFile(
            id=new_id(), letter=letter, position=n, name=file.name, mime=file.mime, size=file.size,
            content=file.content, state=file.state,
        )
        for n, file in enumerate(files)
    )  # fmt: skip


def _tell(letter: Letter, thread: Thread, taken: _Taken, at: datetime) -> None:
    if taken.direction == "in":
        fact: facts.Fact = facts.LetterReceived(
            subject_id=letter.id, customer_id=thread.customer_id, thread_id=thread.id, deal_id=thread.deal_id,
            subject=letter.subject, sender=letter.from_name or letter.from_address, is_guessed=letter.is_guessed,
        )  # fmt: skip
    else:
        fact = facts.LetterCopied(
            subject_id=letter.id, customer_id=thread.customer_id, thread_id=thread.id, deal_id=thread.deal_id,
            subject=letter.subject, recipient=", ".join(taken.people[:3]), is_guessed=letter.is_guessed,
        )  # fmt: skip
    audit.record(fact, actor=SYSTEM, at=at)


def _give_customer(thread: Thread, customer_id: UUID) -> None:
    thread.customer_id = customer_id
    Letter.objects.filter(thread=thread, customer=None).update(customer_id=customer_id)


def _merge(other: Thread, thread: Thread) -> None:
    """Join a conversation that turned out to be part of another."""
    if other.id == thread.id:
        return
    if thread.customer_id is None and other.customer_id:
        _give_customer(thread, other.customer_id)
    if thread.deal_id is None:
        thread.deal_id = other.deal_id
    Letter.objects.filter(thread=other).update(thread=thread, customer_id=thread.customer_id)
    thread.letter_count = F("letter_count") + other.letter_count
    thread.people = list(dict.fromkeys([*thread.people, *other.people]))[:MOST_PEOPLE]
    thread.started_at, thread.last_at = min(thread.started_at, other.started_at), max(thread.last_at, other.last_at)
    thread.is_guessed = thread.is_guessed or other.is_guessed
    thread.save()
    thread.refresh_from_db(fields=["letter_count"])
    other.letter_count, other.merged_into = 0, thread
    other.save(update_fields=["letter_count", "merged_into"])
    Thread.objects.filter(merged_into=other).update(merged_into=thread)


def _plain(people: Sequence[Person]) -> list[list[str]]:
    return [[each.address, each.name] for each in people[:MOST_PEOPLE]]
