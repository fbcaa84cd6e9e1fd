"""The web process: Granian in front of Django, threads that keep their database connections."""

import importlib
import threading
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from conto.config.cli.children import die_with_parent

THREADS = 4
FIRST_PAGES_SECONDS = 30  # for people; then the API is made ready, unless a program called before
IDLE_SECONDS = 600  # the longest that Granian takes


def serve_web(host: str, port: int, processes: int) -> None:
    """Serve pages until told to stop."""
    Granian(
        "conto.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        loop=Loops.asyncio,
        blocking_threads=THREADS,
        # A thread keeps its database connection for life, so threads live on for a while when there is nothing to do.
        blocking_threads_idle_timeout=IDLE_SECONDS,
        backpressure=THREADS * 16,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=10,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=_load)


def _load(target: str) -> Callable[..., Any]:
    """Load the application in the process that will serve it."""
    die_with_parent()
    module, _, name = target.partition(":")
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    first_pages = threading.Timer(FIRST_PAGES_SECONDS, importlib.import_module, ("conto.api.urls",))
    first_pages.daemon = True
    first_pages.start()
    return application
