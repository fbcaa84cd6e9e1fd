"""Backups as the worker starts them: commands of their own, since they need rights that a worker has not."""

import logging
import os
import subprocess
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from conto.apps.accounts import queries as accounts
from conto.apps.upkeep import queries
from conto.apps.upkeep.actions import BACKUP_TASK, REHEARSAL_TASK
from conto.domain.backups import is_due
from conto.jobs.backups import the_plan

log = logging.getLogger(__name__)
LOCK = "backup"


@app.periodic(cron="*/5 * * * *")
@app.task(name="back_up_when_due", lock=LOCK, queueing_lock="back_up_when_due")
def back_up_when_due(timestamp: int | None = None) -> bool:
    """Make a backup if one is due, also one that was missed while Conto was closed; return whether one was begun."""
    del timestamp  # what counts is the time now
    if not due_now(timezone.now()):
        return False
    _run("backup", "--reason", "schedule")
    return True


@app.task(name=BACKUP_TASK, lock=LOCK, queueing_lock=BACKUP_TASK)
def make_backup_now(asked_by: str = "") -> None:
    """Make the backup that a member has asked for."""
    _run("backup", "--reason", "hand", "--asked-by", asked_by)


@app.periodic(cron="23 4 2 * *")
@app.task(name=REHEARSAL_TASK, lock=LOCK, queueing_lock=REHEARSAL_TASK)
def rehearse_restore(timestamp: int | None = None) -> None:
    """Restore the newest backup into a scratch book each month, and report."""
    del timestamp
    if queries.kept_backups().exists():
        _run("backup", "rehearse")


def due_now(now: datetime) -> bool:
    """Tell whether a backup is to be made now."""
    business, plan = accounts.business(), the_plan()
    if business is None or business.set_up_at is None or not plan.is_on:
        return False
    return is_due(
        now,
        zone=ZoneInfo(business.zone),
        at_time=plan.at_time,
        since=plan.since or business.set_up_at,
        last_good=queries.last_good_at(),
        failures=queries.failures_since(queries.last_good_at() or business.set_up_at),
    )


def _run(*arguments: str) -> None:
    """Run one of our own commands on this book; it ends with this worker. What fails has been written down by it."""
    answer = subprocess.run(  # noqa: S603 -- our own command, with words of our own
        [*settings.OWN_COMMAND, *arguments, "--book", settings.BOOK],
        env={**os.environ, "CONTO_PARENT": str(os.getpid())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        log.error("conto %s failed: %s", " ".join(arguments[:2]), answer.stderr.strip()[-2000:])
