"""What happens because something happened: one dictionary from kinds of facts to functions.

A reaction runs once per fact, in order, soon after the commit; what it writes is kept together with the place up to
which was read, so a worker that is killed doubles and misses nothing. It may only write to the database.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.domain.alerts import ALERTING_KINDS
from conto.domain.errors import RuleBroken
from conto.flows.raise_alerts import notice_device, raise_alerts
from conto.flows.tell_mentioned import tell_mentioned

if TYPE_CHECKING:
    from conto.apps.audit.models import Fact

Reaction = Callable[["Fact", datetime], None]

log = logging.getLogger(__name__)
READER = "reactions"
REACTIONS: dict[str, tuple[Reaction, ...]] = {
    "comment_added": (tell_mentioned,),
    "member_signed_in": (notice_device,),
    **dict.fromkeys(sorted(ALERTING_KINDS), (raise_alerts,)),
}


def react(*, at: datetime) -> int:
    """React to all facts since the last time, and return to how many."""
    audit.begin_to_read(READER)
    done = 0

    def work(_position: int, fact: "Fact") -> None:
        nonlocal done
        for reaction in REACTIONS[fact.kind]:
            try:
                with transaction.atomic():
                    reaction(fact, at)
            except RuleBroken:  # a rule that refuses one fact does not keep the others from being told
                log.exception("A reaction to %s %s was refused.", fact.kind, fact.id)
        done += 1

    while audit.read_on(READER, work, kinds=REACTIONS.keys()):
        pass
    return done
