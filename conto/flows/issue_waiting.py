"""Issue what a billing run made and nobody stopped: when its time has come, each once, whoever was down meanwhile."""

from datetime import datetime

from django.db import transaction

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.subscriptions import queries as subscriptions
from conto.domain.facts import Actor
from conto.flows import issue_document

CHUNK = 100  # drafts


def issue_waiting(*, actor: Actor, at: datetime) -> int:
    """Issue the drafts whose time has come, a hundred a transaction, and return how many were issued.

    What the check list stops is held. Late, it issues what was missed; cut off and run again, or by two at once, it
    issues nothing twice, since a draft is gone with its issuing.

    Source: GU-7.
    """
    issued = 0
    while queries.is_any_scheduled(at=at):
        taken, done = _next_chunk(actor, at)
        issued += done
        if not taken:  # another worker is at what is left
            return issued
    return issued


@transaction.atomic
def _next_chunk(actor: Actor, at: datetime) -> tuple[int, int]:
    ids = invoicing.claim_scheduled(at=at, most=CHUNK)
    if not ids:
        return 0, 0
    results = issue_document.issue_many(draft_ids=ids, actor=actor, at=at, apart=subscriptions.billed_among)
    refused = [each for each in results if not each.is_issued]
    invoicing.hold_refused(refused=refused, actor=actor, at=at)
    return len(ids), len(results) - len(refused)
