"""Events taken in batches, each once, and the days that they touch."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from conto.apps.audit import actions as audit
from conto.apps.bulk import copy_rows
from conto.apps.subscriptions.models import Subscription, SubscriptionItem
from conto.apps.usage.entries import MOST_EVENTS, EventResult, Recorded, UsageEntry
from conto.apps.usage.models import UsageEvent
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.subscription.window import check_event, check_still_taken, check_window

_FIELDS = (
    "id", "batch_id", "subscription_id", "event_key", "revision", "metric", "happened_at", "day", "value", "properties",
    "known_at",
)  # fmt: skip
_KNOWN = """
SELECT e.subscription_id, e.event_key, e.revision, e.metric, e.happened_at, e.day, e.value, e.properties
FROM unnest(%s::uuid[], %s::text[]) asked (subscription_id, event_key)
    JOIN usage_usageevent e USING (subscription_id, event_key)
"""
# What is new adds to its day.
_ADD = """
INSERT INTO usage_dailyusage AS d
    (subscription_id, metric, day, count, total, greatest, last_value, last_at, last_key)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::date[], %s::int[], %s::numeric[], %s::numeric[], %s::numeric[],
    %s::timestamptz[], %s::text[])
ON CONFLICT (subscription_id, metric, day) DO UPDATE SET
    count = d.count + excluded.count,
    total = d.total + excluded.total,
    greatest = greatest(d.greatest, excluded.greatest),
    (last_value, last_at, last_key) = (SELECT l.value, l.at, l.key FROM (VALUES
        (d.last_value, d.last_at, d.last_key), (excluded.last_value, excluded.last_at, excluded.last_key)
    ) l (value, at, key) ORDER BY l.at DESC NULLS LAST, l.key COLLATE "C" DESC LIMIT 1)
"""
# What is corrected makes each day that it stood on or stands on anew, from the events that count now.
_ANEW = """
INSERT INTO usage_dailyusage AS d
    (subscription_id, metric, day, count, total, greatest, last_value, last_at, last_key)
SELECT t.subscription_id, t.metric, t.day, count(e.id), coalesce(sum(e.value), 0), max(e.value),
    (array_agg(e.value ORDER BY e.happened_at DESC, e.event_key DESC) FILTER (WHERE e.id IS NOT NULL))[1],
    max(e.happened_at),
    (array_agg(e.event_key ORDER BY e.happened_at DESC, e.event_key DESC) FILTER (WHERE e.id IS NOT NULL))[1]
FROM TOUCHED t (subscription_id, metric, day)
    LEFT JOIN usage_usageevent e ON (e.subscription_id, e.metric, e.day) = (t.subscription_id, t.metric, t.day)
        AND e.value IS NOT NULL AND NOT EXISTS (SELECT FROM usage_usageevent later
            WHERE later.subscription_id = e.subscription_id AND later.event_key = e.event_key
                AND later.revision > e.revision)
GROUP BY 1, 2, 3
ON CONFLICT (subscription_id, metric, day) DO UPDATE SET
    count = excluded.count, total = excluded.total, greatest = excluded.greatest, last_value = excluded.last_value,
    last_at = excluded.last_at, last_key = excluded.last_key
WHERE (d.count, d.total, d.greatest, d.last_value, d.last_at, d.last_key) IS DISTINCT FROM
    (excluded.count, excluded.total, excluded.greatest, excluded.last_value, excluded.last_at, excluded.last_key)
"""
_SOME_ANEW = _ANEW.replace("TOUCHED", "unnest(%s::uuid[], %s::text[], %s::date[])")
_ALL_ANEW = _ANEW.replace(
    "TOUCHED",
    "(SELECT subscription_id, metric, day FROM usage_usageevent"
    " UNION SELECT subscription_id, metric, day FROM usage_dailyusage)",
)

Day = tuple[UUID, str, date]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A revision of an event that is in the book, or will be."""

    metric: str
    at: datetime
    day: date
    value: Decimal | None
    properties: dict[str, str]

    def says(self, entry: UsageEntry) -> bool:
        """Tell whether an entry says the same."""
        return (
            self.metric == entry.metric
            and self.at == entry.at
            and self.value == entry.value
            and self.properties == dict(entry.properties)
        )


@dataclass(slots=True)
class _Sum:
    """What new events add to a day."""

    count: int
    total: Decimal
    greatest: Decimal
    last: tuple[datetime, str]
    last_value: Decimal

    def add(self, value: Decimal, last: tuple[datetime, str]) -> None:
        """Add an event."""
        self.count += 1
        self.total += value
        self.greatest = max(self.greatest, value)
        if last > self.last:
            self.last, self.last_value = last, value


class _Batch:
    """The judgement of a batch, in the order in which it was sent."""

    def __init__(self, entries: Sequence[UsageEntry], at: datetime) -> None:
        self.at = at
        self.rows = _locked({each.subscription_id for each in entries})
        self.today = {row.id: local_day(at, row.zone) for row in self.rows.values()}
        self.measured = _measured(self.rows)
        self.known = _known(entries)
        self.stored = frozenset(self.known)
        self.fresh: dict[tuple[UUID, str, int], UsageEntry] = {}

    def judged(self, entry: UsageEntry) -> EventResult:
        """Tell what becomes of an event, and take it where it is new."""
        row = self.rows.get(entry.subscription_id)
        try:
            if row is None:
                raise unknown()
            check_event(
                key=entry.key, metric=entry.metric, value=entry.value, properties=entry.properties,
                revision=entry.revision,
            )  # fmt: skip
            check_still_taken(number=row.number, final_on=row.final_on, today=self.today[row.id])
            return self._taken(entry, row)
        except RuleBroken as refusal:
            return EventResult("refused", refusal)

    def _taken(self, entry: UsageEntry, row: Subscription) -> EventResult:
        is_measured = (row.id, entry.metric) in self.measured
        revisions = self.known.setdefault((row.id, entry.key), {})
        same = revisions.get(entry.revision)
        if same is not None:
            if not same.says(entry):
                raise RuleBroken(
                    "usage.other_content",
                    "Event “%(key)s” is here already and says something else. Send a higher revision to correct it.",
                    key=entry.key,
                )
            return EventResult("duplicate", is_measured=is_measured)
        if any(kept.metric != entry.metric for kept in revisions.values()):
            raise RuleBroken(
                "usage.other_metric",
                "Event “%(key)s” is of another metric. Take it back, and send another event.",
                key=entry.key,
            )
        check_window(happened_at=entry.at, at=self.at)
        highest = max(revisions, default=-1)
        day = local_day(entry.at, row.zone)
        revisions[entry.revision] = _Kept(entry.metric, entry.at, day, entry.value, dict(entry.properties))
        self.fresh[row.id, entry.key, entry.revision] = entry
        if entry.revision < highest:
            return EventResult("superseded", is_measured=is_measured)
        if entry.value is None:
            return EventResult("taken_back", is_measured=is_measured)
        return EventResult("recorded" if highest < 0 else "corrected", is_measured=is_measured)

    def write(self, batch_id: UUID) -> None:
        """Write what is new, and bring the days up to date."""
        copy_rows(UsageEvent, _FIELDS, (self._event_row(place, batch_id) for place in self.fresh))
        added, touched = self._days()
        _add(added)
        _make_anew(touched)

    def _event_row(self, place: tuple[UUID, str, int], batch_id: UUID) -> tuple[object, ...]:
        subscription_id, key, revision = place
        kept = self.known[subscription_id, key][revision]
        return (
            new_id(), batch_id, subscription_id, key, revision, kept.metric, kept.at, kept.day, kept.value,
            Jsonb(kept.properties), self.at,
        )  # fmt: skip

    def _days(self) -> tuple[dict[Day, _Sum], set[Day]]:
        """Tell what new events add to days, and which days corrections touch."""
        touched: set[Day] = set()
        simple: list[tuple[Day, Decimal, tuple[datetime, str]]] = []
        for subscription_id, key in {(place[0], place[1]): None for place in self.fresh}:
            revisions = self.known[subscription_id, key]
            days = [(subscription_id, kept.metric, kept.day) for kept in revisions.values()]
            (first, *others) = revisions.values()
            if others or (subscription_id, key) in self.stored or first.value is None:
                touched.update(days)
            else:
                simple.append((days[0], first.value, (first.at, key)))
        added: dict[Day, _Sum] = {}
        for day, value, last in simple:
            if day in touched:
                continue
            found = added.get(day)
            if found is None:
                added[day] = _Sum(1, value, value, last, value)
            else:
                found.add(value, last)
        return added, touched


def unknown() -> RuleBroken:
    """Return the refusal of an event whose subscription is not there, or not for the one who asks."""
    return RuleBroken("usage.no_subscription", "There is no such subscription.")


def record_events(*, entries: Sequence[UsageEntry], actor: Actor, at: datetime, is_whole: bool = False) -> Recorded:
    """Take a batch of events, each once, and bring the days up to date that they touch.

    What cannot be taken is named and stops nothing else, unless the batch is to be taken as a whole. With a constant
    number of statements; two who send the same at once wait for each other and count once.

    Raises: RuleBroken `usage.too_many`.
    Source: U-9, U-10, U-11.
    """
    if len(entries) > MOST_EVENTS:
        raise RuleBroken("usage.too_many", "At most %(most)s events at once.", most=MOST_EVENTS)
    batch_id = new_id()
    with transaction.atomic():
        batch = _Batch(entries, at)
        results = tuple(batch.judged(each) for each in entries)
        if is_whole and any(each.refusal for each in results):
            return Recorded(batch_id, results, is_undone=True)
        done = Recorded(batch_id, results)
        if batch.fresh:
            batch.write(batch_id)
            audit.record(_fact(done, batch), actor=actor, at=at)
        return done


def rebuild_days() -> int:
    """Make all days anew from the events that count, and return how many were wrong.

    Source: U-10.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALL_ANEW)
        return int(cursor.rowcount)


def _fact(done: Recorded, batch: _Batch) -> facts.UsageRecorded:
    rows = [batch.rows[key] for key in {place[0]: None for place in batch.fresh}]
    customers = {row.customer_id for row in rows}
    counts = done.counts
    return facts.UsageRecorded(
        subject_id=done.batch_id,
        customer_id=customers.pop() if len(customers) == 1 else None,
        recorded=counts.get("recorded", 0),
        corrected=counts.get("corrected", 0) + counts.get("superseded", 0),
        taken_back=counts.get("taken_back", 0),
        subscriptions=len(rows),
        number=rows[0].number if len(rows) == 1 else "",
    )


def _locked(ids: set[UUID]) -> dict[UUID, Subscription]:
    """Lock subscriptions, in the order in which a billing run does."""
    found = Subscription.objects.filter(id__in=ids).order_by("customer_id", "id").select_for_update(no_key=True)
    return {row.id: row for row in found}


def _measured(ids: Iterable[UUID]) -> set[tuple[UUID, str]]:
    measuring = SubscriptionItem.objects.filter(subscription_id__in=list(ids), measure__isnull=False)
    return set(measuring.values_list("subscription_id", "measure__metric"))


def _known(entries: Sequence[UsageEntry]) -> dict[tuple[UUID, str], dict[int, _Kept]]:
    asked = list({(each.subscription_id, each.key): None for each in entries if "\x00" not in each.key})
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[each[0] for each in asked], [each[1] for each in asked]])
        found = cursor.fetchall()
    known: dict[tuple[UUID, str], dict[int, _Kept]] = {}
    for subscription_id, key, revision, metric, at, day, value, properties in found:
        kept = _Kept(metric, at, day, value, json.loads(properties))
        known.setdefault((subscription_id, key), {})[revision] = kept
    return known


def _add(added: dict[Day, _Sum]) -> None:
    if not added:
        return
    sums = list(added.values())
    values: list[list[object]] = [
        *_columns(added),
        [each.count for each in sums],
        [each.total for each in sums],
        [each.greatest for each in sums],
        [each.last_value for each in sums],
        [each.last[0] for each in sums],
        [each.last[1] for each in sums],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, values)


def _make_anew(touched: set[Day]) -> None:
    if not touched:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SOME_ANEW, _columns(touched))


def _columns(days: Iterable[Day]) -> list[list[object]]:
    listed = list(days)
    return [[each[0] for each in listed], [each[1] for each in listed], [each[2] for each in listed]]
