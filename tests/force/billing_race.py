"""Run the billing as workers do: killed at random instants, two at once, and once more when all is done.

CONTO_BOOK=… python -m tests.force.billing_race SEED KILLS
"""

import os
import random
import signal
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from django.db import connections  # noqa: E402 -- needs Django

from conto.apps.subscriptions.models import Settlement  # noqa: E402
from conto.domain.facts import SYSTEM  # noqa: E402
from conto.flows import billing_run, verify_book  # noqa: E402
from tests.force.dying import ends  # noqa: E402
from tests.force.test_billing_runs import BILLED_AT  # noqa: E402

CHUNK = 7
LONGEST_LIFE_SECONDS = 0.5


def bill() -> None:
    """Bill everything that is due."""
    billing_run.run(actor=SYSTEM, at=BILLED_AT, chunk=CHUNK)


def killed_after(seconds: float) -> None:
    """Begin a run in a process of its own and kill it."""
    connections.close_all()
    child = os.fork()
    if not child:
        bill()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main(seed: int, kills: int) -> int:
    """Return at which step something was wrong; 0 when nothing was."""
    dice = random.Random(seed)
    for _ in range(kills):
        killed_after(dice.uniform(0.05, LONGEST_LIFE_SECONDS))
        if any(verdict.violated for verdict in verify_book.verify()):
            return 1
    if any(ends(bill, bill, bill)):
        return 2
    before = Settlement.objects.count()
    bill()
    return 0 if Settlement.objects.count() == before else 3


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
