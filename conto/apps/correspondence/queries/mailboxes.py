"""Mailboxes, how they are read, and what was missed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from conto.apps.correspondence.models import LetterLedger, Mailbox, MailboxFolder
from conto.apps.correspondence.sealed import PASSWORD
from conto.apps.vault.sealing import unseal

MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class MailboxDetails:
    """How a mailbox is read, with the password in the clear: for the gateway only, never for a page."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)


def mailboxes() -> QuerySet[Mailbox]:
    """Return the mailboxes that are not removed, by name."""
    return Mailbox.objects.filter(removed_at=None).order_by("name", "id")


def mailbox(mailbox_id: UUID) -> Mailbox | None:
    """Return one mailbox that is not removed."""
    return mailboxes().filter(id=mailbox_id).first()


def first_mailbox() -> Mailbox | None:
    """Return the mailbox to which answers go: the one that is read for the longest."""
    return mailboxes().filter(is_active=True).order_by("created_at", "id").first()


def details_of(row: Mailbox) -> MailboxDetails:
    """Return how a mailbox is read with the password unsealed."""
    secret = row.password_sealed
    password = unseal(secret, column=PASSWORD, row_id=row.id) if secret else ""
    return MailboxDetails(row.host, row.port, row.security, row.username, password)


def folder_state(mailbox_id: UUID, name: str) -> MailboxFolder | None:
    """Return how far a folder has been read under the numbers that it has now."""
    return MailboxFolder.objects.filter(mailbox_id=mailbox_id, name=name, is_current=True).first()


def uids_done(mailbox_id: UUID, folder: str, uidvalidity: int) -> set[int]:
    """Return the numbers of a folder's messages that need not be read (again)."""
    rows = LetterLedger.objects.filter(mailbox_id=mailbox_id, folder=folder, uidvalidity=uidvalidity)
    return set(rows.exclude(_due()).values_list("uid", flat=True))


def uids_due(mailbox_id: UUID, folder: str, uidvalidity: int) -> list[int]:
    """Return the numbers of messages that could not be read before, or that somebody wants to be read again."""
    rows = LetterLedger.objects.filter(mailbox_id=mailbox_id, folder=folder, uidvalidity=uidvalidity)
    return sorted(rows.filter(_due(), gone_at=None).values_list("uid", flat=True))


def _due() -> Q:
    return Q(state="failed", attempts__lt=MOST_ATTEMPTS, settled_at=None) | Q(state="passed_over", attempts=0)


def uids_there(mailbox_id: UUID, folder: str, uidvalidity: int) -> set[int]:
    """Return the numbers of messages that lay in a folder when it was last read."""
    rows = LetterLedger.objects.filter(
        mailbox_id=mailbox_id, folder=folder, uidvalidity=uidvalidity, gone_at=None, state__in=["kept", "repeated"]
    )
    return set(rows.values_list("uid", flat=True))


def gaps(mailbox_id: UUID | None = None) -> QuerySet[LetterLedger]:
    """Return what was missed and nobody has looked after, the latest first."""
    rows = LetterLedger.objects.filter(state__in=["failed", "missing"], settled_at=None)
    return (rows.filter(mailbox_id=mailbox_id) if mailbox_id else rows).order_by("-noted_at", "-id")


def gap_counts() -> dict[UUID, int]:
    """Return how many messages each mailbox lacks."""
    rows = gaps().order_by().values("mailbox_id").annotate(count=Sum(F("last_uid") - F("uid") + 1))
    return {row["mailbox_id"]: int(row["count"]) for row in rows}


def ledger_counts(mailbox_id: UUID) -> dict[str, int]:
    """Return how many messages of a mailbox were kept, repeated, passed over, failed and are missing."""
    rows = (
        LetterLedger.objects.filter(mailbox_id=mailbox_id)
        .values("state")
        .annotate(count=Sum(F("last_uid") - F("uid") + 1))
    )
    return {row["state"]: int(row["count"]) for row in rows}


def due_mailboxes(now: datetime) -> QuerySet[Mailbox]:
    """Return the mailboxes that are to be read and that no reader is at work with."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Mailbox.objects.filter(free, is_active=True, removed_at=None).order_by(
        F("checked_at").asc(nulls_first=True), "id"
    )


def failing_count() -> int:
    """Count the mailboxes that cannot be read or that lack something."""
    rows = mailboxes().filter(is_active=True)
    lacking = gaps().values("mailbox_id")
    return int(rows.filter(~Q(error="") | Q(id__in=lacking)).aggregate(count=Count("id"))["count"])
