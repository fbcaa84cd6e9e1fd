"""What was used is billed with its period; what arrives late or is corrected is rated again, once."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from conto.apps.invoicing.models import Document, DocumentLine
from conto.apps.plans.actions import ItemEntry
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import Subscription
from conto.apps.usage import queries
from conto.apps.usage.models import UsageEvent
from conto.domain.facts import SYSTEM
from conto.domain.period import local_day
from conto.domain.subscription import Event, bill
from conto.flows import billing_run, change_subscription, record_usage
from conto.flows.record_usage import SentEvent
from tests.agreements import metered
from tests.domain.refusals import refused
from tests.scene import Scene

STARTS = date(2026, 11, 22)
BASE = ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29"})
VOLUME = ItemEntry(
    name="Calls", measure={"metric": "calls"},
    price={"kind": "volume", "tiers": [{"up_to": "15", "unit_price": "1"}, {"up_to": None, "unit_price": "0.90"}]},
)  # fmt: skip


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def use(scene: Scene, row: Subscription, key: str, value: str | None, on: date, *, at: date, revision: int = 0) -> str:
    sent = SentEvent(
        row.number, key, "calls", noon(on), None if value is None else Decimal(value), revision=revision
    )  # fmt: skip
    (found,) = record_usage.record(events=[sent], member=scene.owner, actor=SYSTEM, at=noon(at)).results
    return found.refusal.code if found.refusal else found.became


def run_on(day: date) -> Any:
    return billing_run.run(actor=SYSTEM, at=noon(day))


def bills() -> list[tuple[str, int]]:
    return list(Document.objects.order_by("issued_at", "ordinal").values_list("kind", "net_minor"))


def test_u8_late_and_corrected_usage_is_rated_again_and_stands_on_the_next_bill(scene: Scene) -> None:
    row = metered(scene.customer, 0, BASE, VOLUME, starts_on=STARTS)
    run_on(STARTS)
    assert use(scene, row, "a", "10", date(2026, 11, 23), at=date(2026, 11, 23)) == "recorded"
    assert use(scene, row, "b", "5", date(2026, 12, 20), at=date(2026, 12, 20)) == "recorded"
    run_on(date(2026, 12, 22))
    assert bills() == [("invoice", 2900), ("invoice", 2900 + 1500)]
    assert use(scene, row, "late", "1", date(2026, 12, 1), at=date(2026, 12, 27)) == "recorded"
    assert run_on(date(2026, 12, 27)).document_count == 0
    run_on(date(2027, 1, 22))
    assert bills()[2:] == [("invoice", 2900 - 60)]
    credit = DocumentLine.objects.get(net_minor=-60)
    assert (credit.period_start_on, credit.period_end_on) == (STARTS, date(2026, 12, 21))
    assert use(scene, row, "a", "4", date(2026, 11, 23), at=date(2027, 1, 30), revision=1) == "corrected"
    assert use(scene, row, "b", None, date(2026, 12, 20), at=date(2027, 1, 31), revision=1) == "taken_back"
    run_on(date(2027, 2, 22))
    assert bills()[3:] == [("invoice", 2900 - 940)]
    run_on(date(2027, 2, 22))
    assert len(bills()) == 4


def test_u12_late_usage_of_what_is_over_makes_it_due_again_and_is_billed_once(scene: Scene) -> None:
    row = metered(scene.customer, starts_on=STARTS)
    run_on(STARTS)
    change_subscription.change_at_once(
        row=subscriptions.visible_to(scene.owner).get(id=row.id), entry=ChangeEntry(kind="cancel", when="now"),
        actor=SYSTEM, at=noon(date(2026, 12, 10)),
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.next_bill_on, row.final_on) == (None, date(2026, 12, 10))
    before = bills()
    assert use(scene, row, "late", "30", date(2026, 12, 1), at=date(2026, 12, 15)) == "recorded"
    row.refresh_from_db()
    assert row.next_bill_on == date(2026, 12, 15)
    assert run_on(date(2026, 12, 16)).settled_count == 1
    assert bills() == [*before, ("invoice", 300)]
    row.refresh_from_db()
    assert row.next_bill_on is None
    assert run_on(date(2026, 12, 17)).settled_count == 0
    assert use(scene, row, "late", "30", date(2026, 12, 1), at=date(2026, 12, 18)) == "duplicate"
    assert use(scene, row, "after", "30", date(2026, 12, 11), at=date(2026, 12, 18)) == "recorded"
    assert use(scene, row, "late", "20", date(2026, 12, 1), at=date(2026, 12, 18), revision=1) == "corrected"
    run_on(date(2026, 12, 18))
    assert bills() == [*before, ("invoice", 300), ("credit_note", 100)]
    assert use(scene, row, "e", "1", date(2026, 12, 1), at=date(2027, 3, 11)) == "usage.over"


def test_u12_usage_on_the_very_day_of_the_end_is_billed_though_the_day_was_billed(scene: Scene) -> None:
    row = metered(scene.customer, starts_on=STARTS, ends_on=date(2026, 12, 10))
    run_on(date(2026, 12, 10))
    assert use(scene, row, "same day", "30", date(2026, 12, 1), at=date(2026, 12, 10)) == "recorded"
    run_on(date(2026, 12, 10))
    assert bills()[-1] == ("invoice", 300)
    assert use(scene, row, "corrects", "5", date(2026, 12, 1), at=date(2026, 12, 11)) == "recorded"
    run_on(date(2026, 12, 11))
    assert bills()[-1] == ("invoice", 50)


def test_sb7_a_change_is_billed_as_it_was_shown_whatever_arrives_in_between(scene: Scene) -> None:
    row = metered(scene.customer, starts_on=STARTS)
    run_on(STARTS)
    use(scene, row, "a", "100", date(2026, 11, 25), at=date(2026, 11, 25))
    row = subscriptions.visible_to(scene.owner).get(id=row.id)
    at = noon(date(2026, 12, 10))
    shown = change_subscription.preview_change(row=row, entry=ChangeEntry(kind="cancel", when="now"), at=at)
    (now,) = shown.now
    assert sum(line.net_minor for line in now.lines if line.kind == "usage") == 1000
    sent = SentEvent(str(row.id), "between", "calls", at - timedelta(days=1), Decimal(7))
    record_usage.record(events=[sent], member=scene.owner, actor=SYSTEM, at=at + timedelta(minutes=5))
    change_subscription.confirm_change(row=row, token=shown.token, actor=SYSTEM, at=at + timedelta(minutes=10))
    assert DocumentLine.objects.filter(net_minor=1000).count() == 1
    Subscription.objects.get(id=row.id)
    later = SentEvent(str(row.id), "later", "calls", at - timedelta(days=1), Decimal(3))
    record_usage.record(events=[later], member=scene.owner, actor=SYSTEM, at=at + timedelta(days=1))
    billing_run.run(actor=SYSTEM, at=at + timedelta(days=1))
    assert sum(kind == "invoice" and net for kind, net in bills()) == 2900 + 1000 + 100


def test_u12_what_comes_counts_what_was_used_so_far(scene: Scene) -> None:
    row = metered(scene.customer, starts_on=STARTS)
    run_on(STARTS)
    use(scene, row, "a", "100", date(2026, 11, 25), at=date(2026, 11, 25))
    row.refresh_from_db()
    first, second, *_more = change_subscription.upcoming(subscriptions.load(row)).invoices
    assert [first.net_minor, second.net_minor] == [2900 + 1000, 2900]


def test_u13_so_far(scene: Scene) -> None:
    calls = ItemEntry(
        name="Calls", price={"kind": "per_unit", "amount": "0.01", "free_units": "1000"}, measure={"metric": "calls"}
    )
    least = ItemEntry(
        name="Least", price={"kind": "per_unit", "amount": "0.001", "minimum": "5"}, measure={"metric": "calls"}
    )
    row = metered(scene.customer, 0, calls, least, starts_on=STARTS)
    use(scene, row, "a", "1200", date(2026, 11, 25), at=date(2026, 11, 25))
    use(scene, row, "b", "50", date(2026, 12, 25), at=date(2026, 12, 25))
    so_far = record_usage.so_far(row, at=noon(date(2026, 11, 25)))
    assert [(each.item, each.quantity, each.events, each.cost_minor) for each in so_far] == [
        ("calls", 1200, 1, 200), ("least", 1200, 1, 500),
    ]  # fmt: skip
    assert (so_far[0].starts_on, so_far[0].ends_on) == (STARTS, date(2026, 12, 22))
    so_far = record_usage.so_far(row, at=noon(date(2026, 12, 25)))
    assert [(each.quantity, each.cost_minor) for each in so_far] == [(50, 0), (50, 500)]


def test_u12_a_bill_reads_what_happened_since_one_period_before(scene: Scene) -> None:
    row = metered(scene.customer, starts_on=STARTS)
    for month in range(1, 7):
        use(scene, row, f"e{month}", "1", date(2027, month, 10), at=date(2027, month, 10))
        run_on(date(2027, month, 22))
    row.refresh_from_db()
    keys = {each.key for each in queries.events_of([subscriptions.load(row)])[row.id]}
    assert keys == {"e6"}


@pytest.mark.parametrize("aggregate", ["sum", "count", "max", "last", "unique", "weighted"])
@pytest.mark.parametrize("seed", range(2))
def test_u12_a_bill_of_few_events_is_the_bill_of_all(scene: Scene, seed: int, aggregate: str) -> None:
    dice = random.Random(f"{seed}{aggregate}")
    measure = {"metric": "calls", "aggregate": aggregate}
    calls = ItemEntry(name="Calls", price=VOLUME.price, measure=measure)
    ends_on = dice.choice([None, date(2027, 5, 3)])
    row = metered(scene.customer, 0, BASE, calls, starts_on=STARTS, ends_on=ends_on)
    row = subscriptions.visible_to(scene.owner).select_related("legal_entity").get(id=row.id)
    day, sent = STARTS, 0
    revisions: dict[str, int] = {}
    while day < date(2027, 7, 1):
        day += timedelta(days=dice.randint(3, 25))
        for _n in range(dice.randint(0, 5)):
            key = f"e{dice.randint(0, sent)}"
            revision = revisions[key] = revisions.get(key, -1) + 1
            on = day - timedelta(days=dice.choice([0, 1, 2, 5, 40, 90]))
            value = None if revision and dice.random() < 0.3 else str(dice.randint(1, 12))
            told = use(scene, row, key, value, on, at=day, revision=revision)
            assert told in {"recorded", "corrected", "taken_back"}
            sent += 1
        row.refresh_from_db()
        loaded = subscriptions.load(row)
        few = queries.events_of([loaded], known_by=noon(day)).get(row.id, [])
        every = [_event(each) for each in UsageEvent.objects.filter(subscription=row)]
        today = local_day(noon(day), row.zone)
        some = bill(loaded.definition, loaded.changes, few, until=today, billed=loaded.billed)
        whole = bill(loaded.definition, loaded.changes, every, until=today, billed=loaded.billed)
        assert some == whole
        run_on(day)
    assert len(bills()) > 5


def _event(row: UsageEvent) -> Event:
    return Event(
        row.event_key, row.metric, row.happened_at, row.value, tuple(row.properties.items()), row.known_at, row.revision
    )


def test_u11_an_event_finds_its_subscription_by_number_or_id_as_far_as_the_sender_sees(scene: Scene) -> None:
    row = metered(scene.customer, starts_on=STARTS)
    names = [row.number, str(row.id), str(row.id).upper(), "S-2026-09999", str(scene.customer.id)]
    events = [SentEvent(name, f"e{n}", "calls", noon(STARTS)) for n, name in enumerate(names)]
    done = record_usage.record(events=events, member=scene.owner, actor=SYSTEM, at=noon(STARTS))
    unknown = "usage.no_subscription"
    assert [each.refusal.code if each.refusal else "" for each in done.results] == ["", "", "", unknown, unknown]
    whole = record_usage.record(
        events=[SentEvent(row.number, "new", "calls", noon(STARTS)), events[-1]], member=scene.owner, actor=SYSTEM,
        at=noon(STARTS), is_whole=True,
    )  # fmt: skip
    assert (whole.kept, whole.is_undone, UsageEvent.objects.count()) == (0, True, 3)
    with refused("usage.too_many"):
        record_usage.record(events=events * 201, member=scene.owner, actor=SYSTEM, at=noon(STARTS))
