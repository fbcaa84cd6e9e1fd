"""Events as the engine takes them: all that may matter for the next bill, with two queries for many subscriptions."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection

from conto.apps.subscriptions.models import Subscription
from conto.apps.subscriptions.queries import Loaded
from conto.apps.usage.models import UsageEvent
from conto.domain.subscription import Event, needed_since

# The first day of what arrived since a subscription was billed, on which any revision of the same event was.
_TOUCHED = """
SELECT asked.subscription_id, min(e.day)
FROM unnest(%s::uuid[], %s::timestamptz[]) asked (subscription_id, since)
    JOIN usage_usageevent arrived ON arrived.subscription_id = asked.subscription_id
        AND arrived.known_at >= asked.since
    JOIN usage_usageevent e ON (e.subscription_id, e.event_key) = (arrived.subscription_id, arrived.event_key)
GROUP BY 1
"""
# What happened since a day, with all revisions of it: an earlier one may have been of another day.
_EVENTS = """
WITH recent AS (
    SELECT e.* FROM unnest(%s::uuid[], %s::text[], %s::date[]) asked (subscription_id, metric, since)
        JOIN usage_usageevent e ON (e.subscription_id, e.metric) = (asked.subscription_id, asked.metric)
            AND e.day >= asked.since
), revised AS (
    SELECT DISTINCT r.subscription_id, r.event_key, asked.since FROM recent r
        JOIN unnest(%s::uuid[], %s::text[], %s::date[]) asked (subscription_id, metric, since)
            USING (subscription_id, metric)
), every AS (
    SELECT * FROM recent
    UNION ALL
    SELECT e.* FROM revised JOIN usage_usageevent e
        ON (e.subscription_id, e.event_key) = (revised.subscription_id, revised.event_key) AND e.day < revised.since
)
SELECT subscription_id, event_key, metric, happened_at, value, properties, known_at, revision
FROM every WHERE known_at <= %s
"""
_BEFORE_ALL = date(1900, 1, 1)
_AFTER_ALL = datetime(9000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
MOST_SHOWN = 50


def events_of(loaded: Iterable[Loaded], *, known_by: datetime | None = None) -> dict[UUID, list[Event]]:
    """Return the events that may matter for the next bill of subscriptions, of the metrics that their items measure.

    Only what was known by an instant, where one is given. With two queries, or none where nothing is measured.

    Source: U-2, U-8, U-12.
    """
    measuring = [(each, metrics) for each in loaded if (metrics := _metrics(each))]
    found: dict[UUID, list[Event]] = {}
    if not measuring:
        return found
    touched = _touched([each for each, _metrics in measuring if each.row.settled_on])
    ids: list[UUID] = []
    names: list[str] = []
    since: list[date] = []
    for each, metrics in measuring:
        first = needed_since(each.definition, each.changes, each.row.settled_on, touched.get(each.row.id))
        ids += [each.row.id] * len(metrics)
        names += metrics
        since += [first or _BEFORE_ALL] * len(metrics)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [ids, names, since, ids, names, since, known_by or _AFTER_ALL])
        for subscription_id, key, metric, at, value, properties, known_at, revision in cursor.fetchall():
            texts = tuple(json.loads(properties).items())
            found.setdefault(subscription_id, []).append(Event(key, metric, at, value, texts, known_at, revision))
    return found


def _metrics(loaded: Loaded) -> list[str]:
    items = [*loaded.definition.items, *(change.added for change in loaded.changes if change.added is not None)]
    return sorted({item.measure.metric for item in items if item.measure is not None})


def _touched(loaded: Sequence[Loaded]) -> dict[UUID, date]:
    """Tell the first day that is touched by what arrived since each subscription was billed."""
    if not loaded:
        return {}
    since = [
        datetime.combine(each.row.settled_on, time(), UTC) - _DAY for each in loaded if each.row.settled_on is not None
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, [[each.row.id for each in loaded], since])
        return dict(cursor.fetchall())


def history_of(row: Subscription, *, most: int = MOST_SHOWN) -> Sequence[UsageEvent]:
    """Return the events of a subscription that arrived last."""
    return list(UsageEvent.objects.filter(subscription=row).order_by("-known_at", "-id")[:most])
