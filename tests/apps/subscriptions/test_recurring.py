"""What recurs a month of all subscriptions of a book: moved with each change, and the same as what is billed."""

import os
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Sum

from conto.apps.plans.actions import ItemEntry
from conto.apps.subscriptions import actions, queries
from conto.apps.subscriptions.entries import ChangeEntry
from conto.apps.subscriptions.models import BilledLine, RecurringMovement, Subscription
from conto.apps.subscriptions.queries.recurring import movements_are_right
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.subscription import ChangeKind
from conto.flows import billing_run, change_subscription
from conto.jobs import commands
from tests.apps.subscriptions.test_billing import BASE, SEATS, begun, noon, run_on
from tests.house import FreshBook, connect
from tests.scene import Scene, set_scene

LAST_MONTH = date(2027, 11, 22)
Moves = list[tuple[str, str, int]]


def moves(**of: Any) -> Moves:
    """The movements that are left when what was taken back is taken off, by day."""
    sums = RecurringMovement.objects.filter(**of).order_by().values_list("counts_on", "kind")
    found = sums.annotate(moved=Sum("amount_minor")).exclude(moved=0).order_by("counts_on", "kind")
    return [(f"{day:%d %b %y}", kind, int(moved)) for day, kind, moved in found]


def change(row: Subscription, on: date, **entry: Any) -> Subscription:
    row.refresh_from_db()
    return change_subscription.change_at_once(row=row, entry=ChangeEntry(**entry), actor=SYSTEM, at=noon(on))


def test_sb10_what_begins_changes_and_ends_moves_what_recurs(scene: Scene) -> None:
    row = begun(scene)
    assert moves() == [("22 Nov 26", "new", 5900)]
    change(row, date(2026, 12, 1), kind="quantity", item="seats", quantity=Decimal(5))
    change(row, date(2026, 12, 2), kind="quantity", item="seats", quantity=Decimal(1))
    assert moves()[1:] == [("01 Dec 26", "expansion", 2000), ("22 Dec 26", "contraction", -4000)]
    change(row, date(2027, 1, 3), kind="pause")
    change(row, date(2027, 1, 13), kind="resume")
    change(row, date(2027, 2, 1), kind="cancel")
    assert moves()[3:] == [
        ("03 Jan 27", "churn", -3900), ("13 Jan 27", "reactivation", 3900), ("22 Feb 27", "churn", -3900),
    ]  # fmt: skip


def test_sb10_what_was_to_come_and_does_not_is_taken_back_on_its_day(scene: Scene) -> None:
    row = begun(scene)
    change(row, date(2026, 12, 1), kind="cancel")
    assert moves() == [("22 Nov 26", "new", 5900), ("22 Dec 26", "churn", -5900)]
    change(row, date(2026, 12, 5), kind="renew")
    assert moves() == [("22 Nov 26", "new", 5900)]
    assert RecurringMovement.objects.count() == 3, "nothing is rewritten"


def test_sb10_another_subscription_makes_a_movement_to_come_another_one(scene: Scene) -> None:
    row = begun(scene)
    change(row, date(2026, 12, 1), kind="cancel")
    second = begun(scene, BASE, starts_on=date(2026, 12, 22))
    assert moves() == [
        ("22 Nov 26", "new", 5900), ("22 Dec 26", "contraction", -3000),
    ], "what begins on the day on which another ends is one movement with it"  # fmt: skip
    change(second, date(2027, 1, 1), kind="cancel")
    assert moves()[2:] == [("22 Jan 27", "churn", -2900)]
    begun(scene, BASE, customer=scene.person)
    assert moves(customer=scene.person) == [("22 Nov 26", "new", 2900)]


def test_sb9_what_recurs_now_is_by_currency_and_its_months_add_up(scene: Scene) -> None:
    row = begun(scene)
    begun(scene, BASE, customer=scene.person, starts_on=date(2026, 12, 22))
    change(row, date(2026, 12, 1), kind="quantity", item="seats", quantity=Decimal(4))
    change(row, date(2027, 1, 5), kind="cancel")
    today = date(2027, 1, 10)
    (now,) = queries.recurring_now(scene.owner, today)
    assert (now.currency, now.amount_minor) == ("EUR", 9800)
    assert queries.recurring_customers(scene.owner, currency="EUR", today=today) == 2
    assert queries.recurring_customers(scene.owner, currency="EUR", today=date(2027, 2, 22)) == 1
    january, december, november = queries.recurring_months(scene.owner, currency="EUR", today=today, months=3)
    assert (november.opening_minor, november.by_kind["new"], november.closing_minor) == (0, 5900, 5900)
    assert (december.by_kind["new"], december.by_kind["expansion"], december.closing_minor) == (2900, 1000, 9800)
    assert (january.opening_minor, january.closing_minor) == (9800, 9800)
    assert queries.recurring_to_come(scene.owner, currency="EUR", today=today) == [("churn", -6900)]
    page = queries.movement_page(
        scene.owner, currency="EUR", since=date(2026, 11, 1), until=date(2026, 12, 31), limit=2
    )
    rest = queries.movement_page(
        scene.owner, currency="EUR", since=date(2026, 11, 1), until=date(2026, 12, 31), cursor=page.next_cursor
    )
    assert [each.amount_minor for each in (*page.rows, *rest.rows)] == [5900, 1000, 2900]
    assert rest.next_cursor == ""
    news = queries.movement_page(
        scene.owner, currency="EUR", since=date(2026, 12, 1), until=date(2026, 12, 31), kind="new"
    )
    assert [(each.customer_name, each.amount_minor) for each in news.rows] == [(scene.person.name, 2900)]


def test_sb10_what_is_older_than_its_movements_gets_them_with_the_tables(fresh_book: FreshBook) -> None:
    scene = set_scene()
    row = begun(scene)
    change(row, date(2026, 12, 1), kind="quantity", item="seats", quantity=Decimal(5))
    begun(scene, BASE, customer=scene.person)
    was = moves()
    with connect(fresh_book.admin_dsn) as unguarded:  # as a book of the version before
        unguarded.execute("SET session_replication_role = replica")
        unguarded.execute("DELETE FROM subscriptions_recurringmovement")
    assert movements_are_right().violated == 2
    commands.after_migrate()
    assert moves() == was
    assert movements_are_right().violated == 0
    commands.after_migrate()
    assert RecurringMovement.objects.count() == 3, "once"


def test_sb10_who_moves_what_recurs_of_a_customer_waits_for_who_does_already(fresh_book: FreshBook) -> None:
    scene = set_scene()
    with connect(fresh_book.admin_dsn) as other, other.transaction():
        name = f"recurring:{scene.customer.id}EUR"
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        begun(scene, BASE, customer=scene.person)
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            begun(scene, BASE)
    begun(scene, BASE)
    assert moves(customer=scene.customer) == [("22 Nov 26", "new", 2900)]


KINDS = [
    {"kind": "pause"}, {"kind": "resume"}, {"kind": "cancel"}, {"kind": "cancel", "when": "now"}, {"kind": "renew"},
    {"kind": "price", "prices": {"base-fee": {"kind": "flat", "amount": "35"}}},
    {"kind": "interval", "interval": "year", "prices": {"base-fee": {"kind": "flat", "amount": "300"}}},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(int(os.environ.get("CONTO_EXAMPLES", "6"))))
def test_sb10_movements_up_to_a_day_are_what_recurs_whatever_happened(scene: Scene, seed: int) -> None:
    """Random changes of subscriptions in the order of the days; and a month that nothing cuts against its lines."""
    chance = Random(seed)
    rows = [begun(scene, BASE, SEATS, customer=chance.choice([scene.customer, scene.person])) for _ in range(3)]
    day = date(2026, 11, 22)
    for _ in range(8):
        day += timedelta(days=chance.randrange(20))
        seats = {"kind": "quantity", "item": "seats", "quantity": Decimal(chance.randrange(1, 9))}
        try:
            with transaction.atomic():
                change(chance.choice(rows), day, **chance.choice([seats, *KINDS]))
        except RuleBroken:
            continue
    connection.check_constraints()
    assert movements_are_right().violated == 0
    run_on(date(2027, 12, 20))
    for row in rows:
        if not any(each.kind == ChangeKind.INTERVAL for each in queries.load(row).changes):
            lines = BilledLine.objects.filter(charge__subscription=row, charge__first_day=LAST_MONTH)
            billed = sum(each.gross_minor - each.discount_minor for each in lines)
            moved = RecurringMovement.objects.filter(subscription=row, counts_on__lte=LAST_MONTH)
            assert billed == (moved.aggregate(Sum("amount_minor"))["amount_minor__sum"] or 0)


def test_sb9_a_discount_for_some_periods_and_a_ramp_move_what_recurs_later(scene: Scene) -> None:
    ramp = ItemEntry(
        name="Ramp", price={"kind": "flat", "amount": "10"},
        ramp=[{"after_periods": 2, "price": {"kind": "flat", "amount": "20"}}],
    )  # fmt: skip
    begun(scene, ramp)
    assert moves() == [("22 Nov 26", "new", 1000), ("22 Jan 27", "expansion", 1000)]
    billing_run.run(actor=SYSTEM, at=noon(date(2027, 2, 1)))
    assert actions.write_missing_movements(at=noon(date(2027, 2, 1))) == 0
