"""The worker: it runs the jobs of one book until it is told to stop."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import procrastinate
from django.utils import timezone
from procrastinate.contrib.django import app

from conto.apps.audit.origin import work_from
from conto.apps.audit.trail import working
from conto.apps.upkeep import actions as upkeep
from conto.domain.facts import Origin

log = logging.getLogger("conto.job")
SECONDS_TO_FINISH = 10


def run(*, concurrency: int = 4, wait: bool = True) -> None:
    """Run jobs as they come; with `wait` off, only those that are there now.

    It listens to the database's notifications, so a mail leaves right after the commit that wrote it.
    """
    work_from(Origin("job", agent="worker"))
    asyncio.run(_work(concurrency=concurrency, wait=wait))


async def _work(*, concurrency: int, wait: bool) -> None:
    # The worker's own connections are asynchronous. The tasks stay tied to the Django app, so that a job deferred
    # inside a task belongs to the task's transaction.
    working = procrastinate.App(
        connector=app.connector.get_worker_connector(),  # type: ignore[attr-defined]
        worker_defaults=app.worker_defaults,
    )
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    working.tasks = app.tasks
    working.periodic_registry = app.periodic_registry
    async with working.open_async():
        await working.run_worker_async(
            concurrency=concurrency,
            wait=wait,
            delete_jobs="successful",
            shutdown_graceful_timeout=SECONDS_TO_FINISH,
            task_middleware=[_logged],
            install_signal_handlers=wait,
        )


def _logged(run: Callable[[], Any], context: procrastinate.JobContext, _worker: Any) -> Any:
    """Run a job and write one line about it: its name and what came of it, never what it was given."""
    job = context.job
    with working(job=job.task_name, job_id=job.id) as work:
        try:
            result = run()
        except Exception:
            log.exception("job", extra={"outcome": "failed", "attempt": job.attempts + 1, **work.figures()})
            raise
        # Most jobs look every few seconds whether there is something to do; that there was nothing is no news.
        level = logging.DEBUG if result == 0 else logging.INFO
        log.log(level, "job", extra={"outcome": "done", "attempt": job.attempts + 1, **work.figures()})
        slow = [("query", sql, ms) for sql, ms in work.slow]
        if slow:
            upkeep.note_slow(work=slow, asked_by=job.task_name, now=timezone.now())
        return result
