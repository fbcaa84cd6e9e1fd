"""Reads of backups."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from conto.apps.upkeep.models import Backup, BackupCopy, BackupPlace, BackupPlan, Rehearsal, SlowWork
from conto.apps.upkeep.sealed import SECRET_COLUMN
from conto.apps.vault.sealing import unseal
from conto.domain.backups import Retention


@dataclass(frozen=True, slots=True)
class Plan:
    """When backups are made and how long they are kept, whether or not anybody has changed it."""

    is_on: bool
    at_time: time
    since: datetime | None
    retention: Retention
    keeps_here: bool


@dataclass(frozen=True, slots=True)
class PlaceDetails:
    """Where backups go, with the secret in the clear: for the gateway only, never for a page."""

    id: UUID
    name: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    secret: str = ""


def plan(*, is_sandbox: bool) -> Plan:
    """Return the plan; without one, real books have a backup each night and sandbox books none."""
    row = BackupPlan.objects.first()
    if row is None:
        return Plan(not is_sandbox, time(2, 30), None, Retention(), keeps_here=True)
    return Plan(row.is_on, row.at_time, row.since, Retention(row.daily, row.weekly, row.monthly), row.keeps_here)


def places() -> QuerySet[BackupPlace]:
    """Return the places, by name."""
    return BackupPlace.objects.filter(removed_at=None).order_by("name", "id")


def place(place_id: UUID) -> BackupPlace | None:
    """Return one place."""
    return places().filter(id=place_id).first()


def place_details(row: BackupPlace) -> PlaceDetails:
    """Return a place with its secret unsealed."""
    secret = unseal(row.secret_sealed, column=SECRET_COLUMN, row_id=row.id) if row.secret_sealed else ""
    return PlaceDetails(row.id, row.name, row.kind, row.options, secret)


def backups() -> QuerySet[Backup]:
    """Return the backups, the latest first, with their copies and rehearsals."""
    return Backup.objects.prefetch_related(
        Prefetch("copies", BackupCopy.objects.select_related("place").order_by("place__name", "id")),
        Prefetch("rehearsals", Rehearsal.objects.order_by("-at")),
    ).order_by("-started_at", "-id")


def kept_backups() -> QuerySet[Backup]:
    """Return the good backups that lie somewhere, the latest first."""
    return backups().filter(state="good", copies__state="kept").distinct()


def backup(backup_id: UUID) -> Backup | None:
    """Return one backup."""
    return backups().filter(id=backup_id).first()


def last_good_at() -> datetime | None:
    """Return when the last good backup was begun."""
    return Backup.objects.filter(state="good").order_by("-started_at").values_list("started_at", flat=True).first()


def running_backup(now: datetime) -> Backup | None:
    """Return the backup that is being made now; one that has run for half a day was cut off."""
    found = Backup.objects.filter(state="running", started_at__gt=now - timedelta(hours=12))
    return found.order_by("-started_at").first()


def failures_since(at: datetime) -> list[datetime]:
    """Return when the backups were begun that did not become good, those that are being made included."""
    found = Backup.objects.exclude(state="good").filter(started_at__gte=at, reason="schedule")
    return list(found.values_list("started_at", flat=True))


def last_rehearsal() -> Rehearsal | None:
    """Return the last rehearsal."""
    return Rehearsal.objects.order_by("-at").first()


def unclean_names() -> set[str]:
    """Return the names of backups that could not be restored at their last rehearsal."""
    latest = dict(Rehearsal.objects.order_by("at").values_list("name", "is_clean"))
    return {name for name, is_clean in latest.items() if not is_clean}


def slow_work(kind: str) -> QuerySet[SlowWork]:
    """Return the pages or questions to the database that took long, those that cost most time in all first."""
    return SlowWork.objects.filter(kind=kind).order_by("-total_ms", "id")
