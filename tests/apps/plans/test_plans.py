"""Plans version by version, and coupons."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from conto.apps.audit.models import Fact
from conto.apps.plans import actions, queries
from conto.apps.plans.actions import ItemEntry, NewCoupon, NewPlan
from conto.apps.plans.models import Plan
from conto.domain.facts import SYSTEM
from conto.domain.ids import new_id
from conto.domain.period import Interval
from conto.domain.plan import PlanTerms
from tests.domain.refusals import refused
from tests.scene import NOW, Scene

BASE = ItemEntry(name="Base fee", price={"kind": "flat", "amount": "29.00"})
SEATS = ItemEntry(
    name="Seats",
    price={"kind": "graduated", "tiers": [{"up_to": "10", "unit_price": "5"}, {"up_to": None, "unit_price": "4"}]},
    quantity=Decimal(3),
)
CALLS = ItemEntry(
    name="Calls", price={"kind": "per_unit", "amount": "0.01"}, measure={"metric": "calls"}, rate_class="reduced",
    ramp=[{"after_periods": 3, "price": {"kind": "per_unit", "amount": "0.02"}}],
)  # fmt: skip


def plan(*items: ItemEntry, **more: Any) -> Plan:
    known = {"code": "PRO", "name": "Pro", "currency": "EUR", **more}
    return actions.add_plan(new=NewPlan(**known), items=items or (BASE, SEATS, CALLS), actor=SYSTEM, at=NOW)


def kinds() -> list[str]:
    return list(Fact.objects.filter(subject_kind__in=["plan", "coupon"]).order_by("id").values_list("kind", flat=True))


def test_pl4_a_change_is_a_new_version_and_what_says_the_same_is_none(scene: Scene) -> None:
    made = plan()
    first = queries.version_for(made)
    assert first is not None
    items = queries.items_of(first)
    assert [item.key for item in items] == ["base-fee", "seats", "calls"]
    assert items[0].price == {"kind": "flat", "amount": "29"}
    same = actions.change_plan(
        plan=made, changes={"name": "Pro"}, terms=PlanTerms(), items=(BASE, SEATS, CALLS), actor=SYSTEM, at=NOW
    )
    assert same.version == 1
    renamed = actions.change_plan(plan=made, changes={"name": "Professional"}, actor=SYSTEM, at=NOW)
    assert (renamed.version, renamed.name) == (1, "Professional")
    yearly = actions.change_plan(plan=made, changes={}, terms=PlanTerms(Interval.YEAR), actor=SYSTEM, at=NOW)
    assert yearly.version == 2
    assert [each.interval for each in queries.versions_of(yearly)] == ["year", "month"]
    old = queries.version_for(yearly, 1)
    assert old is not None
    assert queries.engine_items(queries.items_of(old), "EUR") == queries.engine_items(items, "EUR")
    with refused("plan.changed_meanwhile"):
        actions.change_plan(plan=made, changes={}, items=[BASE], expected_version=1, actor=SYSTEM, at=NOW)
    assert kinds() == ["plan_added", "plan_changed", "plan_changed"]


def test_pl4_a_version_is_changed_by_nobody_not_even_in_sql(scene: Scene) -> None:
    plan()
    for statement in (
        "UPDATE plans_planversion SET trial_days = 9",
        "DELETE FROM plans_planversion",
        "UPDATE plans_planitem SET price = '{}'",
        "DELETE FROM plans_planitem",
        "UPDATE plans_plan SET currency = 'CHF'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_pl3_what_cannot_be_billed_is_refused_before_anything_is_written(scene: Scene) -> None:
    with refused("price.unreadable", place="amont"):
        plan(ItemEntry(name="Base", price={"kind": "flat", "amont": "1"}))
    with refused("plan.no_name"):
        plan(ItemEntry(name=" ", price={"kind": "flat"}))
    with refused("plan.bad_item", item="Base"):
        plan(ItemEntry(name="Base", price={"kind": "flat"}, rate_class="zz"))
    with refused("plan.no_such_item"):
        plan(ItemEntry(name="Base", price={"kind": "flat"}, item_id=new_id()))
    with refused("plan.bad_code"):
        plan(code="a b")
    assert not Plan.objects.exists()
    plan()
    with refused("plan.code_taken"):
        plan()


def test_a_plan_is_offered_no_longer_and_again(scene: Scene) -> None:
    made = plan()
    actions.archive_plan(plan=made, actor=SYSTEM, at=NOW)
    with refused("plan.archived"):
        actions.change_plan(plan=made, changes={"name": "X"}, actor=SYSTEM, at=NOW)
    assert [len(queries.plan_page(scene.owner, state=state).rows) for state in ("offered", "archived", "all")] == [
        0,
        1,
        1,
    ]  # type: ignore[arg-type]
    actions.restore_plan(plan=made, actor=SYSTEM, at=NOW)
    with refused("plan.not_archived"):
        actions.restore_plan(plan=made, actor=SYSTEM, at=NOW)
    (row,) = queries.plan_page(scene.owner, search="pro").rows
    assert (row.plan.code, row.version.version, len(row.items)) == ("PRO", 1, 3)


def test_pl5_a_coupon_means_the_same_for_ever(scene: Scene) -> None:
    spring = actions.add_coupon(new=NewCoupon(code="spring", percent=Decimal(10), periods=3), actor=SYSTEM, at=NOW)
    assert (spring.code, queries.coupon_by_code(scene.owner, "Spring")) == ("SPRING", spring)
    with refused("coupon.code_taken"):
        actions.add_coupon(new=NewCoupon(code="SPRING", percent=Decimal(5)), actor=SYSTEM, at=NOW)
    for wrong, code in (
        (NewCoupon(code="A"), "discount.percent_or_amount"),
        (NewCoupon(code="A", percent=Decimal(5), amount_minor=5, currency="EUR"), "discount.percent_or_amount"),
        (NewCoupon(code="A", percent=Decimal(101)), "discount.out_of_range"),
        (NewCoupon(code="A", percent=Decimal(1), periods=0), "coupon.bad_periods"),
        (NewCoupon(code="A", percent=Decimal(1), item_keys=["Base fee"]), "coupon.bad_items"),
    ):
        with refused(code):
            actions.add_coupon(new=wrong, actor=SYSTEM, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE plans_coupon SET percent = 50")
    actions.archive_coupon(coupon=spring, actor=SYSTEM, at=NOW)
    with refused("coupon.archived"):
        actions.archive_coupon(coupon=spring, actor=SYSTEM, at=NOW)
    assert kinds() == ["coupon_added", "coupon_archived"]
