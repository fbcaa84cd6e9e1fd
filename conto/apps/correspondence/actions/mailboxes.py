"""Say which mailboxes are read."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.correspondence.models import LetterLedger, Mailbox
from conto.apps.correspondence.sealed import PASSWORD
from conto.apps.vault.sealing import seal
from conto.domain import facts
from conto.domain.contact import check_email
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id

SECURITIES = ("tls", "starttls", "none")
MOST_MAILBOXES = 20
MOST_FOLDERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxEntry:
    """How a mailbox is read. Without a password the one that is there stays."""

    name: str
    address: str
    host: str
    username: str
    password: str | None = field(default=None, repr=False)
    port: int = 993
    security: str = "tls"
    folders: Sequence[str] = ("INBOX",)
    read_since: date
    uses_plus: bool = True
    keeps_unknown: bool = False


def new_token() -> str:
    """Make a word for an address that nobody guesses; all lower case, for mail servers don't keep case."""
    return secrets.token_hex(10)


@transaction.atomic
def add_mailbox(*, new: MailboxEntry, actor: Actor, at: datetime) -> Mailbox:
    """Read one more mailbox from now on.

    Raises: RuleBroken for details that cannot be right.
    """
    if Mailbox.objects.filter(removed_at=None).count() >= MOST_MAILBOXES:
        raise RuleBroken("mailbox.too_many", "At most %(most)s mailboxes are read.", most=MOST_MAILBOXES)
    if not new.password:
        raise RuleBroken("mailbox.no_password", "A mailbox is read with a password.")
    values = _checked(new)
    row = Mailbox(id=new_id(), token=new_token(), created_at=at, changed_at=at, **values)
    row.password_sealed = seal(new.password, column=PASSWORD, row_id=row.id)
    _refuse_double(row)
    row.save(force_insert=True)
    fact = facts.MailboxAdded(subject_id=row.id, name=row.name, address=row.address)
    audit.record(fact, actor=actor, at=at)
    return row


@transaction.atomic
def change_mailbox(*, mailbox_id: UUID, entry: MailboxEntry, actor: Actor, at: datetime) -> Mailbox:
    """Change how a mailbox is read; what was read stays.

    Raises: RuleBroken for details that cannot be right; Conflict for one that is removed.
    """
    row, values = _locked(mailbox_id), _checked(entry)
    changes = changes_between({name: _plain(getattr(row, name)) for name in values}, _plain_all(values))
    for name, value in values.items():
        setattr(row, name, value)
    if entry.password:
        row.password_sealed = seal(entry.password, column=PASSWORD, row_id=row.id)
        changes["password"] = [None, "changed"]
    if not changes:
        return row
    _refuse_double(row)
    row.changed_at, row.error, row.failing_since = at, "", None
    row.save()
    _tell(row, changes, actor=actor, at=at)
    return row


@transaction.atomic
def set_mailbox_active(*, mailbox_id: UUID, is_active: bool, actor: Actor, at: datetime) -> Mailbox:
    """Stop reading a mailbox, or go on with it."""
    row = _locked(mailbox_id)
    if row.is_active == is_active:
        return row
    row.is_active, row.error, row.failing_since, row.changed_at = is_active, "", None, at
    row.save(update_fields=["is_active", "error", "failing_since", "changed_at"])
    _tell(row, {"is_active": [not is_active, is_active]}, actor=actor, at=at)
    return row


@transaction.atomic
def remove_mailbox(*, mailbox_id: UUID, actor: Actor, at: datetime) -> None:
    """Forget how a mailbox is read; its letters stay."""
    row = _locked(mailbox_id)
    row.is_active, row.password_sealed, row.removed_at, row.changed_at = False, "", at, at
    row.save(update_fields=["is_active", "password_sealed", "removed_at", "changed_at"])
    audit.record(facts.MailboxRemoved(subject_id=row.id, name=row.name, address=row.address), actor=actor, at=at)


@transaction.atomic
def read_again(*, mailbox_id: UUID, actor: Actor, at: datetime) -> int:
    """Read once more what was passed over or could not be read, such as after a customer was added."""
    row = _locked(mailbox_id)
    rows = LetterLedger.objects.filter(mailbox=row, state__in=["passed_over", "failed"], settled_at=None, gone_at=None)
    count = rows.update(attempts=0)
    if count:
        _tell(row, {"read_again": [None, count]}, actor=actor, at=at)
    return count


@transaction.atomic
def settle_gaps(*, mailbox_id: UUID, actor: Actor, at: datetime) -> int:
    """Note that a member has looked after what a mailbox lacks, and return how many messages that is."""
    row = _locked(mailbox_id)
    gaps = list(
        LetterLedger.objects.select_for_update().filter(mailbox=row, state__in=["failed", "missing"], settled_at=None)
    )
    by_folder: dict[str, int] = {}
    for gap in gaps:
        by_folder[gap.folder] = by_folder.get(gap.folder, 0) + gap.last_uid - gap.uid + 1
    LetterLedger.objects.filter(id__in=[gap.id for gap in gaps]).update(settled_at=at)
    for folder, count in by_folder.items():
        fact = facts.MailboxGapSettled(subject_id=row.id, name=row.name, folder=folder, count=count)
        audit.record(fact, actor=actor, at=at)
    return sum(by_folder.values())


def _locked(mailbox_id: UUID) -> Mailbox:
    row = Mailbox.objects.select_for_update().filter(id=mailbox_id, removed_at=None).first()
    if row is None:
        raise Conflict("mailbox.removed", "This mailbox is not there any more.")
    return row


def _tell(row: Mailbox, changes: facts.Changes, *, actor: Actor, at: datetime) -> None:
    audit.record(facts.MailboxChanged(subject_id=row.id, name=row.name, changes=changes), actor=actor, at=at)


def _refuse_double(row: Mailbox) -> None:
    if Mailbox.objects.filter(address=row.address, removed_at=None).exclude(id=row.id).exists():
        raise RuleBroken("mailbox.double", "This mailbox is read already.")


def _checked(entry: MailboxEntry) -> dict[str, Any]:
    if entry.security not in SECURITIES:
        raise RuleBroken("mail_server.unknown_security", "%(security)s is no way to encrypt.", security=entry.security)
    if not entry.host.strip() or not 1 <= entry.port <= 65535:
        raise RuleBroken("mail_server.no_host", "A mail server needs a name and a port.")
    folders = list(dict.fromkeys(name for each in entry.folders if (name := " ".join(each.split()))))
    if not folders or len(folders) > MOST_FOLDERS or any(len(name) > 200 for name in folders):
        raise RuleBroken("mailbox.folders", "Name between 1 and %(most)s folders.", most=MOST_FOLDERS)
    address = check_email(entry.address).lower()
    if "+" in address.partition("@")[0]:
        raise RuleBroken("mailbox.plus", "Give the address without what follows a plus sign.")
    values = asdict(entry)
    del values["password"]
    return values | {
        "name": " ".join(entry.name.split())[:100] or address,
        "address": address,
        "host": entry.host.strip(),
        "username": entry.username.strip(),
        "folders": folders,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _plain_all(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items()}
