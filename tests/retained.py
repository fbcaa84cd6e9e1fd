"""Retainers for tests, made by the real actions."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Customer
from conto.apps.projects import actions
from conto.apps.projects.entries import NewRetainer
from conto.apps.projects.models import Project, RetainerPeriod
from conto.domain.facts import SYSTEM
from conto.flows import retain_project
from tests.repeating import made, on, repeating
from tests.work import approved, billed, opened, worked

NOVEMBER = date(2026, 11, 1)
TODAY = date(2026, 11, 20)
HOW: dict[str, Any] = {"actor": SYSTEM, "at": on(TODAY)}


def retained(
    customer: Customer,
    hours: int = 10,
    first: date = NOVEMBER,
    *,
    name: str = "Care",
    step_minutes: int = 1,
    **more: Any,
) -> Project:
    """Open a project whose months since a day cover some hours."""
    project = opened(customer, name, step_minutes=step_minutes)
    repeat = repeating(customer, at=on(first), next_on=first, title=f"{name} by the month")
    new = NewRetainer(minutes=hours * 60, **more)
    retain_project.agree(project=project, repeat=repeat, new=new, **HOW)
    made(on(TODAY))
    return project


def cared_for(customer: Customer, member: Member, n: int = 1) -> dict[str, UUID]:
    """Open a project with a retainer of which some is settled by hand, some with a bill, and some is open."""
    project = retained(customer, 2, date(2026, 10, 1), name=f"Care {n}", carry_periods=1, overage_rate=Decimal(130))
    actions.change_project(project=project, changes={"owner_id": member.id}, **HOW)
    for day, minutes in ((date(2026, 10, 5), 60), (date(2026, 10, 6), 150), (date(2026, 10, 7), 30)):
        worked(project, member, minutes, day=day, note="Updates")
    approved(project)
    billed(project, until=date(2026, 10, 31))
    worked(project, member, 20, day=date(2026, 9, 28), note="Before the retainer")
    worked(project, member, 45, day=date(2026, 11, 3), note="Backups")
    approved(project)
    closing = actions.close_covered(project=project, until=date(2026, 11, 3), **HOW)
    worked(project, member, 50, day=date(2026, 11, 4), note="Updates")
    approved(project)
    return {"retained_id": project.id, "covering_id": closing.id}


def brought_by(project: Project) -> UUID:
    """Return the draft that brought the latest period."""
    return RetainerPeriod.objects.filter(project_id=project.id).latest("starts_on").document_id
