"""Two programs send the same events at the same moment: each counts once."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection

from conto.apps.bulk.invariants import ask
from conto.apps.usage.models import DailyUsage, UsageEvent
from conto.apps.usage.queries.invariants import INVARIANTS
from conto.domain.facts import SYSTEM
from conto.flows import record_usage
from conto.flows.record_usage import SentEvent
from tests.agreements import metered
from tests.house import FreshBook
from tests.scene import NOW, set_scene

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
SENDERS, BATCHES, EVENTS = 4, 5, 60


@pytest.mark.slow
def test_u9_the_same_batches_sent_by_several_at_once_count_once(fresh_book: FreshBook) -> None:
    scene = set_scene()
    rows = [metered(scene.customer, 1), metered(scene.person, 2)]
    sent = [
        [SentEvent(rows[n % 2].number, f"{batch}-{n}", "calls", NOW, Decimal(n)) for n in range(EVENTS)]
        for batch in range(BATCHES)
    ]
    told: list[Counter[str]] = []
    failures: list[Exception] = []
    start = Barrier(SENDERS)

    def send(sender: int) -> None:
        try:
            start.wait()
            for batch in sent:
                events = batch if sender % 2 else batch[::-1]
                done = record_usage.record(events=events, member=scene.owner, actor=SYSTEM, at=AT)
                told.append(Counter(done.counts))
        except Exception as failure:  # noqa: BLE001 -- told in the test's own thread
            failures.append(failure)
        finally:
            connection.close()

    senders = [Thread(target=send, args=(n,)) for n in range(SENDERS)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert failures == []
    every = BATCHES * EVENTS
    assert sum(told, Counter()) == {"recorded": every, "duplicate": every * (SENDERS - 1)}
    assert UsageEvent.objects.count() == every
    assert sum(row.count for row in DailyUsage.objects.all()) == every
    assert [found.shown for found in map(ask, INVARIANTS)] == [(), ()]
