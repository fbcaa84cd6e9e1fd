"""Change when backups are made and where they go."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.upkeep import queries
from conto.apps.upkeep.models import PLACE_KINDS, BackupPlace, BackupPlan
from conto.apps.upkeep.sealed import SECRET_COLUMN
from conto.apps.vault.sealing import seal
from conto.domain import facts
from conto.domain.backups import Retention
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id

PLAN = UUID(int=1)
_PLAN_FIELDS = ("is_on", "at_time", "daily", "weekly", "monthly", "keeps_here")


@transaction.atomic
def set_plan(
    *, is_on: bool, at_time: time, retention: Retention, keeps_here: bool, actor: Actor, now: datetime, at: datetime
) -> BackupPlan:
    """Say when backups are made and how long they are kept.

    Raises: RuleBroken when they would be brought nowhere.
    """
    if is_on and not keeps_here and not queries.places().filter(is_on=True).exists():
        raise RuleBroken("backup.no_place", "Backups need a place: this computer, or another one that you add first.")
    row = BackupPlan.objects.select_for_update().first()
    before = {name: _plain(getattr(row, name)) for name in _PLAN_FIELDS} if row else {}
    since = now if row is None or (is_on and not row.is_on) else row.since
    row, _made = BackupPlan.objects.update_or_create(
        id=1,
        defaults={
            "is_on": is_on,
            "at_time": at_time,
            "since": since,
            "daily": retention.daily,
            "weekly": retention.weekly,
            "monthly": retention.monthly,
            "keeps_here": keeps_here,
            "changed_at": now,
        },
    )
    changes = facts.changes_between(before, {name: _plain(getattr(row, name)) for name in _PLAN_FIELDS})
    if changes:
        audit.record(facts.SettingsChanged(subject_id=PLAN, area="backups", changes=changes), actor=actor, at=at)
    return row


@transaction.atomic
def save_place(
    *,
    place_id: UUID | None,
    name: str,
    kind: str,
    options: dict[str, Any],
    secret: str | None,
    is_on: bool,
    actor: Actor,
    at: datetime,
) -> BackupPlace:
    """Add a place or change one; the secret is sealed, and None keeps the one that is there.

    Raises: RuleBroken for a kind that there is not; Conflict for a name that another place has.
    """
    if kind not in PLACE_KINDS:
        raise RuleBroken("backup.unknown_place", "There is no such kind of place.")
    row = queries.places().select_for_update().filter(id=place_id).first() if place_id else None
    row = row or BackupPlace(id=new_id(), kind=kind)
    if queries.places().filter(name=name.strip()).exclude(id=row.id).exists():
        raise Conflict("backup.place_name_taken", "There is a place of this name already.")
    before = {"name": row.name, "is_on": row.is_on, **row.options} if row.name else {}
    row.name, row.kind, row.options, row.is_on = name.strip(), kind, options, is_on
    row.last_error, row.changed_at = "", at
    changes = facts.changes_between(before, {"name": row.name, "is_on": is_on, **options})
    if secret is not None:
        row.secret_sealed = seal(secret, column=SECRET_COLUMN, row_id=row.id) if secret else ""
        changes["secret"] = [None, "changed"]
    row.save()
    if changes:
        audit.record(facts.SettingsChanged(subject_id=row.id, area="backups", changes=changes), actor=actor, at=at)
    return row


@transaction.atomic
def remove_place(*, place_id: UUID, actor: Actor, at: datetime) -> None:
    """Forget a place with its secret; what lies there stays there."""
    row = queries.places().select_for_update().get(id=place_id)
    row.removed_at, row.changed_at, row.secret_sealed, row.is_on = at, at, "", False
    row.save(update_fields=["removed_at", "changed_at", "secret_sealed", "is_on"])
    changes = {"place": [row.name, None]}
    audit.record(facts.SettingsChanged(subject_id=row.id, area="backups", changes=changes), actor=actor, at=at)


def note_reached(*, place_id: UUID, error: str, now: datetime) -> None:
    """Note that a place was reached, or why it was not."""
    values: dict[str, Any] = {"last_error": error} if error else {"last_error": "", "last_reached_at": now}
    BackupPlace.objects.filter(id=place_id).update(**values)


def _plain(value: Any) -> Any:
    return value.isoformat("minutes") if isinstance(value, time) else value
