"""Usage: what was used of subscriptions, sent event by event, and what it costs so far."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import BaseModel, Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, InstantGiven, Minor, Number
from conto.api.operations import noun, reads, writes
from conto.api.problem import words_of
from conto.api.reading import found
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.usage import queries
from conto.apps.usage.entries import MOST_EVENTS, EventResult
from conto.domain.errors import EntryRefused
from conto.domain.period import local_day
from conto.domain.permissions import Permission
from conto.flows import record_usage
from conto.flows.record_usage import SentEvent

router = noun("Usage")
_DAYS = 31
_LONGEST_DAYS = 400
EventKey = Annotated[str, Field(description="Yours: the same event again counts once.", examples=["call-4711"])]
Metric = Annotated[str, Field(description="As the items of the subscription measure it.", examples=["calls"])]
Texts = Annotated[dict[str, str], Field(max_length=20, examples=[{"region": "eu"}])]
Became = Literal["recorded", "corrected", "taken_back", "superseded", "duplicate", "refused"]


class UsageEventEntry(Entry):
    """Something that was used. A higher revision of an event corrects it; one with the value null takes it back."""

    subscription: Annotated[str, Field(max_length=60, description="Number or id.", examples=["S-2026-00001"])]
    event_id: Annotated[EventKey, Field(max_length=100)]
    metric: Annotated[Metric, Field(max_length=100)]
    happened_at: InstantGiven
    value: Annotated[Number | None, Field(description="Left out: 1.", examples=["5"])] = Decimal(1)
    properties: Texts = {}
    revision: Annotated[int, Field(ge=0, le=10**6, examples=[0])] = 0


class UsageBatch(Entry):
    """Up to 1000 events."""

    events: Annotated[list[UsageEventEntry], Field(min_length=1, max_length=MOST_EVENTS)]
    all_or_nothing: Annotated[
        Flag, Field(description="One that is refused stops all; else it stops nothing but itself.", examples=[False])
    ] = False


@dataclass(frozen=True, slots=True)
class UsageEventResult:
    """What became of an event."""

    event_id: EventKey
    became: Annotated[Became, Field(examples=["recorded"])]
    is_measured: Annotated[
        bool, Field(description="False: no item of the subscription measures this metric, so it bills nothing.")
    ]
    code: Annotated[str, Field(description="Of a refusal.", examples=[""])]
    detail: Annotated[str, Field(description="Of a refusal, in words.", examples=[""])]


@dataclass(frozen=True, slots=True)
class RecordedUsage:
    """What became of a batch: each event in the order in which it was sent."""

    kept: Annotated[int, Field(description="How many are new in the book.", examples=[1])]
    refused: Annotated[int, Field(examples=[0])]
    results: list[UsageEventResult]


@dataclass(frozen=True, slots=True)
class UsedByItem:
    """What an item measures of the period that runs, and what it costs if nothing more is used."""

    item_key: Annotated[str, Field(examples=["calls"])]
    metric: Metric
    aggregate: Annotated[str, Field(examples=["sum"])]
    quantity: Decimal
    events: int
    cost_minor: Annotated[Minor, Field(description="Before discounts and tax.", examples=[200])]
    starts_on: date
    last_day: date


@dataclass(frozen=True, slots=True)
class UsedOnDay:
    """What a local day came to."""

    metric: Metric
    day: date
    events: int
    sum: Decimal
    greatest: Decimal | None
    last: Decimal | None


@dataclass(frozen=True, slots=True)
class SubscriptionUsage:
    """What was used of a subscription."""

    subscription_id: Id
    currency: Currency
    so_far: list[UsedByItem]
    days: list[UsedOnDay]


class UsageFilters(BaseModel):
    """Which days are read, at most 400."""

    since: Annotated[Day | None, Field(description="Nothing: 31 days up to `until`.")] = None
    until: Annotated[Day | None, Field(description="Nothing: today, in the zone of the subscription.")] = None
    metric: Annotated[str, Field(max_length=100, description="Only this one.", examples=[""])] = ""


@writes(router, "/usage/events", needs=Permission.USAGE_RECORD, gives=RecordedUsage)
def record_usage_events(request: HttpRequest, batch: UsageBatch) -> Any:
    """Send what was used: up to 1000 events, each counted once however often it is sent.

    An event of a subscription that the key does not see is refused like one of a subscription that is not there.
    """
    caller = caller_of(request)
    sent = [
        SentEvent(
            each.subscription, each.event_id, each.metric, each.happened_at, each.value, each.properties, each.revision
        )
        for each in batch.events
    ]
    done = record_usage.record(
        events=sent, member=caller.member, actor=caller.actor, at=caller.at, is_whole=batch.all_or_nothing
    )
    if done.is_undone:
        raise EntryRefused({f"events.{n}": each.refusal for n, each in enumerate(done.results) if each.refusal})
    results = [_result(event.key, each) for event, each in zip(sent, done.results, strict=True)]
    return RecordedUsage(done.kept, done.counts.get("refused", 0), results)


def _result(key: str, each: EventResult) -> UsageEventResult:
    if each.refusal is None:
        return UsageEventResult(key, each.became, each.is_measured, "", "")
    return UsageEventResult(key, each.became, each.is_measured, each.refusal.code, words_of(each.refusal))


@reads(
    router,
    "/subscriptions/{uuid:subscription_id}/usage",
    needs=Permission.SUBSCRIPTION_VIEW,
    gives=SubscriptionUsage,
)
def get_subscription_usage(request: HttpRequest, subscription_id: UUID, filters: Query[UsageFilters]) -> Any:
    """Get what was used of a subscription: the period that runs with its cost so far, and day by day."""
    caller = caller_of(request)
    row = found(subscriptions.subscription_for(caller.member, subscription_id))
    until = filters.until or local_day(caller.at, row.zone)
    earliest = until - timedelta(days=_LONGEST_DAYS - 1)
    since = max(filters.since or until - timedelta(days=_DAYS - 1), earliest)
    return SubscriptionUsage(
        row.id,
        row.currency,
        [
            UsedByItem(
                each.item, each.measure.metric, each.measure.aggregate.value, each.quantity, each.events,
                each.cost_minor, each.starts_on, each.ends_on - timedelta(days=1),
            )
            for each in record_usage.so_far(row, at=caller.at)
        ],
        [
            UsedOnDay(each.metric, each.day, each.count, each.total, each.greatest, each.last_value)
            for each in queries.days_of(row, since=since, until=until, metric=filters.metric)
        ],
    )  # fmt: skip
