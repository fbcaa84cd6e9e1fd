"""Requests whose process is killed at a marked place, each in a process of its own.

    CONTO_BOOK=… python -m tests.force.killed_requests PORT < wanted.json

`wanted.json` is a list of objects: `token`, `path`, `body`, `key`, and where to die: `when` is "before" or "after" the
`nth` statement with `words` in it, or "answered": the work is committed and the answer does not leave the process.
Prints how each process ended.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from django.conf import settings  # noqa: E402 -- needs Django
from django.db import connection  # noqa: E402
from django.urls import resolve  # noqa: E402

from tests.api.programs import Program  # noqa: E402


class Death:
    """Kills this process at a statement of its request."""

    def __init__(self, when: str, words: str, nth: int) -> None:
        self.when, self.words, self.left = when, words, nth

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django calls it so
        """Run a statement, or die."""
        self.left -= self.words in sql
        is_here = self.words in sql and self.left == 0
        if is_here and self.when == "before":
            die()
        answer = execute(sql, params, many, context)
        if is_here:
            die()
        return answer


def die() -> None:
    """End this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def ask_and_die(wanted: dict[str, Any]) -> None:
    """Send a request and die on the way; returns only when the marked place never came."""
    program = Program(wanted["token"])
    if wanted["when"] == "answered":
        program.post(wanted["path"], wanted["body"], Idempotency_Key=wanted["key"])
        die()
    with connection.execute_wrapper(Death(wanted["when"], wanted["words"], wanted.get("nth", 1))):
        program.post(wanted["path"], wanted["body"], Idempotency_Key=wanted["key"])


def ended(wanted: dict[str, Any]) -> int:
    """Return how the process of a request ended: minus nine for killed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        ask_and_die(wanted)
    finally:
        os._exit(1)


if __name__ == "__main__":
    Program().client.handler.load_middleware()  # this and the next load what each child would load
    resolve("/api/v1/key")
    settings.SANDBOX_GATEWAY_URL = f"http://localhost:{sys.argv[1]}"
    sys.stdout.write(json.dumps([ended(each) for each in json.load(sys.stdin)]))
