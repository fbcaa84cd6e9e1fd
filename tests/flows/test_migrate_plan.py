"""Subscriptions that go over to another version of their plan together: as shown, each once, whatever is cut off."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.apps.plans import actions as plans
from conto.apps.plans import queries as plan_queries
from conto.apps.plans.entries import ItemEntry
from conto.apps.plans.models import PlanVersion
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import ChangeEntry, MigrationEntry, NewSubscription
from conto.apps.subscriptions.models import (
    MigrationRow,
    PlanMigration,
    RecurringMovement,
    Subscription,
    SubscriptionChange,
)
from conto.apps.subscriptions.queries.recurring import movements_are_right
from conto.apps.usage.queries import entitlements
from conto.domain.entitlement import Feature
from conto.domain.facts import SYSTEM, Actor
from conto.domain.ids import new_id
from conto.domain.plan import PlanTerms
from conto.flows import billing_run, change_subscription, migrate_plan
from tests.domain.refusals import refused
from tests.scene import NOW, Scene

START = date(2026, 11, 22)  # the day of NOW
BASE = ItemEntry(key="base", name="Base fee", price={"kind": "flat", "amount": "29"})
SEATS = ItemEntry(key="seats", name="Seats", price={"kind": "per_unit", "amount": "10"}, quantity=Decimal(3))
DEARER = ItemEntry(key="seats", name="Seats", price={"kind": "per_unit", "amount": "12"}, quantity=Decimal(1))
CHEAPER = ItemEntry(key="seats", name="Seats", price={"kind": "per_unit", "amount": "8"})


class PowerOff(Exception):  # noqa: N818 -- named for what happened
    """The power goes off."""


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def versions(*of_items: Sequence[ItemEntry], **terms: Any) -> list[PlanVersion]:
    """Make a plan with one version after the other; `terms` are those of the last."""
    new = plans.NewPlan(code="PRO", name="Pro", currency="EUR")
    plan = plans.add_plan(new=new, items=list(of_items[0]), actor=SYSTEM, at=NOW)
    for n, items in enumerate(of_items[1:], 2):
        last = PlanTerms(**terms) if n == len(of_items) else None
        plans.change_plan(plan=plan, changes={}, terms=last, items=list(items), actor=SYSTEM, at=NOW)
        plan.refresh_from_db()
    return [found for n in range(len(of_items)) if (found := plan_queries.version_for(plan, n + 1))]


def taken(customer: Customer, version: PlanVersion, **more: Any) -> Subscription:
    new = NewSubscription(plan_version=version, **{"starts_on": START, **more})
    return actions.subscribe(customer=customer, new=new, actor=SYSTEM, at=NOW)


def begin(scene: Scene, to: PlanVersion, *, at: datetime = NOW, **more: Any) -> PlanMigration:
    old = [each.version for each in plan_queries.versions_of(to.plan) if each.version != to.version]
    entry = MigrationEntry(version=to, **{"from_versions": old, **more})
    actor = Actor(scene.owner.id, "member", scene.owner.name)
    return migrate_plan.begin(entry=entry, member=scene.owner, actor=actor, at=at)


def done(scene: Scene, row: PlanMigration, *, at: datetime = NOW, chunk: int = 100) -> PlanMigration:
    migrate_plan.confirm(row=row, actor=Actor(scene.owner.id, "member", scene.owner.name), at=at)
    migrate_plan.run(migration_id=row.id, clock=lambda: at, chunk=chunk)
    row.refresh_from_db()
    return row


def told(row: PlanMigration) -> list[tuple[str, str, str, int, int]]:
    """What a migration says of each subscription, by its number."""
    rows = MigrationRow.objects.filter(migration=row).order_by("subscription__number")
    return list(rows.values_list("outcome", "reason", "item", "before_minor", "after_minor"))


def change(row: Subscription, at: datetime = NOW, **entry: Any) -> None:
    row.refresh_from_db()
    change_subscription.change_at_once(row=row, entry=ChangeEntry(**entry), actor=SYSTEM, at=at)


def bills_until(day: date) -> list[tuple[str, int]]:
    billing_run.run(actor=SYSTEM, at=noon(day))
    return list(Document.objects.order_by("issued_at", "ordinal").values_list("kind", "net_minor"))


def test_sb13_from_the_next_period_on_and_as_it_was_shown(scene: Scene) -> None:
    first, second = versions([BASE, SEATS], [BASE, DEARER])
    row = taken(scene.customer, first, quantities={"seats": Decimal(5)})
    assert bills_until(START) == [("invoice", 7900)]
    shown = begin(scene, second, at=noon(date(2026, 12, 1)))
    assert told(shown) == [("planned", "", "", 7900, 8900)]
    assert (shown.shown_at, shown.confirmed_at) == (noon(date(2026, 12, 1)), None)
    assert not SubscriptionChange.objects.exists(), "a look changes nothing"
    ended = done(scene, shown, at=noon(date(2026, 12, 1)))
    assert ended.ended_at == noon(date(2026, 12, 1))
    row.refresh_from_db()
    assert row.next_bill_on == date(2026, 12, 22)
    assert bills_until(date(2026, 12, 22)) == [("invoice", 7900), ("invoice", 8900)]
    moves = RecurringMovement.objects.order_by("counts_on").values_list("counts_on", "kind", "amount_minor")
    assert list(moves) == [(START, "new", 7900), (date(2026, 12, 22), "expansion", 1000)]
    held = {day: queries.held_versions([row], {row.id: day})[row.id] for day in (START, date(2026, 12, 22))}
    assert (held[START].version.version, held[START].later_on) == (1, date(2026, 12, 22))
    assert (held[date(2026, 12, 22)].version.version, held[date(2026, 12, 22)].later) == (2, None)
    facts = Fact.objects.filter(kind__contains="migrat").order_by("id").values_list("kind", flat=True)
    assert sorted(facts) == ["plan_migration_ended", "plan_migration_started", "subscription_migrated"]
    assert ProcrastinateJob.objects.filter(task_name=migrate_plan.MIGRATION_TASK).count() == 1


def test_sb13_from_a_day_on_by_the_rules_of_changes(scene: Scene) -> None:
    first, dearer, cheaper = versions([SEATS], [DEARER], [CHEAPER])
    row = taken(scene.customer, first)
    bills_until(START)
    shown = begin(scene, dearer, counts_from="day", on=date(2026, 12, 7), from_versions=[1])
    assert MigrationRow.objects.get(migration=shown).counts_on == date(2026, 12, 7)
    done(scene, shown)
    assert bills_until(date(2026, 12, 7))[1:] == [("credit_note", 1500), ("invoice", 1800)], (
        "half of 30.00, half of 36.00"
    )
    down = begin(scene, cheaper, counts_from="day", at=noon(date(2026, 12, 8)), from_versions=[2])
    assert MigrationRow.objects.get(migration=down).counts_on == date(2026, 12, 22), "what lowers the price waits"
    done(scene, down, at=noon(date(2026, 12, 8)))
    assert bills_until(date(2026, 12, 22))[3:] == [("invoice", 2400)]
    kinds = RecurringMovement.objects.order_by("counts_on").values_list("kind", flat=True)
    assert list(kinds) == ["new", "expansion", "contraction"]
    row.refresh_from_db()
    assert movements_are_right().violated == 0


def test_sb13_who_stays_and_why(scene: Scene) -> None:
    extra = ItemEntry(key="extra", name="Extra", price={"kind": "flat", "amount": "5"})
    once = ItemEntry(key="set-up", name="Set-up", price={"kind": "flat", "amount": "99"}, is_once=True)
    first, second = versions([BASE, SEATS, extra, once], [BASE, DEARER])
    keys = ["base", "seats", "set-up"]
    goes = taken(scene.customer, first, item_keys=keys)
    taken(scene.customer, first)
    taken(scene.customer, first, item_keys=keys, prices={"seats": {"kind": "per_unit", "amount": "9"}})
    by_hand = taken(scene.customer, first, item_keys=keys)
    change(by_hand, kind="price", prices={"base": {"kind": "flat", "amount": "25"}})
    taken(scene.customer, first, item_keys=keys, starts_on=START + timedelta(days=9))
    over, leaves, rhythm = (taken(scene.customer, first, item_keys=keys) for _ in range(3))
    change(over, kind="cancel", when="now")
    change(leaves, kind="cancel")
    change(rhythm, kind="interval", interval="year")
    later = taken(scene.customer, first, item_keys=keys)
    change(later, kind="price", on=START + timedelta(days=60), prices={"base": {"kind": "flat", "amount": "29"}})
    taken(scene.customer, second)
    own = taken(scene.customer, first, item_keys=keys)
    change(own, kind="add", added=ItemEntry(key="own", name="Own", price={"kind": "flat", "amount": "1"}))
    assert told(begin(scene, second)) == [
        ("planned", "", "", 5900, 6500),
        ("stays", "item_missing", "Extra", 6400, 6400),
        ("stays", "own_price", "Seats", 5600, 5600),
        ("stays", "own_price", "Base fee", 5900, 5900),
        ("stays", "not_begun", "", 0, 0),
        ("stays", "ended", "", 0, 0),
        ("stays", "ending", "", 5900, 5900),
        ("stays", "own_rhythm", "", 5900, 5900),
        ("stays", "later_change", "", 5900, 5900),
        ("stays", "own_price", "Own", 6000, 6000),
    ]
    some = begin(scene, second, chosen_ids=[goes.id])
    assert told(some) == [("planned", "", "", 5900, 6500)]
    done(scene, some)
    assert told(begin(scene, second))[0][1] == "item_missing", "who has the version is not looked at again"


def test_sb13_other_terms_stay_and_the_same_prices_go_over_with_the_features(scene: Scene) -> None:
    calls = Feature("reports", "Reports", None, "", "")
    first, second = versions([BASE], [BASE], features=(calls,))
    row = taken(scene.customer, first)
    shown = begin(scene, second)
    assert told(shown) == [("planned", "", "", 2900, 2900)]
    done(scene, shown)
    assert not SubscriptionChange.objects.exists()
    row.refresh_from_db()
    ahead = noon(date(2026, 12, 22))
    granted = [[each.key for each in entitlements.of_subscription(row, at=at)] for at in (NOW, ahead)]
    assert granted == [[], ["reports"]], "from the next period on, too"
    plans.change_plan(plan=first.plan, changes={}, terms=PlanTerms(commitment=Decimal(50)), actor=SYSTEM, at=NOW)
    third = plan_queries.version_for(first.plan, 3)
    assert third is not None
    assert told(begin(scene, third)) == [("stays", "other_terms", "", 2900, 2900)]


def test_sb13_another_rhythm_comes_with_the_version(scene: Scene) -> None:
    yearly = ItemEntry(key="base", name="Base fee", price={"kind": "flat", "amount": "290"})
    first, second = versions([BASE], [yearly], interval="year")
    taken(scene.customer, first)
    bills_until(START)
    shown = begin(scene, second)
    assert told(shown) == [("planned", "", "", 2900, 2417)]
    done(scene, shown)
    assert bills_until(date(2027, 11, 22)) == [("invoice", 2900), ("invoice", 29000)]


def test_sb13_what_happened_since_stays_and_the_others_go_on(scene: Scene) -> None:
    first, second = versions([BASE, SEATS], [BASE, DEARER])
    one, _two = taken(scene.customer, first), taken(scene.person, first)
    shown = begin(scene, second)
    change(one, kind="quantity", item="seats", quantity=Decimal(9))
    done(scene, shown)
    assert [each[0] for each in told(shown)] == ["changed", "moved"]
    ended = Fact.objects.get(kind="plan_migration_ended").payload.body
    assert (ended["moved"], ended["changed"]) == (1, 1)
    anew = begin(scene, second, at=NOW + timedelta(hours=2))
    assert [each[3:] for each in told(anew)] == [(11900, 13700)]
    with refused("migration.too_old"):
        migrate_plan.confirm(row=anew, actor=SYSTEM, at=NOW + timedelta(hours=3, seconds=1))
    late = begin(scene, second)
    migrate_plan.confirm(row=late, actor=SYSTEM, at=NOW)
    migrate_plan.run(migration_id=late.id, clock=lambda: noon(date(2026, 12, 23)))
    assert told(late)[0][0] == "changed", "its next period was another one"


def test_sb13_what_cannot_be_asked_is_refused(scene: Scene) -> None:
    first, second = versions([BASE], [BASE, SEATS])
    row = taken(scene.customer, first, ends_on=START + timedelta(days=10))
    for code, more in (
        ("migration.no_version", {"from_versions": [2]}),
        ("migration.no_version", {"from_versions": [1, 7]}),
        ("migration.bad_day", {"counts_from": "day", "on": date(2026, 11, 1)}),
        ("migration.bad_day", {"counts_from": "day", "on": date(2036, 11, 1)}),
        ("migration.nobody", {"chosen_ids": []}),
        ("migration.too_many", {"chosen_ids": [new_id()] * 10_001}),
    ):
        with refused(code):
            begin(scene, second, **more)
    shown = begin(scene, second, chosen_ids=[row.id])
    assert told(shown) == [("stays", "ending", "", 2900, 2900)]
    with refused("migration.nothing_moves"):
        migrate_plan.confirm(row=shown, actor=SYSTEM, at=NOW)
    PlanMigration.objects.create(
        id=new_id(), plan=first.plan, version=second, from_versions=[1], counts_from="period", made_at=NOW, alive_at=NOW
    )
    with refused("migration.not_shown"):
        migrate_plan.confirm(row=PlanMigration.objects.get(shown_at=None), actor=SYSTEM, at=NOW)


def many(scene: Scene, version: PlanVersion, count: int) -> list[Subscription]:
    place = PostalAddress(country="DE", line1="Weg 1", postcode="10115", city="Berlin")
    rows = []
    for n in range(count):
        new = NewCustomer(name=f"Buyer {n}", currency="EUR", billing=place)
        rows.append(taken(crm.add_customer(new=new, actor=SYSTEM, at=NOW), version))
    return rows


def dying_after(ticks: int) -> Callable[[], datetime]:
    left = [ticks]

    def clock() -> datetime:
        left[0] -= 1
        if left[0] < 0:
            raise PowerOff
        return NOW

    return clock


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_sb13_in_any_chunks_and_cut_off_it_comes_to_the_same(scene: Scene, chunk: int) -> None:
    first, second = versions([BASE, SEATS], [BASE, DEARER])
    rows = many(scene, first, 5)
    shown = begin(scene, second)
    migrate_plan.confirm(row=shown, actor=SYSTEM, at=NOW)
    with pytest.raises(PowerOff):
        migrate_plan.run(migration_id=shown.id, clock=dying_after(1), chunk=chunk)
    assert migrate_plan.run(migration_id=shown.id, clock=lambda: NOW, chunk=chunk) == -(-5 // chunk) - 1
    assert migrate_plan.run(migration_id=shown.id, clock=lambda: NOW, chunk=chunk) == 0
    assert migrate_plan.confirm(row=shown, actor=SYSTEM, at=NOW).ended_at is not None, "confirmed once"
    assert told(shown) == [("moved", "", "", 5900, 6500)] * 5
    assert SubscriptionChange.objects.count() == 5
    assert {row.version for row in Subscription.objects.filter(id__in=[row.id for row in rows])} == {2}
    kinds = RecurringMovement.objects.order_by("id").values_list("kind", "amount_minor")
    assert list(kinds) == [("new", 5900)] * 5 + [("expansion", 600)] * 5
    assert movements_are_right().violated == 0
    assert Fact.objects.filter(kind="subscription_migrated").count() == 5


def test_sb13_the_statements_of_a_chunk_do_not_grow_with_it(scene: Scene) -> None:
    first, second = versions([BASE, SEATS], [BASE, DEARER])
    many(scene, first, 6)
    assert queries.migrations(scene.owner).count() == 0, "whom the member sees is asked once"
    counts: dict[str, set[int]] = {"shown": set(), "moved": set()}
    for size in (1, 3):
        entry = MigrationEntry(version=second, from_versions=[1])
        row = actions.begin_migration(entry=entry, actor=SYSTEM, at=NOW)
        with CaptureQueriesContext(connection) as seen:
            actions.work_out_next(migration_id=row.id, member=scene.owner, most=size, at=NOW)
        counts["shown"].add(len(seen))
        while actions.work_out_next(migration_id=row.id, member=scene.owner, most=100, at=NOW):
            pass
        actions.confirm_migration(migration_id=row.id, actor=SYSTEM, at=NOW)
        with CaptureQueriesContext(connection) as seen:
            actions.move_next(migration_id=row.id, most=size, actor=SYSTEM, at=NOW)
        counts["moved"].add(len(seen))
    assert [len(each) for each in counts.values()] == [1, 1], counts


def test_sb13_there_and_back_from_the_next_period_on_bills_as_before(scene: Scene) -> None:
    first, second = versions([BASE, SEATS], [BASE, DEARER])
    row = taken(scene.customer, first)
    bills_until(START)
    before = change_subscription.upcoming(queries.load(row)).invoices
    done(scene, begin(scene, second))
    row.refresh_from_db()
    assert change_subscription.upcoming(queries.load(row)).invoices != before
    done(scene, begin(scene, first, from_versions=[2]))
    row.refresh_from_db()
    after = change_subscription.upcoming(queries.load(row)).invoices
    assert [(each.on, each.net_minor) for each in after] == [(each.on, each.net_minor) for each in before]
    held = queries.held_versions([row], {row.id: date(2026, 12, 22)})[row.id]
    assert held.version.version == 1
    assert bills_until(date(2027, 1, 22)) == [("invoice", 5900)] * 3


def test_sb13_who_sees_only_some_takes_only_these_and_sees_no_other_act(scene: Scene) -> None:
    first, second = versions([BASE], [BASE, SEATS])
    taken(scene.customer, first)
    shown = begin(scene, second)
    assert queries.migration_for(scene.owner, shown.id) == shown
    assert queries.migration_for(None, shown.id) is None
    assert queries.running_by_version(scene.owner, first.plan, START) == {1: 1}
    assert [each.count for each in queries.migration_sums(shown)] == [1]
    assert queries.migration_page(scene.owner, shown, outcome="planned").rows[0].from_version == 1
    assert queries.migration_page(None, shown).rows == ()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE subscriptions_migrationrow SET outcome = 'planned'",
        "UPDATE subscriptions_planmigration SET shown_at = now()",
        "UPDATE subscriptions_planmigration SET confirmed_at = now()",
        "DELETE FROM subscriptions_migrationrow",
        "DELETE FROM subscriptions_planmigration",
    ],
)
def test_what_became_of_a_migration_is_said_once(scene: Scene, sql: str) -> None:
    first, second = versions([BASE], [BASE, SEATS])
    taken(scene.customer, first)
    done(scene, begin(scene, second))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_id_of_a_row_is_that_of_its_change(scene: Scene) -> None:
    first, second = versions([SEATS], [DEARER])
    taken(scene.customer, first)
    done(scene, begin(scene, second))
    made: UUID = SubscriptionChange.objects.get().id
    assert MigrationRow.objects.get().id == made


def test_sb13_what_nobody_confirmed_is_dropped_after_a_week_and_what_was_confirmed_never(scene: Scene) -> None:
    first, second = versions([BASE, SEATS], [BASE, DEARER])
    for _ in range(5):
        taken(scene.customer, first)
    confirmed = begin(scene, second, chosen_ids=[Subscription.objects.order_by("id")[0].id])
    done(scene, confirmed)
    dropped, later = begin(scene, second), begin(scene, second, at=NOW + timedelta(hours=1))
    half = actions.begin_migration(entry=MigrationEntry(version=second, from_versions=[1]), actor=SYSTEM, at=NOW)
    actions.work_out_next(migration_id=half.id, member=scene.owner, most=3, at=NOW)
    assert migrate_plan.forget_unconfirmed(at=NOW + timedelta(days=7)) == 0
    rows = MigrationRow.objects.filter(migration_id__in=[dropped.id, half.id])
    before = list(rows.order_by("migration_id", "subscription_id").values_list("migration_id", "subscription_id"))
    assert actions.forget_unconfirmed_next(most=2, at=NOW + timedelta(days=7, minutes=1))
    gone = set(before) - set(rows.values_list("migration_id", "subscription_id"))
    ((of, _), _) = gone
    assert gone == set([each for each in before if each[0] == of][-2:]), "what is left is worked out on behind"
    assert migrate_plan.forget_unconfirmed(at=NOW + timedelta(days=7, minutes=1), chunk=2) >= 2
    assert set(PlanMigration.objects.values_list("id", flat=True)) == {confirmed.id, later.id}
    assert set(MigrationRow.objects.values_list("migration_id", flat=True)) == {confirmed.id, later.id}
    assert migrate_plan.forget_unconfirmed(at=NOW + timedelta(days=999)) == 1
    assert MigrationRow.objects.get().outcome == "moved"
