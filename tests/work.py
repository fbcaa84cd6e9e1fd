"""Projects and work for tests, made by the real actions."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Customer
from conto.apps.projects import actions
from conto.apps.projects.entries import NewChangeOrder, NewMilestone, NewPrice, NewProject, NewWork
from conto.apps.projects.models import Milestone, Project, WorkEntry
from conto.domain.facts import SYSTEM, Actor
from conto.domain.project import Grouping, PriceMethod
from conto.flows import bill_project

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2026, 11, 16)
BEFORE = date(2026, 10, 30)  # not in the month of the invoices that other tests issue
ASKED_OF_PROJECTS = {
    "projects": ["?state=unbilled", "?state=closed", "?state=all", "?q=zzzz", "?customer={customer_id}"],
    "projects_done": ["?view=ahead"],
    "projects_done_file": ["?view=ahead"],
    "project": ["?work=waiting", "?work=approved", "?work=billed"],
    "project_new": ["?customer={customer_id}", "?deal={deal_id}"],
    "project_bill": ["?until=2026-11-20&grouping=entry"],
    "work": ["?project={project_id}"],
}


def opened(customer: Customer, name: str = "Website", rate: str | None = "100", **more: Any) -> Project:
    """Open a project in which an hour costs 100.00."""
    new = NewProject(name=name, rate=None if rate is None else Decimal(rate), **more)
    return actions.open_project(customer=customer, new=new, actor=SYSTEM, at=NOW)


def worked(project: Project, member: Member, minutes: int = 60, day: date = DAY, **more: Any) -> WorkEntry:
    """Record time."""
    new = NewWork(member_id=member.id, day=day, minutes=minutes, **more)
    return actions.record_work(project=project, new=new, actor=SYSTEM, at=NOW)


def spent(project: Project, member: Member, amount_minor: int = 5000, day: date = DAY, **more: Any) -> WorkEntry:
    """Record an expense."""
    new = NewWork(member_id=member.id, day=day, amount_minor=amount_minor, **more)
    return actions.record_work(project=project, new=new, actor=SYSTEM, at=NOW)


def approved(project: Project) -> int:
    """Approve all that waits."""
    return actions.approve_work(project=project, actor=SYSTEM, at=NOW)


def billed(project: Project, grouping: Grouping = Grouping.PERSON, until: date = DAY) -> Any:
    """Bill what is approved."""
    return bill_project.bill(project=project, until=until, grouping=grouping, actor=SYSTEM, at=NOW)


def busy(customer: Customer, member: Member, n: int = 1) -> dict[str, UUID]:
    """Open a project with work that is billed, approved, waiting and not billable, and return its ids."""
    project = opened(customer, f"Website {n}", budget_minor=500_000, step_minutes=15, owner_id=member.id)
    actions.set_rate(
        project=project, member=member, amount=Decimal(120), starts_on=DAY, actor=SYSTEM, at=NOW
    )  # fmt: skip
    worked(project, member, 50, note="Sketches")
    approved(project)
    billed(project)
    worked(project, member, 100, BEFORE, note="Colors")
    spent(project, member, 4200, BEFORE, note="Train to Augsburg", markup_percent=Decimal(10))
    approved(project)
    waiting = worked(project, member, 30, note="Letters")
    worked(project, member, 15, note="Coffee", is_billable=False)
    return {"project_id": project.id, "work_id": waiting.id, **priced(customer, member, n)}


def priced(customer: Customer, member: Member, n: int = 1) -> dict[str, UUID]:
    """Open projects at a price: one by milestones with a change order, billed in part, one by percent and accepted."""
    house = opened(customer, f"House {n}", rate=None, owner_id=member.id)
    parts = (("Plans", 200_000, None), ("Shell", None, "30"), ("Roof", 100_000, None))
    agreed(house, 1_000_000, parts, retention_percent=Decimal(5))
    worked(house, member, 45, note="Drawings")
    reached(house, "Plans")
    bill_project.bill_price(project=house, actor=SYSTEM, at=NOW)
    order = NewChangeOrder(title="A cellar", amount_minor=50_000, agreed_by="Eva Sommer", agreed_on=DAY)
    actions.order_change(project=house, new=order, actor=SYSTEM, at=NOW)
    whose = Actor(member.id, "member", member.name)
    waiting = reached(house, "Shell", BEFORE, actor=whose)
    fence = opened(customer, f"Fence {n}", rate=None)
    agreed(fence, 80_000, method=PriceMethod.PERCENT, retention_percent=Decimal(10))
    actions.tell_progress(project=fence, percent=Decimal(100), on=DAY, actor=whose, at=NOW)
    bill_project.bill_price(project=fence, actor=SYSTEM, at=NOW)
    actions.accept_project(project=fence, accepted_by="Eva Sommer", on=DAY, actor=SYSTEM, at=NOW)
    return {"priced_id": house.id, "milestone_id": waiting.id}


def agreed(
    project: Project,
    amount_minor: int,
    milestones: tuple[tuple[str, int | None, str | None], ...] = (),
    **more: Any,
) -> None:
    """Agree on a price, with milestones that are an amount or a percentage."""
    new = NewPrice(amount_minor=amount_minor, agreed_by="Eva Sommer", agreed_on=DAY, **more)
    actions.agree_price(project=project, new=new, actor=SYSTEM, at=NOW)
    for name, amount, percent in milestones:
        part = NewMilestone(name=name, amount_minor=amount, percent=Decimal(percent) if percent else None)
        actions.add_milestone(project=project, new=part, actor=SYSTEM, at=NOW)


def reached(project: Project, name: str, on: date = DAY, actor: Actor = SYSTEM) -> Milestone:
    """Reach a milestone."""
    found = Milestone.objects.get(project_id=project.id, name=name)
    return actions.reach_milestone(project=project, milestone_id=found.id, on=on, actor=actor, at=NOW)
