"""Take subscriptions over as workers do: killed at random instants, two at once, and once more when all is done.

CONTO_BOOK=… python -m tests.force.migration_race SEED KILLS MIGRATION
"""

import os
import random
import signal
import sys
import time
from functools import partial
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
django.setup()

from django.db import connections  # noqa: E402 -- needs Django

from conto.apps.subscriptions.models import SubscriptionChange  # noqa: E402
from conto.flows import migrate_plan, verify_book  # noqa: E402
from tests.force.dying import ends  # noqa: E402
from tests.scene import NOW  # noqa: E402

CHUNK = 3
LONGEST_LIFE_SECONDS = 0.3


def take_over(migration_id: UUID) -> None:
    """Take over what is left."""
    migrate_plan.run(migration_id=migration_id, clock=lambda: NOW, chunk=CHUNK)


def killed_after(seconds: float, migration_id: UUID) -> None:
    """Begin in a process of its own and kill it."""
    connections.close_all()
    child = os.fork()
    if not child:
        take_over(migration_id)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main(seed: int, kills: int, migration_id: UUID) -> int:
    """Return at which step something was wrong; 0 when nothing was."""
    dice = random.Random(seed)
    for _ in range(kills):
        killed_after(dice.uniform(0.02, LONGEST_LIFE_SECONDS), migration_id)
    if any(verdict.violated for verdict in verify_book.verify()):
        return 1
    story = partial(take_over, migration_id)
    if any(ends(story, story, story)):
        return 2
    before = SubscriptionChange.objects.count()
    take_over(migration_id)
    return 0 if SubscriptionChange.objects.count() == before else 3


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), UUID(sys.argv[3])))
