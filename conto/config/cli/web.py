"""The web process: Granian in front of Django, threads that keep their database connections."""

import gc
import importlib
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from conto.config.cli.children import die_with_parent

THREADS = 4
FIRST_PAGES_SECONDS = 30  # for people; then the API is made ready in a quiet moment, unless a program called before
QUIET_SECONDS = 5  # nobody opened a page for so long
LONGEST_WAIT_SECONDS = 600
PULSE = "/pulse"  # what open pages ask by themselves
IDLE_SECONDS = 600  # the longest that Granian takes
PROGRAMS = "conto.api.urls"


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
    _keep_what_is_loaded()
    quiet = QuietMoment(time.monotonic())
    threading.Thread(target=_make_programs_ready, args=(quiet,), daemon=True).start()

    def noted(environ: dict[str, Any], start: Any) -> Any:
        quiet.note(str(environ.get("PATH_INFO", "")), time.monotonic())
        return application(environ, start)

    return noted


class QuietMoment:
    """Knows when nobody waits for a page: loading the API takes seconds, and pages asked meanwhile wait for it."""

    def __init__(self, started: float) -> None:
        self.started = self.asked = started

    def note(self, path: str, now: float) -> None:
        """Note that something was asked for, by a person or a program."""
        if path != PULSE:
            self.asked = now

    def is_now(self, now: float) -> bool:
        """Tell whether the moment has come: soon after the start, never while pages are opened, at last anyway."""
        since = now - self.started
        return since >= LONGEST_WAIT_SECONDS or (since >= FIRST_PAGES_SECONDS and now - self.asked >= QUIET_SECONDS)


def _make_programs_ready(quiet: QuietMoment) -> None:
    while PROGRAMS not in sys.modules and not quiet.is_now(time.monotonic()):
        time.sleep(1)
    importlib.import_module(PROGRAMS)  # waits where a program's call has begun it
    _keep_what_is_loaded()


def _keep_what_is_loaded() -> None:
    """Let the garbage collector pass over all that is there: a look at it stops every thread, and it stays anyway."""
    gc.collect()
    gc.freeze()
