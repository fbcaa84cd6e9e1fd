"""Make deliveries of what happened, after the transactions in which it happened."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from conto.apps.audit.models import Fact
from conto.apps.integrations.models import FreshFacts, WebhookDelivery, WebhookEndpoint
from conto.domain.ids import new_id
from conto.domain.webhooks import TEST_KIND

MARKS_AT_ONCE = 20
ROWS_AT_ONCE = 1000


@transaction.atomic
def relay_fresh_facts(*, at: datetime) -> int:
    """Make a delivery for every endpoint that wants a fact recorded since the last time, and return how many.

    A mark tells between which ids a statement recorded facts. Facts of other transactions lie between them too: those
    that are committed are found twice, by this mark and their own, and told once; those that are not yet have a mark
    of their own that comes with their commit.
    """
    marks = list(FreshFacts.objects.select_for_update(skip_locked=True).order_by("id")[:MARKS_AT_ONCE])
    if not marks:
        return 0
    endpoints = list(WebhookEndpoint.objects.filter(disabled_at=None).only("id", "kinds"))
    made = 0
    rows = (row for mark in marks for row in _deliveries(mark, endpoints, at)) if endpoints else iter(())
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        WebhookDelivery.objects.bulk_create(batch, ignore_conflicts=True)
        made += len(batch)
    FreshFacts.objects.filter(id__in=[mark.id for mark in marks]).delete()
    return made


def _deliveries(mark: FreshFacts, endpoints: list[WebhookEndpoint], at: datetime) -> Iterator[WebhookDelivery]:
    wanted: set[str] = set()
    wants_all = any(not endpoint.kinds for endpoint in endpoints)
    wanted.update(*(endpoint.kinds for endpoint in endpoints))
    fresh = Fact.objects.filter(id__gte=mark.first_id, id__lte=mark.last_id).exclude(kind=TEST_KIND)
    if not wants_all:
        fresh = fresh.filter(kind__in=wanted)
    found: Iterator[tuple[UUID, str]] = fresh.order_by("id").values_list("id", "kind").iterator(ROWS_AT_ONCE)
    for fact_id, kind in found:
        for endpoint in endpoints:
            if not endpoint.kinds or kind in endpoint.kinds:
                yield WebhookDelivery(
                    id=new_id(), endpoint_id=endpoint.id, fact_id=fact_id, kind=kind, next_attempt_at=at, made_at=at
                )
