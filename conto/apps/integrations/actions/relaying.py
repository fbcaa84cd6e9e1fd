"""Make deliveries of what happened, after the transactions in which it happened."""

from datetime import datetime

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.audit.models import Fact
from conto.apps.integrations.models import WebhookDelivery, WebhookEndpoint
from conto.apps.integrations.queries.sight import told_to
from conto.domain.facts import FACTS
from conto.domain.ids import new_id
from conto.domain.webhooks import TEST_KIND

READER = "webhooks"
ROWS_AT_ONCE = 1000


def relay_facts(*, at: datetime, puts_in_order: bool = True, most: int = 100) -> int:
    """Make a delivery for every endpoint that wants a fact of the feed, and return how many.

    Nothing of this happens where facts are recorded: whoever issues seventy thousand invoices writes no row more for
    it. At most `most` thousand facts are read; the next call goes on from there. Without `puts_in_order` only those are
    seen that another job has put into the feed.
    """
    audit.begin_to_read(READER)
    if puts_in_order and WebhookEndpoint.objects.filter(disabled_at=None).exists():
        audit.put_in_order()
    made = 0
    for _ in range(most):
        count, may_be_more = _relay_some(at)
        made += count
        if not may_be_more:
            break
    return made


@transaction.atomic
def _relay_some(at: datetime) -> tuple[int, bool]:
    """Read on in the feed; deliveries and the place in the feed are kept together, so none is missed or made twice."""
    endpoints = list(WebhookEndpoint.objects.filter(disabled_at=None).select_related("member"))
    wants_all = any(not endpoint.kinds for endpoint in endpoints)
    kinds = set(FACTS) if wants_all else {kind for endpoint in endpoints for kind in endpoint.kinds}
    read: list[Fact] = []
    may_be_more = audit.read_on(
        READER, lambda _place, fact: read.append(fact), kinds=kinds - {TEST_KIND}, most=ROWS_AT_ONCE
    )
    rows = [
        WebhookDelivery(
            id=new_id(), endpoint_id=endpoint.id, fact_id=fact.id, kind=fact.kind, next_attempt_at=at, made_at=at
        )
        for endpoint in endpoints
        for fact in _wanted(endpoint, read)
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=ROWS_AT_ONCE)
    return len(rows), may_be_more


def _wanted(endpoint: WebhookEndpoint, read: list[Fact]) -> list[Fact]:
    """Return which facts an endpoint is told: of its kinds, from after it was added, that its member sees."""
    # Keys begin with the moment they were made in.
    wanted = [
        fact for fact in read if fact.id > endpoint.told_from and (not endpoint.kinds or fact.kind in endpoint.kinds)
    ]
    told = told_to(endpoint.member, wanted) if wanted else set()
    return [fact for fact in wanted if fact.id in told]
