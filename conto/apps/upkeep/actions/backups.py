"""Write down what became of backups. `now` is the real clock, which backups go by; `at` that of the book, for facts."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app as queue
from procrastinate.exceptions import AlreadyEnqueued

from conto.apps.audit import actions as audit
from conto.apps.upkeep.models import Backup, BackupCopy, Rehearsal
from conto.domain import facts
from conto.domain.facts import Actor
from conto.domain.ids import new_id

LONGEST_ERROR = 2000
BACKUP_TASK = "make_backup_now"
REHEARSAL_TASK = "rehearse_restore"


def ask_for_backup(*, actor: Actor) -> bool:
    """Have a backup made soon, by the worker; return whether it was not asked for already."""
    try:
        with transaction.atomic():
            queue.configure_task(BACKUP_TASK, queueing_lock=BACKUP_TASK, lock="backup").defer(asked_by=actor.name)
    except AlreadyEnqueued:
        return False
    return True


def ask_for_rehearsal() -> None:
    """Have the newest backup restored into a scratch book soon, by the worker."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        queue.configure_task(REHEARSAL_TASK, queueing_lock=REHEARSAL_TASK, lock="backup").defer()


@transaction.atomic
def begin_backup(*, name: str, reason: str, actor: Actor, now: datetime) -> Backup:
    """Note that a backup is being made. Whoever begins one is the only one: others that still run were cut off."""
    Backup.objects.filter(state="running").update(state="failed", finished_at=now, error="It was cut off.")
    return Backup.objects.create(id=new_id(), name=name, reason=reason, asked_by=actor.name, started_at=now)


@transaction.atomic
def finish_backup(
    *,
    backup_id: UUID,
    size_bytes: int,
    contents: dict[str, Any],
    key_id: str,
    actor: Actor,
    now: datetime,
    at: datetime,
) -> Backup:
    """Note that a backup is whole and lies in the places that were noted for it."""
    backup = Backup.objects.select_for_update().get(id=backup_id)
    backup.state, backup.finished_at, backup.size_bytes = "good", now, size_bytes
    backup.contents, backup.key_id, backup.error = contents, key_id, ""
    backup.save(update_fields=["state", "finished_at", "size_bytes", "contents", "key_id", "error"])
    kept = backup.copies.filter(state="kept").select_related("place").order_by("place__name")
    fact = facts.BackupMade(
        subject_id=backup.id,
        name=backup.name,
        size_bytes=size_bytes,
        places=[copy.place.name if copy.place else "" for copy in kept],
    )
    audit.record(fact, actor=actor, at=at)
    return backup


@transaction.atomic
def fail_backup(*, backup_id: UUID, reason: str, actor: Actor, now: datetime, at: datetime) -> Backup:
    """Note that a backup could not be made."""
    backup = Backup.objects.select_for_update().get(id=backup_id)
    backup.state, backup.finished_at, backup.error = "failed", now, reason[:LONGEST_ERROR]
    backup.save(update_fields=["state", "finished_at", "error"])
    note_failure(subject_id=backup.id, name=backup.name, reason=reason, actor=actor, at=at)
    return backup


def note_failure(*, subject_id: UUID, name: str, reason: str, actor: Actor, at: datetime) -> None:
    """Record that something about a backup failed, so that somebody is told."""
    fact = facts.BackupFailed(subject_id=subject_id, name=name, reason=reason[:LONGEST_ERROR])
    audit.record(fact, actor=actor, at=at)


def note_copy(*, backup_id: UUID, place_id: UUID | None, error: str, now: datetime) -> BackupCopy:
    """Note that a backup lies in a place, or why it does not."""
    found, _ = BackupCopy.objects.update_or_create(
        backup_id=backup_id,
        place_id=place_id,
        defaults={"state": "failed" if error else "kept", "error": error[:LONGEST_ERROR], "changed_at": now},
        create_defaults={
            "id": new_id(),
            "state": "failed" if error else "kept",
            "error": error[:LONGEST_ERROR],
            "changed_at": now,
        },
    )
    return found


def note_removed(*, name: str, place_id: UUID | None, now: datetime) -> None:
    """Note that a backup does not lie in a place any more."""
    BackupCopy.objects.filter(backup__name=name, place_id=place_id).update(state="removed", changed_at=now)


@transaction.atomic
def note_rehearsal(
    *, name: str, is_clean: bool, seconds: int, report: str, actor: Actor, now: datetime, at: datetime
) -> Rehearsal:
    """Note what was found when a backup was restored to try it."""
    backup = Backup.objects.filter(name=name).first()
    rehearsal = Rehearsal.objects.create(
        id=new_id(), backup=backup, name=name, at=now, is_clean=is_clean, seconds=seconds, report=report
    )
    subject_id = backup.id if backup else rehearsal.id
    fact = facts.RestoreRehearsed(subject_id=subject_id, name=name, is_clean=is_clean, report=report[:LONGEST_ERROR])
    audit.record(fact, actor=actor, at=at)
    if not is_clean:
        note_failure(subject_id=subject_id, name=name, reason=report, actor=actor, at=at)
    return rehearsal


def note_download(*, backup: Backup, actor: Actor, at: datetime) -> None:
    """Record that somebody took a backup away."""
    audit.record(facts.BackupDownloaded(subject_id=backup.id, name=backup.name), actor=actor, at=at)


@transaction.atomic
def note_restored(*, name: str, actor: Actor, now: datetime, at: datetime) -> None:
    """Record in a restored book where it comes from. It knows its own backup only as one that was being made."""
    Backup.objects.filter(state="running").update(
        state="failed", finished_at=now, error="This book was restored from it or from one made before it ended."
    )
    audit.record(facts.BookRestored(subject_id=new_id(), name=name), actor=actor, at=at)


def note_upgraded(*, kept_aside: str, actor: Actor, at: datetime) -> None:
    """Record that the book was brought to a new version."""
    audit.record(facts.BookUpgraded(subject_id=new_id(), kept_aside=kept_aside), actor=actor, at=at)
