"""What recurs a month, moved with the change that moves it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from conto.apps.subscriptions.models import RecurringMovement, Subscription
from conto.apps.subscriptions.queries.recurring import steps_of
from conto.domain.ids import new_id
from conto.domain.subscription import Change, Definition, MovementKind, differences, movements_of, recurring_steps

# One customer's movements are named together, so whoever writes some of them waits for whoever does already.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('recurring:' || %s, 0))"
_ALL_ALONE = """
SELECT pg_advisory_xact_lock(hashtextextended('recurring:' || name, 0))
FROM unnest(%s::text[]) WITH ORDINALITY given (name, place) ORDER BY place
"""
_CUSTOMERS_AT_ONCE = 500
_FIRST = UUID(int=0)
Place = tuple[UUID, date]
Named = tuple[UUID, date, MovementKind]


def move_recurring(*, row: Subscription, definition: Definition, changes: Sequence[Change], at: datetime) -> None:
    """Write by what a subscription moves what recurs of its customer, in the transaction that begins or changes it.

    Movements that were to come and come otherwise now are taken back on their day; so are those of other
    subscriptions of the customer where they are called otherwise now.

    Source: SB-10.
    """
    move_recurring_many(moved=[(row, definition, changes)], at=at)


def move_recurring_many(
    *, moved: Sequence[tuple[Subscription, Definition, Sequence[Change]]], at: datetime
) -> None:  # fmt: skip
    """Write movements as `move_recurring` does, with three statements however many subscriptions move.

    Source: SB-10.
    """
    own: dict[tuple[UUID, str], dict[UUID, dict[date, int]]] = {}
    for row, definition, changes in moved:
        steps = differences(recurring_steps(definition, changes))
        own.setdefault((row.customer_id, row.currency), {})[row.id] = steps
    with connection.cursor() as cursor:
        cursor.execute(_ALL_ALONE, [sorted(f"{customer_id}{currency}" for customer_id, currency in own)])
    written = _written([customer_id for customer_id, _currency in own])
    _keep_movements({whose: _missing(written.get(whose, {}), some) for whose, some in own.items()}, at)


def write_missing_movements(*, at: datetime) -> int:
    """Write whatever is missing to the movements of all subscriptions, and return how many rows that took.

    Source: SB-10.
    """
    made, after = 0, _FIRST
    while True:
        known = Subscription.objects.filter(customer__gt=after).order_by("customer_id").values_list("customer_id")
        customers = [row[0] for row in known.distinct()[:_CUSTOMERS_AT_ONCE]]
        if not customers:
            return made
        rows = list(Subscription.objects.filter(customer__in=customers))
        with connection.cursor() as cursor:
            for name in sorted({f"{row.customer_id}{row.currency}" for row in rows}):
                cursor.execute(_ALONE, [name])
        wanted: dict[tuple[UUID, str], dict[UUID, dict[date, int]]] = {}
        for row, steps in steps_of(rows):
            wanted.setdefault((row.customer_id, row.currency), {})[row.id] = differences(steps)
        written = _written(customers)
        made += _keep_movements({whose: _missing(written.get(whose, {}), some) for whose, some in wanted.items()}, at)
        after = customers[-1]


def _written(customers: Sequence[UUID]) -> dict[tuple[UUID, str], dict[Named, int]]:
    """Return what is written of customers, by customer and currency."""
    found = RecurringMovement.objects.filter(customer__in=customers).order_by()
    sums = found.values_list("customer_id", "currency", "subscription_id", "counts_on", "kind").annotate(
        Sum("amount_minor")
    )
    written: dict[tuple[UUID, str], dict[Named, int]] = {}
    for customer_id, currency, subscription_id, day, kind, amount_minor in sums:
        written.setdefault((customer_id, currency), {})[subscription_id, day, MovementKind(kind)] = int(amount_minor)
    return written


def _missing(written: Mapping[Named, int], own: Mapping[UUID, Mapping[date, int]]) -> dict[Named, int]:
    """Give what makes of one customer's written movements the right ones, where some subscriptions move anew."""
    moved: dict[Place, int] = {}
    for (whose, day, _kind), amount_minor in written.items():
        if whose not in own:
            moved[whose, day] = moved.get((whose, day), 0) + amount_minor
    moved |= {(whose, day): amount_minor for whose, days in own.items() for day, amount_minor in days.items()}
    right = movements_of(moved)
    missing = {key: right.get(key, 0) - written.get(key, 0) for key in {**written, **right}}
    return {key: amount_minor for key, amount_minor in missing.items() if amount_minor}


def _keep_movements(missing: Mapping[tuple[UUID, str], Mapping[Named, int]], at: datetime) -> int:
    rows = [
        RecurringMovement(
            id=new_id(), subscription_id=whose, customer_id=customer_id, currency=currency, counts_on=day,
            kind=kind.value, amount_minor=amount_minor, made_at=at,
        )
        for (customer_id, currency), some in missing.items()
        for (whose, day, kind), amount_minor in _by_day(some.items())
    ]  # fmt: skip
    RecurringMovement.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _by_day(some: Iterable[tuple[Named, int]]) -> list[tuple[Named, int]]:
    return sorted(some, key=lambda each: (each[0][1], str(each[0][0]), each[0][2]))
