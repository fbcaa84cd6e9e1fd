"""Note how far a mailbox has been read."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from conto.apps.correspondence import queries
from conto.apps.correspondence.models import LetterLedger, Mailbox, MailboxFolder
from conto.domain.ids import new_id

CLAIM = timedelta(minutes=5)  # a reader that says nothing for this long was cut off


@transaction.atomic
def claim_mailbox(*, now: datetime, mailbox_id: UUID | None = None, is_due: bool = True) -> Mailbox | None:
    """Take the mailbox that waits longest, or a certain one, so that no other reader takes it too."""
    rows = queries.due_mailboxes(now).select_for_update(skip_locked=True)
    if mailbox_id:
        rows = rows.filter(id=mailbox_id)
    elif is_due:
        rows = rows.exclude(checked_at__gt=now - timedelta(seconds=45))
    row = rows.first()
    if row:
        row.claimed_until, row.checked_at = now + CLAIM, now
        row.save(update_fields=["claimed_until", "checked_at"])
    return row


@transaction.atomic
def hold_claim(*, mailbox: Mailbox, now: datetime) -> bool:
    """Say that a reader is still at work; false when its claim had run out and another took over."""
    held = Mailbox.objects.filter(id=mailbox.id, claimed_until=mailbox.claimed_until, removed_at=None)
    until = now + CLAIM
    if not held.update(claimed_until=until):
        return False
    mailbox.claimed_until = until
    return True


@transaction.atomic
def note_round(*, mailbox: Mailbox, began_at: datetime, error: str, at: datetime) -> None:
    """Note that a mailbox was read through, or why not, and up to when the book is complete.

    It is complete up to the beginning of a round that read every folder and left no gap (E-6).
    """
    row = Mailbox.objects.select_for_update().get(id=mailbox.id)
    if row.claimed_until == mailbox.claimed_until:
        row.claimed_until = None
    row.error = error[:500]
    row.failing_since = (row.failing_since or at) if error else None
    if not error and not queries.gaps(row.id).exists():
        row.complete_until = began_at
    row.save(update_fields=["claimed_until", "error", "failing_since", "complete_until"])


@transaction.atomic
def begin_folder(
    *, mailbox: Mailbox, name: str, uidvalidity: int, next_uid: int, began_uid: int, at: datetime
) -> MailboxFolder:
    """Begin to read a folder under the numbers that it has now."""
    MailboxFolder.objects.filter(mailbox=mailbox, name=name, is_current=True).update(is_current=False)
    row, _ = MailboxFolder.objects.update_or_create(
        mailbox=mailbox, name=name, uidvalidity=uidvalidity,
        defaults={"is_current": True, "read_at": at},
        create_defaults={
            "id": new_id(), "next_uid": next_uid, "began_uid": began_uid, "is_current": True, "began_at": at,
            "read_at": at,
        },
    )  # fmt: skip
    return row


@transaction.atomic
def note_folder_read(*, state: MailboxFolder, next_uid: int, message_count: int, at: datetime) -> None:
    """Note that everything below a number is in the ledger."""
    MailboxFolder.objects.filter(id=state.id).update(next_uid=next_uid, message_count=message_count, read_at=at)


@transaction.atomic
def note_gone(*, mailbox: Mailbox, folder: str, uidvalidity: int, uids: Collection[int], at: datetime) -> int:
    """Note that messages were moved or deleted on the server; their letters stay."""
    rows = LetterLedger.objects.filter(
        mailbox=mailbox, folder=folder, uidvalidity=uidvalidity, uid__in=list(uids), gone_at=None
    )
    return rows.update(gone_at=at)
