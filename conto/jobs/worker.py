"""The worker: it runs the jobs of one book until it is told to stop."""

import asyncio

import procrastinate
from procrastinate.contrib.django import app

from conto.apps.audit.origin import work_from
from conto.domain.facts import Origin

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
            install_signal_handlers=wait,
        )
