"""What the people of the demo company do is recorded, approved and billed once."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conto.apps.projects import queries
from conto.domain.facts import SYSTEM, Actor
from conto.jobs.demo import work
from tests.scene import NOW, Scene

pytestmark = pytest.mark.django_db


def test_the_demo_company_works_in_projects_and_bills_it_once(scene: Scene) -> None:
    founder = Actor(scene.owner.id, "member", scene.owner.name)
    company: Any = SimpleNamespace(
        owner=scene.owner, founder=founder, sales=SYSTEM, zone=ZoneInfo("Europe/Berlin"),
        customer={"meridian": scene.customer, "hafen": scene.person}.get,
    )  # fmt: skip
    begins = NOW - timedelta(days=14)
    for _twice in range(2):
        work.open_projects(company, begins)
        work.agree_price(company, begins)
    for days in range(12):
        work.record_day(company, begins + timedelta(days=days))
    work.approve_week(company, NOW)
    for _twice in range(2):
        work.bill_work(company, NOW)
        work.bill_price(company, NOW)
        work.issue_bills(company, NOW)
    for _twice in range(2):
        work.go_on_with_price(company, NOW)
    work.record_day(company, NOW)
    work.record_day(company, NOW - timedelta(days=1))
    rows = queries.project_page(scene.owner, state="all").rows
    assert sorted(row.project.number for row in rows) == ["P-2026-00001", "P-2026-00002", "P-2026-00003"]
    assert all(row.standing.billed_minor > 0 for row in rows)
    assert all(row.standing.approved_minor == 0 for row in rows)
    (price,) = [row.price for row in rows if row.price]
    assert [row.state for row in price.milestones] == ["billed", "reached", "planned"]
    assert (price.orders_minor, price.billed_minor, price.held_minor) == (180_000, 720_000, 36_000)
    assert price.ready_minor == 2_580_000 * 80 // 100 - 720_000
    assert sum(row.standing.waiting_minor for row in rows) > 0
