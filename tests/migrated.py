"""Subscriptions that go over to another version of their plan: looked at, worked out, and done."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Customer
from conto.apps.plans import actions as plans
from conto.apps.plans import queries as plan_queries
from conto.apps.plans.entries import ItemEntry
from conto.apps.plans.models import PlanVersion
from conto.apps.subscriptions import actions
from conto.apps.subscriptions.entries import MigrationEntry, NewSubscription
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.domain.plan import PlanTerms
from conto.flows import migrate_plan

SEATS = ItemEntry(key="seats", name="Seats", price={"kind": "per_unit", "amount": "10"}, quantity=Decimal(3))
DEARER = ItemEntry(key="seats", name="Seats", price={"kind": "per_unit", "amount": "12"})


def two_versions(code: str, at: datetime) -> list[PlanVersion]:
    """Add a plan of three seats at 10.00 a month, and a version at 12.00."""
    new = plans.NewPlan(code=code, name="Seats", currency="EUR", terms=PlanTerms())
    plan = plans.add_plan(new=new, items=[SEATS], actor=SYSTEM, at=at)
    plans.change_plan(plan=plan, changes={}, items=[DEARER], actor=SYSTEM, at=at)
    plan.refresh_from_db()
    return [found for n in (1, 2) if (found := plan_queries.version_for(plan, n))]


def looked_at(customer: Customer, at: datetime) -> dict[str, UUID]:
    """Let a customer take the first of two versions, and look at what going over to the second does."""
    first, second = two_versions("SEATS", at)
    new = NewSubscription(plan_version=first, starts_on=at.date(), bills_alone=True)
    actions.subscribe(customer=customer, new=new, actor=SYSTEM, at=at)
    own = NewSubscription(
        plan_version=first, starts_on=at.date(), bills_alone=True, prices={"seats": {"kind": "per_unit", "amount": "9"}}
    )
    actions.subscribe(customer=customer, new=own, actor=SYSTEM, at=at)
    entry = MigrationEntry(version=second, from_versions=[1])
    member = Member.objects.get(role=Role.OWNER)
    actor = Actor(member.id, "member", member.name)
    return {"migration_id": migrate_plan.begin(entry=entry, member=member, actor=actor, at=at).id}


def of_every_kind(customer: Customer, member: Member, at: datetime) -> None:
    """Make a migration of each kind: not worked out yet, looked at, and done."""
    first, second = two_versions("MOVED", at)
    new = NewSubscription(plan_version=first, starts_on=at.date())
    actions.subscribe(customer=customer, new=new, actor=SYSTEM, at=at)
    entry = MigrationEntry(version=second, from_versions=[1])
    done = migrate_plan.begin(entry=entry, member=member, actor=SYSTEM, at=at)
    migrate_plan.confirm(row=done, actor=SYSTEM, at=at)
    migrate_plan.run(migration_id=done.id, clock=lambda: at)
    actions.begin_migration(entry=entry, actor=SYSTEM, at=at)
    looked_at(customer, at)
