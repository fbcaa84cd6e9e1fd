"""The plans that the demo company has offered for four months, one of them with a new price now, and two coupons."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from conto.apps.plans import actions, queries
from conto.apps.plans.actions import ItemEntry, NewCoupon, NewPlan
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.subscriptions.actions import confirm_migration
from conto.apps.subscriptions.entries import MigrationEntry
from conto.domain.entitlement import Feature
from conto.domain.period import Interval
from conto.domain.plan import PlanTerms
from conto.flows import migrate_plan
from conto.jobs.simulation.company import Company, Part

_TIERS = [{"up_to": "5", "unit_price": "12"}, {"up_to": "20", "unit_price": "10"}, {"up_to": None, "unit_price": "8"}]
_CARE = (
    ItemEntry(name="Websitepflege", price={"kind": "flat", "amount": "89"}),
    ItemEntry(name="Postfächer", price={"kind": "graduated", "tiers": _TIERS}, quantity=Decimal(3)),
)
_HOSTING = (
    ItemEntry(name="Hosting", price={"kind": "flat", "amount": "24"}),
    ItemEntry(
        name="Datenverkehr", measure={"metric": "traffic_gb"},
        price={"kind": "package", "amount": "4.90", "package_size": "100", "free_units": "250"},
    ),
    ItemEntry(name="Einrichtung", price={"kind": "per_unit", "amount": "150"}, is_once=True),
)  # fmt: skip
_SHOP = (
    ItemEntry(name="Shop-Betreuung", price={"kind": "flat", "amount": "1490"}),
    ItemEntry(
        name="Umsatzbeteiligung", measure={"metric": "orders"},
        price={"kind": "percentage", "percent": "0.8", "minimum": "49", "cap": "900"},
    ),
)  # fmt: skip
_CARED = (Feature("updates", "Aktualisierungen"), Feature("changes", "Änderungen", Decimal(5), "im Monat"))
_HOSTED = (
    Feature("backups", "Tägliche Sicherung"),
    Feature("traffic", "Datenverkehr", Decimal(1000), "GB", "datenverkehr"),
)  # fmt: skip
_PLANS = (
    (
        "PFLEGE",
        "Pflege",
        "Ihre Website bleibt aktuell und sicher.",
        PlanTerms(trial_days=14, features=_CARED),
        _CARE,
    ),
    ("HOSTING", "Hosting", "", PlanTerms(is_calendar_aligned=True, features=_HOSTED), _HOSTING),
    ("SHOP", "Shop im Quartal", "", PlanTerms(Interval.QUARTER, commitment=Decimal(1500)), _SHOP),
)


OFFERED_BEFORE_DAYS = 120


def plans_of(ends_on: date) -> type[Part]:
    """Return the part of life in which plans are offered, four months before a day, and one gets dearer at last."""

    class Plans(Part):
        def morning(self, day: date) -> None:
            acts = {OFFERED_BEFORE_DAYS: add_plans, 1: raise_prices}
            act = acts.get((ends_on - day).days)
            if act is not None:
                at = self.company.moment(day, "plans", act.__name__, hours=(16, 17))
                self.company.on(at, f"plans {act.__name__}", lambda at, act=act: act(self.company, at))  # type: ignore[misc]

    return Plans


@transaction.atomic
def add_plans(company: Company, at: datetime) -> None:
    """Add plans and coupons, once."""
    if queries.plans(company.owner).exists():
        return
    who: dict[str, Any] = {"actor": company.founder, "at": at}
    for code, name, description, terms, items in _PLANS:
        new = NewPlan(code=code, name=name, currency="EUR", description=description, terms=terms)
        actions.add_plan(new=new, items=items, **who)
    actions.add_coupon(new=NewCoupon(code="WILLKOMMEN", name="Drei Monate", percent=Decimal(20), periods=3), **who)
    loyal = NewCoupon(
        code="TREUE", name="Treue", amount_minor=1500, currency="EUR", item_keys=["websitepflege"], periods=None
    )
    actions.add_coupon(new=loyal, **who)


@transaction.atomic
def raise_prices(company: Company, at: datetime) -> None:
    """Make the care of websites dearer, once: for who takes it from now on, and from the next period for who has it."""
    plan = queries.plans(company.owner).filter(code="PFLEGE").first()
    if plan is None or plan.version > 1:
        return
    dearer = ItemEntry(name="Websitepflege", price={"kind": "flat", "amount": "95"})
    actions.change_plan(
        plan=plan, changes={}, items=(dearer, _CARE[1]), reason="Preisrunde", actor=company.founder, at=at
    )
    plan.refresh_from_db()
    version = queries.version_for(plan)
    if version is None or company.owner is None:
        return
    entry = MigrationEntry(version=version, from_versions=[1], reason="Preisrunde")
    shown = migrate_plan.begin(entry=entry, member=company.owner, actor=company.founder, at=at)
    if any(each.outcome == "planned" for each in subscriptions.migration_sums(shown)):
        confirm_migration(migration_id=shown.id, actor=company.founder, at=at)
        migrate_plan.run(migration_id=shown.id, clock=lambda: at)
