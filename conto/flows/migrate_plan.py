"""Take running subscriptions to another version of their plan together: worked out, shown, then done as it was shown.

A chunk is one transaction, and what became of each subscription is written in it: a worker that is killed has moved
whole chunks, and the next one goes on behind them.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from conto.apps.bulk.retrying import retried
from conto.apps.subscriptions import actions, queries
from conto.domain.facts import SYSTEM, Actor

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.subscriptions.entries import MigrationEntry
    from conto.apps.subscriptions.models import PlanMigration

MIGRATION_TASK = "migrate_subscriptions"
CHUNK = 200  # subscriptions


def begin(*, entry: "MigrationEntry", member: "Member", actor: Actor, at: datetime) -> "PlanMigration":
    """Work out what a migration would do; of more than some subscriptions the worker does the rest.

    Raises: RuleBroken as `begin_migration`.
    Source: SB-13.
    """
    row = actions.begin_migration(entry=entry, actor=actor, at=at)
    step = partial(actions.work_out_next, migration_id=row.id, member=member, most=CHUNK, at=at)
    if retried(step) and retried(step):
        _hand_over(row.id)
    row.refresh_from_db()
    return row


@transaction.atomic
def confirm(*, row: "PlanMigration", actor: Actor, at: datetime) -> "PlanMigration":
    """Have the worker do what was shown.

    Raises: Conflict, RuleBroken as `confirm_migration`.
    Source: SB-13.
    """
    is_new = row.confirmed_at is None
    confirmed = actions.confirm_migration(migration_id=row.id, actor=actor, at=at)
    if is_new:
        _hand_over(row.id)
    return confirmed


def run(*, migration_id: UUID, clock: Callable[[], datetime], chunk: int = CHUNK) -> int:
    """Work a migration out, or do it where it is confirmed, and return how many transactions that took.

    Cut off and run again, or run twice at once, it does nothing twice.

    Source: SB-13.
    """
    row, done = queries.migration_by_id(migration_id), 0
    if row is None or row.ended_at is not None:
        return 0
    if row.confirmed_at is None:
        while retried(lambda: actions.work_out_next(migration_id=row.id, member=row.made_by, most=chunk, at=clock())):
            done += 1
        return done
    by = row.confirmed_by
    actor = Actor(by.id, "member", by.name) if by else SYSTEM
    while retried(lambda: actions.move_next(migration_id=row.id, most=chunk, actor=actor, at=clock())):
        done += 1
    return done


def forget_unconfirmed(*, at: datetime, chunk: int = 2000) -> int:
    """Drop what was shown long ago and never confirmed, and return in how many transactions.

    Source: SB-13.
    """
    done = 0
    while retried(lambda: actions.forget_unconfirmed_next(most=chunk, at=at)):
        done += 1
    return done


def _hand_over(migration_id: UUID) -> None:
    app.configure_task(MIGRATION_TASK, lock=f"{MIGRATION_TASK}:{migration_id}").defer(migration_id=str(migration_id))
