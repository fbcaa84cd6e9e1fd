"""Dry runs: the worker does what a billing run would do, undoes it chunk by chunk, and keeps what it came to.

Nothing of it is there afterwards, so one that was cut off counts anew, as of the instant at which it begins again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from conto.apps.subscriptions import actions
from conto.flows import billing_run

if TYPE_CHECKING:
    from conto.apps.subscriptions.models import DryRun
    from conto.domain.facts import Actor

DRY_TASK = "bill_dry"


@transaction.atomic
def begin(*, actor: "Actor", at: datetime) -> "tuple[DryRun, bool]":
    """Have the worker do what a run would do and undo it, or return the dry run that is under way; tell which.

    Source: SB-8.
    """
    row, is_new = actions.begin_dry_run(actor=actor, at=at)
    if is_new:
        app.configure_task(DRY_TASK, lock=f"{DRY_TASK}:{row.id}").defer(run_id=str(row.id))
    return row, is_new


def work(*, run_id: UUID, clock: Callable[[], datetime], chunk: int = billing_run.CHUNK) -> int:
    """Do everything that a run would do, undo it, and write down what that came to; return how many would be billed.

    Cut off and begun again it counts anew; when it is over, or was given up, nothing is done.

    Source: SB-8.
    """
    at, total = clock(), actions.CameTo()
    if not actions.start_dry_run(run_id=run_id, at=at):
        return 0
    for done in billing_run.dry_chunks(at=at, chunk=chunk, most_papers=actions.MOST_PAPERS):
        if not actions.note_dry_run(run_id=run_id, at=clock(), came_to=total, names_more=_add(total, done)):
            return total.settled
    actions.end_dry_run(run_id=run_id, at=clock())
    return total.settled


def _add(total: actions.CameTo, done: billing_run.RunTotals) -> bool:
    """Add what a chunk came to; tell whether more is named than before."""
    total.settled += done.settled
    total.documents += done.documents
    total.drafts += done.drafts
    total.aside_count += len(done.aside)
    total.aside = [*total.aside, *done.aside][: actions.MOST_ASIDE]
    total.papers = [*total.papers, *done.papers]
    for currency, amount_minor in done.totals_minor.items():
        total.totals_minor[currency] = total.totals_minor.get(currency, 0) + amount_minor
    return bool(done.papers) or (bool(done.aside) and total.aside_count - len(done.aside) < actions.MOST_ASIDE)
