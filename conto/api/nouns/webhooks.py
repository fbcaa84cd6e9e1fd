"""Webhooks: which programs elsewhere are told what, how that goes, and what was told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query
from pydantic import Field

from conto.api import paging
from conto.api.door import caller_of
from conto.api.fields import Entry, Id, Instant
from conto.api.operations import Match, noun, reads, writes
from conto.api.reading import found, given, lock
from conto.apps.integrations import actions, queries
from conto.domain import webhooks
from conto.domain.facts import FACTS
from conto.domain.permissions import Permission
from conto.flows import send_webhooks

router = noun("Webhooks")
_MANAGE = Permission.INTEGRATION_MANAGE
Url = Annotated[str, Field(min_length=1, max_length=2000, examples=["https://shop.example/hooks"])]
Types = Annotated[
    list[Annotated[str, Field(max_length=60)]],
    Field(max_length=200, description="Which events are told; none: all.", examples=[["invoice.issued"]]),
]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address elsewhere that is told what happens in the book."""

    id: Id
    url: Url
    description: Annotated[str, Field(examples=["Shop"])]
    types: Types
    is_enabled: bool
    disabled_reason: Annotated[str, Field(description="by_hand, gone (it answered 410) or failing.", examples=[""])]
    added_at: Instant


@dataclass(frozen=True, slots=True)
class EndpointWithSecret:
    """An endpoint with its fresh secret, told this once: a repeated request gets an empty text."""

    endpoint: Endpoint
    secret: Annotated[str, Field(description="Signs each message.", examples=["whsec_MfKQ9r8GKYqrTwj…"])]
    previous_until: Annotated[datetime | None, Field(description="Until then the secret before signs too.")]


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """How an endpoint does."""

    delivered: Annotated[int, Field(description="Of the last hundred that were finished.", examples=[99])]
    failed: Annotated[int, Field(description="Of the last hundred that were finished.", examples=[1])]
    waiting: Annotated[int, Field(description="1,000 at most are counted.", examples=[0])]
    failures: Annotated[int, Field(description="In a row.", examples=[0])]
    failing_since: datetime | None
    quiet_until: Annotated[datetime | None, Field(description="It is left alone until then.")]
    last_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event to be told to one endpoint."""

    id: Id
    endpoint_id: Id
    message_id: Annotated[UUID, Field(description="Stays the same however often it is sent.")]
    type: Annotated[str, Field(examples=["invoice.issued"])]
    state: Annotated[str, Field(description="waiting, sending, delivered or failed.", examples=["delivered"])]
    attempts: Annotated[int, Field(examples=[1])]
    next_attempt_at: datetime | None
    made_at: Instant
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver, and what came of it."""

    at: Instant
    outcome: Annotated[str, Field(examples=["taken"])]
    status: Annotated[int | None, Field(description="What was answered; null: nothing.", examples=[200])]
    milliseconds: Annotated[int, Field(examples=[120])]
    words: str
    excerpt: Annotated[str, Field(description="The beginning of what was answered.")]


@dataclass(frozen=True, slots=True)
class DeliveryInFull:
    """A delivery with its message and each try."""

    delivery: Delivery
    content: Annotated[str, Field(description="The message as it is sent.", examples=['{"type": "invoice.issued"}'])]
    tries: list[Attempt]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test."""

    outcome: Annotated[str, Field(examples=["taken"])]
    status: Annotated[int | None, Field(examples=[200])]
    milliseconds: Annotated[int, Field(examples=[120])]
    words: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries are sent again."""

    deliveries: Annotated[int, Field(examples=[3])]


class EndpointEntry(Entry):
    """Where and what is told."""

    url: Url
    description: Annotated[str, Field(max_length=200, examples=["Shop"])] = ""
    types: Types = []


class EndpointChange(Entry):
    """What changes of an endpoint; what is left out stays."""

    url: Url = "-"
    description: Annotated[str, Field(max_length=200, examples=["Shop"])] = ""
    types: Types = []


class ReplayEntry(Entry):
    """From when on failed deliveries are sent again."""

    since: Instant


class DeliveryFilters(paging.Paged):
    """Which deliveries a list shows."""

    state: Literal["", "waiting", "delivered", "failed"] = ""


@reads(router, "/webhook-events", needs=_MANAGE, gives=list[str])
def list_webhook_events(request: HttpRequest) -> Any:
    """List the events that an endpoint can be told."""
    del request
    return list(webhooks.event_types())


@reads(router, "/webhooks", needs=_MANAGE, gives=list[Endpoint])
def list_webhooks(request: HttpRequest) -> Any:
    """List the endpoints, the first added first."""
    del request
    return [_endpoint(row) for row in queries.endpoints()]


def _endpoint(row: Any) -> Endpoint:
    types = [webhooks.event_type(kind) for kind in row.kinds if kind in FACTS]
    return Endpoint(row.id, row.url, row.description, types, row.is_enabled, row.disabled_reason, row.added_at)


@reads(router, "/webhooks/{uuid:endpoint_id}", needs=_MANAGE, gives=Endpoint, is_record=True)
def get_webhook(request: HttpRequest, endpoint_id: UUID) -> Any:
    """Get an endpoint; its secret is not told again."""
    del request
    return _shape(endpoint_id)


def _shape(endpoint_id: UUID) -> Endpoint:
    return _endpoint(found(queries.endpoint(endpoint_id)))


def _read(request: HttpRequest, endpoint_id: UUID) -> Endpoint:
    del request
    return _shape(endpoint_id)


def _hold(request: HttpRequest, endpoint_id: UUID) -> None:
    del request
    lock(queries.endpoints(), endpoint_id)


_MATCH = Match(_read, _hold)


@reads(router, "/webhooks/{uuid:endpoint_id}/health", needs=_MANAGE, gives=EndpointHealth)
def get_webhook_health(request: HttpRequest, endpoint_id: UUID) -> Any:
    """Get how an endpoint does."""
    del request
    row, health = found(queries.endpoint(endpoint_id)), queries.health_of(endpoint_id)
    return EndpointHealth(
        health.delivered, health.failed, health.waiting, row.failures, row.failing_since, row.quiet_until,
        row.last_success_at,
    )  # fmt: skip


@writes(router, "/webhooks", needs=_MANAGE, gives=EndpointWithSecret, status=201, reveals=("secret",))
def add_webhook(request: HttpRequest, endpoint: EndpointEntry) -> Any:
    """Tell one more address what happens from now on. Its secret is told this once."""
    caller = caller_of(request)
    made = actions.add_endpoint(**endpoint.model_dump(), actor=caller.actor, at=caller.at)
    return _with_secret(made)


def _with_secret(made: actions.MadeEndpoint) -> EndpointWithSecret:
    return EndpointWithSecret(_endpoint(made.endpoint), made.secret, made.endpoint.previous_until)


@writes(router, "/webhooks/{uuid:endpoint_id}", method="PATCH", needs=_MANAGE, gives=Endpoint, match=_MATCH)
def change_webhook(request: HttpRequest, endpoint_id: UUID, changes: EndpointChange) -> Any:
    """Change where and what an endpoint is told."""
    caller = caller_of(request)
    row = _shape(endpoint_id)
    known = {"url": row.url, "description": row.description, "types": row.types} | given(changes)
    actions.change_endpoint(endpoint_id=endpoint_id, **known, actor=caller.actor, at=caller.at)
    return _shape(endpoint_id)


@writes(router, "/webhooks/{uuid:endpoint_id}", method="DELETE", needs=_MANAGE)
def remove_webhook(request: HttpRequest, endpoint_id: UUID) -> Any:
    """Forget an endpoint with all its deliveries."""
    caller = caller_of(request)
    found(queries.endpoint(endpoint_id))
    actions.remove_endpoint(endpoint_id=endpoint_id, actor=caller.actor, at=caller.at)


@writes(
    router, "/webhooks/{uuid:endpoint_id}/rotate-secret", needs=_MANAGE, gives=EndpointWithSecret, reveals=("secret",)
)
def rotate_webhook_secret(request: HttpRequest, endpoint_id: UUID) -> Any:
    """Give an endpoint a new secret, told this once; the old one signs too for a day."""
    caller = caller_of(request)
    found(queries.endpoint(endpoint_id))
    return _with_secret(actions.rotate_secret(endpoint_id=endpoint_id, actor=caller.actor, at=caller.at))


@writes(router, "/webhooks/{uuid:endpoint_id}/disable", needs=_MANAGE, gives=Endpoint)
def disable_webhook(request: HttpRequest, endpoint_id: UUID) -> Any:
    """Tell an endpoint nothing for now. What waits for it is kept."""
    caller = caller_of(request)
    found(queries.endpoint(endpoint_id))
    return _endpoint(actions.disable_endpoint(endpoint_id=endpoint_id, actor=caller.actor, at=caller.at))


@writes(router, "/webhooks/{uuid:endpoint_id}/enable", needs=_MANAGE, gives=Endpoint)
def enable_webhook(request: HttpRequest, endpoint_id: UUID) -> Any:
    """Tell an endpoint events again, what waited for it first."""
    caller = caller_of(request)
    found(queries.endpoint(endpoint_id))
    return _endpoint(actions.enable_endpoint(endpoint_id=endpoint_id, actor=caller.actor, at=caller.at))


@writes(router, "/webhooks/{uuid:endpoint_id}/test", needs=_MANAGE, gives=Tried, is_outside=True)
def test_webhook(request: HttpRequest, endpoint_id: UUID) -> Any:
    """Send a test event at once and tell what the endpoint answered."""
    caller = caller_of(request)
    found(queries.endpoint(endpoint_id))
    tried = send_webhooks.send_test(endpoint_id=endpoint_id, actor=caller.actor, at=caller.at, world_clock=timezone.now)
    return Tried(tried.name, tried.status, tried.milliseconds, tried.words)


@writes(router, "/webhooks/{uuid:endpoint_id}/replay", needs=_MANAGE, gives=Replayed)
def replay_webhook(request: HttpRequest, endpoint_id: UUID, replay: ReplayEntry) -> Any:
    """Send again every delivery of an endpoint that failed since a time, each with the message id that it had."""
    caller = caller_of(request)
    found(queries.endpoint(endpoint_id))
    count = actions.replay_failed(endpoint_id=endpoint_id, since=replay.since, actor=caller.actor, at=caller.at)
    return Replayed(count)


@reads(router, "/webhooks/{uuid:endpoint_id}/deliveries", needs=_MANAGE, gives=paging.Page[Delivery])
def list_deliveries(request: HttpRequest, endpoint_id: UUID, filters: Query[DeliveryFilters]) -> Any:
    """List the deliveries of an endpoint, the latest first."""
    del request
    found(queries.endpoint(endpoint_id))
    rows = queries.deliveries_of(endpoint_id, filters.state)
    return paging.keyset(rows, filters, by=("id",), kinds=(UUID,), shape=_delivery)


def _delivery(row: Any) -> Delivery:
    return Delivery(
        row.id, row.endpoint_id, row.fact_id, webhooks.event_type(row.kind), row.state, row.attempts,
        row.next_attempt_at, row.made_at, row.finished_at,
    )  # fmt: skip


@reads(router, "/webhook-deliveries/{uuid:delivery_id}", needs=_MANAGE, gives=DeliveryInFull)
def get_delivery(request: HttpRequest, delivery_id: UUID) -> Any:
    """Get a delivery with its message and each try."""
    del request
    row = found(queries.delivery(delivery_id))
    tries = [
        Attempt(each.at, each.outcome, each.status, each.milliseconds, each.words, each.excerpt)
        for each in queries.attempts_of(delivery_id)
    ]
    return DeliveryInFull(_delivery(row), queries.readable_content(row), tries)


@writes(router, "/webhook-deliveries/{uuid:delivery_id}/replay", needs=_MANAGE, gives=Delivery)
def replay_delivery(request: HttpRequest, delivery_id: UUID) -> Any:
    """Send a delivery again, with the message id that it had."""
    caller = caller_of(request)
    found(queries.delivery(delivery_id))
    return _delivery(actions.replay_delivery(delivery_id=delivery_id, actor=caller.actor, at=caller.at))
