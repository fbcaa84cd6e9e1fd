"""Record usage: events are found their subscription, taken once, and make due again what was over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.subscriptions import actions as subscriptions
from conto.apps.subscriptions import queries as subscriptions_queries
from conto.apps.usage import actions, queries
from conto.apps.usage.entries import KEPT, MOST_EVENTS, EventResult, Recorded, UsageEntry
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.period import local_day
from conto.domain.subscription import UsedSoFar, used_so_far

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.subscriptions.models import Subscription

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event as somebody sends it; `subscription` is a number or an id."""

    subscription: str
    key: str
    metric: str
    at: datetime
    value: Decimal | None = Decimal(1)
    properties: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0


def record(
    *, events: Sequence[SentEvent], member: "Member", actor: Actor, at: datetime, is_whole: bool = False
) -> Recorded:
    """Take a batch of events, each for the subscription that it names, as far as the member may.

    Late usage of a subscription that is over makes it due again. What cannot be taken is told event by event and stops
    nothing else, unless all or nothing is asked for.

    Raises: RuleBroken `usage.too_many`.
    Source: U-9, U-11, U-12.
    """
    named = queries.recordable(member, {each.subscription for each in events})
    found = [named.get(each.subscription, []) for each in events]
    entries = [
        UsageEntry(
            rows[0].id if len(rows) == 1 else NOBODY,
            event.key, event.metric, event.at, event.value, event.properties, event.revision,
        )
        for event, rows in zip(events, found, strict=True)
    ]  # fmt: skip

    def once() -> Recorded:
        with transaction.atomic():
            done = actions.record_events(entries=entries, actor=actor, at=at, is_whole=is_whole)
            if done.kept:
                _make_due(done, found, at)
            return done

    done = retried(once)
    several = {place for place, rows in enumerate(found) if len(rows) > 1}
    if not several:
        return done
    results = [EventResult("refused", _several()) if n in several else each for n, each in enumerate(done.results)]
    return replace(done, results=tuple(results))


def take_file(
    *, events: Sequence[SentEvent], member: "Member", actor: Actor, at: datetime, is_dry: bool
) -> tuple[EventResult, ...]:
    """Take over a file of events, all of it or nothing, and return what becomes of each; a dry look undoes it.

    Source: U-9.
    """

    def once() -> tuple[EventResult, ...]:
        with transaction.atomic():
            results: list[EventResult] = []
            for start in range(0, len(events), MOST_EVENTS):
                some = events[start : start + MOST_EVENTS]
                results += record(events=some, member=member, actor=actor, at=at).results
            if is_dry or any(each.refusal for each in results):
                transaction.set_rollback(True)
            return tuple(results)

    return retried(once)


def _make_due(done: Recorded, found: "Sequence[Sequence[Subscription]]", at: datetime) -> None:
    """Let subscriptions that are over be billed once more, for what arrived late."""
    rows = [rows[0] for rows, each in zip(found, done.results, strict=True) if each.became in KEPT and each.is_measured]
    subscriptions.bill_again(days={row.id: local_day(at, row.zone) for row in rows})


def so_far(row: "Subscription", *, at: datetime) -> tuple[UsedSoFar, ...]:
    """Return what was used in the period that runs, and what that costs as it stands.

    Raises: RuleBroken where what was agreed cannot be read.
    Source: U-13.
    """
    loaded = subscriptions_queries.load(row)
    events = queries.events_of([loaded], known_by=at).get(row.id, [])
    return used_so_far(loaded.definition, loaded.changes, events, local_day(at, row.zone))


def _several() -> RuleBroken:
    return RuleBroken(
        "usage.several_subscriptions", "Several sellers have a subscription of this number. Name it by its id."
    )
