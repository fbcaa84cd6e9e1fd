"""Events of use: taken once, corrected, taken back, late and mixed up; the days are what counts."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conto.apps.audit.models import Fact, FactPayload
from conto.apps.bulk.invariants import ask
from conto.apps.subscriptions.models import Subscription
from conto.apps.usage import actions
from conto.apps.usage.entries import Recorded, UsageEntry
from conto.apps.usage.models import DailyUsage, UsageEvent
from conto.apps.usage.queries.invariants import INVARIANTS
from conto.domain.facts import SYSTEM
from tests.agreements import metered
from tests.domain.refusals import refused
from tests.scene import Scene

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def event(row: Subscription, key: str, value: str | None = "1", hour: int = 0, **more: Any) -> UsageEntry:
    at = more.pop("at", datetime(2026, 11, 24, 8, tzinfo=UTC) + timedelta(hours=hour))
    return UsageEntry(row.id, key, more.pop("metric", "calls"), at, None if value is None else Decimal(value), **more)


def send(*entries: UsageEntry, at: datetime = AT, **more: Any) -> Recorded:
    return actions.record_events(entries=entries, actor=SYSTEM, at=at, **more)


def told(done: Recorded) -> list[str]:
    return [each.refusal.code if each.refusal else each.became for each in done.results]


def days() -> list[tuple[Any, ...]]:
    rows = DailyUsage.objects.order_by("metric", "day")
    return [(row.metric, row.day.day, row.count, row.total, row.greatest, row.last_value) for row in rows]


def in_order() -> None:
    assert [found.shown for found in map(ask, INVARIANTS)] == [(), ()]


def test_u9_an_event_counts_once_is_corrected_and_taken_back(scene: Scene) -> None:
    row = metered(scene.customer)
    first = event(row, "e1", "5")
    assert told(send(first, first, event(row, "e1", "6"), event(row, "e2", "3", hour=1))) == [
        "recorded", "duplicate", "usage.other_content", "recorded",
    ]  # fmt: skip
    assert days() == [("calls", 24, 2, 8, 5, 3)]
    assert told(send(first, event(row, "e1", "7", revision=1))) == ["duplicate", "corrected"]
    assert days() == [("calls", 24, 2, 10, 7, 3)]
    assert told(send(event(row, "e2", None, hour=1, revision=1))) == ["taken_back"]
    assert days() == [("calls", 24, 1, 7, 7, 7)]
    assert told(send(event(row, "e1", None, revision=2))) == ["taken_back"]
    assert days() == [("calls", 24, 0, 0, None, None)]
    assert told(send(event(row, "e1", "1", revision=3))) == ["corrected"]
    assert days() == [("calls", 24, 1, 1, 1, 1)]
    assert UsageEvent.objects.count() == 6
    in_order()


def test_u9_a_correction_may_come_first_and_move_an_event_to_another_day(scene: Scene) -> None:
    row = metered(scene.customer)
    later = event(row, "e1", "9", hour=-48, revision=1)
    assert told(send(later)) == ["recorded"]
    assert told(send(event(row, "e1", "5"))) == ["superseded"]
    assert [day[:4] for day in days() if day[2]] == [("calls", 22, 1, 9)]
    assert told(send(event(row, "e1", "9", revision=2))) == ["corrected"]
    assert [day[:4] for day in days()] == [("calls", 22, 0, 0), ("calls", 24, 1, 9)]
    assert told(send(event(row, "e1", "9", revision=3, metric="mails"))) == ["usage.other_metric"]
    in_order()


def test_u1_a_day_is_that_of_the_zone_that_was_agreed(scene: Scene) -> None:
    row = metered(scene.customer)
    assert row.zone == "Europe/Berlin"
    send(
        event(row, "e1", at=datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)),
        event(row, "e2", at=datetime(2026, 11, 23, 23, tzinfo=UTC)),
    )
    assert [(day[1], day[2]) for day in days()] == [(23, 1), (24, 1)]


def test_u5_of_two_at_one_instant_the_greater_key_is_last(scene: Scene) -> None:
    row = metered(scene.customer)
    send(event(row, "b", "2"), event(row, "Z", "1"))
    send(event(row, "a", "3"))
    assert days() == [("calls", 24, 3, 6, 3, 2)]
    in_order()


def test_u11_what_cannot_be_is_named_and_stops_nothing_else(scene: Scene) -> None:
    row = metered(scene.customer)
    ended = metered(scene.customer, 1)
    Subscription.objects.filter(id=ended.id).update(final_on=date(2026, 11, 24) - timedelta(days=90))
    strange = Subscription(id=scene.customer.id)
    wrong = [
        (event(row, ""), "usage.no_key"),
        (event(row, "x" * 101), "usage.no_key"),
        (event(row, "n\x00"), "usage.no_key"),
        (event(row, "m", metric=" "), "usage.no_metric"),
        (event(row, "v", "1000000000000"), "usage.bad_value"),
        (event(row, "v", "0.0000000000001"), "usage.bad_value"),
        (event(row, "v", "NaN"), "usage.bad_value"),
        (event(row, "t", None), "usage.no_value"),
        (event(row, "r", revision=-1), "usage.bad_revision"),
        (event(row, "p", properties={str(n): "x" for n in range(21)}), "usage.bad_properties"),
        (event(row, "p", properties={"a": "x" * 201}), "usage.bad_properties"),
        (event(row, "f", at=AT + timedelta(hours=1, seconds=1)), "usage.ahead"),
        (event(row, "o", at=AT - timedelta(days=1099)), "usage.too_old"),
        (event(ended, "l"), "usage.over"),
        (event(strange, "s"), "usage.no_subscription"),
    ]
    done = send(*(entry for entry, _code in wrong), event(row, "good"), at=AT)
    assert told(done) == [*(code for _entry, code in wrong), "recorded"]
    assert (done.kept, UsageEvent.objects.get().event_key) == (1, "good")
    whole = send(event(row, "new"), event(row, ""), is_whole=True)
    assert (whole.kept, whole.is_undone, UsageEvent.objects.count()) == (0, True, 1)
    Subscription.objects.filter(id=ended.id).update(final_on=date(2026, 11, 25) - timedelta(days=90))
    assert told(send(event(ended, "l"))) == ["recorded"]
    with refused("usage.too_many"):
        send(*[event(row, "e")] * 1001)


def test_what_nothing_measures_is_kept_and_said(scene: Scene) -> None:
    row = metered(scene.customer)
    done = send(event(row, "a"), event(row, "b", metric="cals"))
    assert [(each.became, each.is_measured) for each in done.results] == [("recorded", True), ("recorded", False)]


def test_a_batch_is_one_fact_however_many_events(scene: Scene) -> None:
    row = metered(scene.customer)
    before = Fact.objects.count()
    done = send(*(event(row, f"e{n}") for n in range(20)))
    send(*(event(row, f"e{n}") for n in range(20)))
    send(event(row, "e1", "2", revision=1), event(row, "e2", None, revision=1))
    assert Fact.objects.count() == before + 2
    fact = Fact.objects.get(kind="usage_recorded", subject_id=done.batch_id)
    assert fact.customer_id == row.customer_id
    assert FactPayload.objects.get(fact=fact).body == {
        "recorded": 20, "corrected": 0, "taken_back": 0, "subscriptions": 1, "number": row.number,
    }  # fmt: skip


def test_u9_a_batch_takes_as_many_statements_as_one_event(scene: Scene) -> None:
    rows = [metered(scene.customer, n) for n in range(3)]

    def statements(entries: list[UsageEntry]) -> int:
        with CaptureQueriesContext(connection) as asked:
            send(*entries)
        return len(asked)

    send(event(rows[0], "warm"))
    one = statements([event(rows[0], "one")])
    many = statements([event(rows[n % 3], f"many{n}", hour=-(n % 40)) for n in range(300)])
    assert one == many
    corrected = statements([event(rows[0], "one", "3", revision=1)])
    mixed = [event(rows[n % 3], f"many{n}", "4", hour=-(n % 40), revision=1) for n in range(0, 300, 2)]
    assert corrected == statements(mixed) == one
    assert statements([*(event(row, f"x{n}") for n, row in enumerate(rows)), event(rows[1], "one", revision=7)]) <= one
    in_order()


@pytest.mark.parametrize("seed", range(12))
def test_u10_the_days_are_what_counts_in_whatever_order_events_come(scene: Scene, seed: int) -> None:
    dice = random.Random(seed)
    rows = [metered(scene.customer, n) for n in range(2)]
    every = []
    for n in range(30):
        row, metric = dice.choice(rows), dice.choice(["calls", "mails"])
        for revision in range(dice.choice([1, 1, 1, 2, 4])):
            value = None if revision and dice.random() < 0.3 else str(dice.randint(-5, 20))
            hour = dice.randint(-60, 20)
            every.append(event(row, f"e{n}", value, hour=hour, metric=metric, revision=revision))
    sent = [*every, *dice.sample(every, 10)]
    dice.shuffle(sent)
    while sent:
        size = dice.randint(1, 12)
        send(*sent[:size])
        sent = sent[size:]
    send(*every)
    in_order()
    latest: dict[Any, UsageEntry] = {}
    for each in every:
        key = (each.subscription_id, each.key)
        if key not in latest or latest[key].revision < each.revision:
            latest[key] = each
    assert sum(row.count for row in DailyUsage.objects.all()) == sum(each.value is not None for each in latest.values())
    assert UsageEvent.objects.count() == len(every)
