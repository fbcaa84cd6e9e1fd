"""What a customer may use: what its subscriptions grant, and what of it was used in the period that runs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.subscriptions.models import Subscription
from conto.apps.subscriptions.queries import Loaded
from conto.apps.usage.queries.events import events_of
from conto.domain.entitlement import Entitlement, Feature, Granting, Override, entitlements
from conto.domain.period import local_day
from conto.domain.subscription import Event, SubscriptionState, standing_on, used_so_far

MOST_SUBSCRIPTIONS = 200
_RUNNING = {SubscriptionState.TRIAL, SubscriptionState.ACTIVE, SubscriptionState.ENDING}
_DAY = timedelta(days=1)


def of_customer(member: Member | None, customer_id: UUID, *, at: datetime) -> tuple[Entitlement, ...]:
    """Return what a customer may use of all subscriptions that are not over, with a constant number of queries.

    Source: SB-11.
    """
    going = Q(final_on__isnull=True) | Q(final_on__gt=at.date() - _DAY)
    seen = subscriptions.with_moves(subscriptions.visible_to(member))
    found = seen.filter(going, customer_id=customer_id).select_related("plan_version")
    return _entitled(list(found[:MOST_SUBSCRIPTIONS]), at)


def of_subscription(row: Subscription, *, at: datetime) -> tuple[Entitlement, ...]:
    """Return what one subscription lets its customer use.

    Source: SB-11.
    """
    return _entitled([row], at)


def _entitled(rows: Sequence[Subscription], at: datetime) -> tuple[Entitlement, ...]:
    if not rows:
        return ()
    loaded = subscriptions.load_many(rows)
    said = subscriptions.latest_overrides(rows)
    days = {row.id: local_day(at, row.zone) for row in rows}
    offered = subscriptions.features_on(rows, days)
    bound = [loaded[row.id] for row in rows if any(each.item for each in offered[row.id])]
    events = events_of(bound, known_by=at) if bound else {}
    granting = [
        _granting(loaded[row.id], offered[row.id], said[row.id], events.get(row.id, ()), days[row.id]) for row in rows
    ]
    return entitlements(granting, max(days.values()))


def _granting(
    loaded: Loaded, features: tuple[Feature, ...], said: Mapping[str, Override], events: Sequence[Event], on: date
) -> Granting:
    standing = standing_on(loaded.definition, loaded.changes, on)
    used: dict[str, Decimal] = {}
    if any(each.item for each in features):
        used = {each.item: Decimal(0) for each in features if each.item in loaded.items}
        for part in used_so_far(loaded.definition, loaded.changes, events, on):
            if part.item in used:
                used[part.item] += part.quantity
    last_day = None if standing.ends_on is None else standing.ends_on - _DAY
    return Granting(features, standing.state in _RUNNING, last_day, said, used)
