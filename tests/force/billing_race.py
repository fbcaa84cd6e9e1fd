"""Run the billing as workers do: dry, killed at random instants, two at once, and once more when all is done.

CONTO_BOOK=… python -m tests.force.billing_race SEED KILLS
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from django.db import connections  # noqa: E402 -- needs Django
from django.db.models import Sum  # noqa: E402

from conto.apps.invoicing.models import Document, Draft  # noqa: E402
from conto.apps.subscriptions.models import DryRun, Settlement  # noqa: E402
from conto.domain.facts import SYSTEM  # noqa: E402
from conto.flows import billing_run, dry_run, verify_book  # noqa: E402
from tests.force.dying import ends  # noqa: E402
from tests.force.test_billing_runs import BILLED_AT  # noqa: E402

CHUNK = 7
LONGEST_LIFE_SECONDS = 0.5


def bill() -> None:
    """Bill everything that is due."""
    billing_run.run(actor=SYSTEM, at=BILLED_AT, chunk=CHUNK)


def try_dry(run_id: UUID) -> None:
    """Do a dry run, or what is left to do of it."""
    dry_run.work(run_id=run_id, clock=lambda: BILLED_AT, chunk=CHUNK)


def killed_after(seconds: float, work: Callable[[], None] = bill) -> None:
    """Begin a run in a process of its own and kill it."""
    connections.close_all()
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def dry_while_killed(dice: random.Random, kills: int) -> DryRun:
    """Ask for a dry run and kill its worker again and again; nothing of it is ever there."""
    dry, _is_new = dry_run.begin(actor=SYSTEM, at=BILLED_AT)
    for _ in range(kills):
        killed_after(dice.uniform(0.05, LONGEST_LIFE_SECONDS), partial(try_dry, dry.id))
        assert not Settlement.objects.exists()
        assert not Draft.objects.exists()
        assert not Document.objects.exists()
    try_dry(dry.id)
    return DryRun.objects.get()


def main(seed: int, kills: int) -> int:
    """Return at which step something was wrong; 0 when nothing was."""
    dice = random.Random(seed)
    dry = dry_while_killed(dice, kills // 2)
    for _ in range(kills):
        killed_after(dice.uniform(0.05, LONGEST_LIFE_SECONDS))
        if any(verdict.violated for verdict in verify_book.verify()):
            return 1
    meanwhile, _is_new = dry_run.begin(actor=SYSTEM, at=BILLED_AT)
    if any(ends(bill, bill, bill, partial(try_dry, meanwhile.id))):
        return 2
    before = Settlement.objects.count()
    bill()
    if Settlement.objects.count() != before:
        return 3
    documents = Document.objects.filter(kind="invoice").count() + Draft.objects.count()
    net_minor = Settlement.objects.aggregate(Sum("net_minor"))["net_minor__sum"]
    billed = Settlement.objects.values("subscription").distinct().count()
    came_to = (dry.is_whole, dry.settled_count, dry.document_count, dry.totals_minor, dry.aside_count)
    return 0 if came_to == (True, billed, documents, {"EUR": net_minor}, 1) else 4


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
