"""Migrations that are killed and meet each other: every subscription goes over once."""

from collections import Counter

import pytest
from django.db import connection

from conto.apps.audit.models import Fact
from conto.apps.subscriptions.models import MigrationRow, PlanMigration, RecurringMovement, SubscriptionChange
from conto.flows import verify_book
from tests.flows.test_migrate_plan import BASE, DEARER, SEATS, begin, many, migrate_plan, versions
from tests.house import FreshBook
from tests.scene import NOW, set_scene

SUBSCRIPTIONS, SEED, KILLS = 30, 20261123, 4


@pytest.mark.force
def test_sb13_killed_and_at_once_every_subscription_goes_over_once(fresh_book: FreshBook) -> None:
    scene = set_scene()
    first, second = versions([BASE, SEATS], [BASE, DEARER])
    rows = many(scene, first, SUBSCRIPTIONS)
    shown = begin(scene, second)
    migrate_plan.confirm(row=shown, actor=migrate_plan.SYSTEM, at=NOW)

    race = fresh_book.start("-m", "tests.force.migration_race", str(SEED), str(KILLS), str(shown.id))
    assert race.wait(timeout=300) == 0

    assert Counter(SubscriptionChange.objects.values_list("subscription", flat=True)) == {row.id: 1 for row in rows}
    assert set(MigrationRow.objects.values_list("outcome", flat=True)) == {"moved"}
    assert RecurringMovement.objects.filter(kind="expansion", amount_minor=600).count() == SUBSCRIPTIONS
    assert Fact.objects.filter(kind="subscription_migrated").count() == SUBSCRIPTIONS
    assert Fact.objects.filter(kind="plan_migration_ended").count() == 1
    assert PlanMigration.objects.get().ended_at == NOW
    assert [verdict for verdict in verify_book.verify() if verdict.violated] == []
    connection.close()
