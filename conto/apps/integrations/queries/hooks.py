"""Reads of endpoints and their deliveries."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from conto.apps.accounts import queries as accounts
from conto.apps.audit.models import Fact
from conto.apps.fields.queries import told_body
from conto.apps.integrations.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from conto.domain.facts import OwnValuesChanged
from conto.domain.webhooks import Told, content_of

LATELY = 100
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has done with the deliveries finished lately, and how many wait for it."""

    delivered: int
    failed: int
    waiting: int

    @property
    def finished(self) -> int:
        """How many deliveries the share is about."""
        return self.delivered + self.failed

    @property
    def percent(self) -> int | None:
        """The share that was delivered, rounded down; nothing while there is none."""
        return self.delivered * 100 // self.finished if self.finished else None


def endpoints() -> QuerySet[WebhookEndpoint]:
    """Return the endpoints, the first added first."""
    return WebhookEndpoint.objects.order_by("added_at", "id")


def endpoint(endpoint_id: UUID) -> WebhookEndpoint | None:
    """Return one endpoint."""
    return WebhookEndpoint.objects.filter(id=endpoint_id).first()


_HEALTH = """
SELECT e.id, lately.delivered, lately.failed, open.count FROM integrations_webhookendpoint e
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'delivered') AS delivered, count(*) FILTER (WHERE state = 'failed') AS failed
    FROM (SELECT state FROM integrations_webhookdelivery WHERE endpoint_id = e.id AND finished_at IS NOT NULL
        ORDER BY finished_at DESC LIMIT %(lately)s) AS finished) AS lately
CROSS JOIN LATERAL (
    SELECT count(*) FROM (SELECT 1 FROM integrations_webhookdelivery
        WHERE endpoint_id = e.id AND state IN ('waiting', 'sending') LIMIT %(most)s) AS waiting) AS open
WHERE %(id)s::uuid IS NULL OR e.id = %(id)s::uuid
"""


def healths(endpoint_id: UUID | None = None) -> dict[UUID, Health]:
    """Return how each endpoint does: its last hundred finished deliveries, and those that wait (1,000 at most)."""
    with connection.cursor() as cursor:
        cursor.execute(_HEALTH, {"lately": LATELY, "most": MOST_COUNTED, "id": endpoint_id})
        return {row_id: Health(delivered, failed, waiting) for row_id, delivered, failed, waiting in cursor.fetchall()}


def health_of(endpoint_id: UUID) -> Health:
    """Return how one endpoint does."""
    return healths(endpoint_id).get(endpoint_id, Health(0, 0, 0))


def readable_content(row: WebhookDelivery) -> str:
    """Return the message of a delivery, set for people to read."""
    return json.dumps(json.loads(content_of(told(row.fact, row.endpoint))), ensure_ascii=False, indent=2)


def deliveries_of(endpoint_id: UUID, state: str = "") -> QuerySet[WebhookDelivery]:
    """Return the deliveries of an endpoint, the latest first; `waiting` counts those being sent in."""
    found = WebhookDelivery.objects.filter(endpoint_id=endpoint_id).order_by("-id")
    if state == "waiting":
        return found.filter(state__in=["waiting", "sending"])
    return found.filter(state=state) if state else found


def failed_count(endpoint_id: UUID, since: datetime | None = None) -> int:
    """Return how many deliveries of an endpoint have failed (since a time), 1,000 at most."""
    found = WebhookDelivery.objects.filter(endpoint_id=endpoint_id, state="failed")
    if since is not None:
        found = found.filter(finished_at__gte=since)
    return found.values("id")[:MOST_COUNTED].count()


def delivery(delivery_id: UUID) -> WebhookDelivery | None:
    """Return one delivery with its endpoint and its fact."""
    return WebhookDelivery.objects.select_related("endpoint", "fact__payload").filter(id=delivery_id).first()


def attempts_of(delivery_id: UUID) -> QuerySet[WebhookAttempt]:
    """Return the tries of a delivery, the latest first."""
    return WebhookAttempt.objects.filter(delivery_id=delivery_id).order_by("-at", "-id")


def last_attempts(delivery_ids: list[UUID]) -> dict[UUID, WebhookAttempt]:
    """Return the latest try of each of some deliveries."""
    rows = WebhookAttempt.objects.filter(delivery_id__in=delivery_ids).order_by("delivery_id", "-at", "-id")
    return {row.delivery_id: row for row in rows.distinct("delivery_id")}


def told(fact: Fact, endpoint: WebhookEndpoint) -> Told:
    """Return a fact as it is told to an endpoint: what its member may read; from where it came is not."""
    payload = getattr(fact, "payload", None)
    body = payload.body if payload is not None else None
    if body is not None and fact.kind == OwnValuesChanged.kind and endpoint.member is not None:
        body = told_body(fact.kind, body, accounts.business(), endpoint.member.role)
    return Told(
        id=fact.id,
        kind=fact.kind,
        at=fact.at,
        recorded_at=fact.recorded_at,
        subject_kind=fact.subject_kind,
        subject_id=fact.subject_id,
        customer_id=fact.customer_id,
        entry_id=fact.entry_id,
        actor_kind=fact.actor_kind,
        actor_id=fact.actor_id,
        body=body,
    )
