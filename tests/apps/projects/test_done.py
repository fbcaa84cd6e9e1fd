"""What is done and not billed, and billed and not done: the report, and the check before an invoice is issued."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.models import Draft
from conto.apps.projects import actions, queries
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.flows import bill_project
from tests.scene import TODAY, Scene, issue, line
from tests.work import DAY, NOW, agreed, approved, billed, opened, reached, worked

pytestmark = pytest.mark.django_db
HOW: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


def codes(draft: Draft) -> set[str]:
    watched = {"check.work_not_billed", "check.billed_not_done"}
    return {found.code for found in documents.findings(draft, TODAY)} & watched


def worked_and_priced(scene: Scene) -> Any:
    hours = opened(scene.customer, "Hours")
    worked(hours, scene.owner, 60, day=DAY - timedelta(days=5))
    approved(hours)
    worked(hours, scene.owner, 30)
    house = opened(scene.customer, "House", rate=None)
    agreed(house, 100_000, (("A", 40_000, None), ("B", 60_000, None)), retention_percent=Decimal(10))
    reached(house, "A")
    return hours, house


def reached_id(house: Any) -> Any:
    price = queries.price_of(house)
    assert price is not None
    return price.milestones[0].id


def test_wp12_what_is_done_and_not_billed_is_told_by_project_with_its_age(scene: Scene) -> None:
    hours, house = worked_and_priced(scene)
    rows = [
        (row.project.name, row.kind, row.amount_minor, row.waiting_minor, row.since)
        for row in queries.done_rows(scene.owner)
    ]
    assert rows == [
        ("Hours", "work", 10_000, 5_000, DAY - timedelta(days=5)),
        ("House", "price", 40_000, 0, DAY),
    ]
    assert [(each.currency, each.count, each.amount_minor) for each in queries.to_bill(scene.owner)] == [
        ("EUR", 2, 50_000)
    ]
    billed(hours)
    draft = bill_project.bill_price(project=house, **HOW)
    assert queries.to_bill(scene.owner) == []
    assert queries.ahead_rows(scene.owner) == []
    actions.reopen_milestone(project=house, milestone_id=reached_id(house), **HOW)
    assert [(row.project.name, row.amount_minor) for row in queries.ahead_rows(scene.owner)] == [("House", 40_000)]
    assert codes(draft) == {"check.billed_not_done"}
    reached(house, "A")
    reached(house, "B")
    bill_project.bill_price(project=house, **HOW)
    actions.accept_project(project=house, accepted_by="Eva", on=DAY, **HOW)
    assert [(row.kind, row.amount_minor) for row in queries.done_rows(scene.owner) if row.project == house] == [
        ("retention", 10_000)
    ]
    assert queries.done_rows(None) == []


def test_gu9_a_draft_that_bills_what_is_taken_back_waits_for_a_name(scene: Scene) -> None:
    _hours, house = worked_and_priced(scene)
    draft = bill_project.bill_price(project=house, **HOW)
    key = reached_id(house)
    assert codes(draft) == {"check.work_not_billed"}
    actions.reopen_milestone(project=house, milestone_id=key, **HOW)
    assert "check.billed_not_done" in codes(draft)


def test_gu8_an_invoice_waits_for_a_name_while_work_of_its_period_is_not_billed(scene: Scene) -> None:
    hours, _house = worked_and_priced(scene)
    plain = scene.draft(line("100"))
    found = [each for each in documents.findings(plain, TODAY) if each.code == "check.work_not_billed"]
    assert [str(each.params["amount"]) for each in found] == ["100.00 EUR", "400.00 EUR"]
    assert {each.severity for each in found} == {"warn"}
    earlier = scene.draft(line("100"), period_start_on=date(2026, 10, 1), period_end_on=date(2026, 10, 31))
    assert codes(earlier) == set()
    assert codes(scene.draft(line("100"), customer=scene.person)) == set()
    assert codes(scene.draft(line("100"), kind="deposit")) == set()
    assert codes(scene.draft(line("100"), keeps_lines=True)) == set()
    billed(hours)
    assert len([each for each in documents.findings(plain, TODAY) if each.code == "check.work_not_billed"]) == 1
    document = invoicing.issue_draft(
        draft=plain, overrides={"check.work_not_billed": "billed at the end", "check.supply_unknown": "x"}, **HOW
    )
    assert document.net_minor == 10_000


def test_wp12_the_report_shows_what_to_bill_leaves_as_a_file_and_stands_on_today(scene: Scene) -> None:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    _hours, house = worked_and_priced(scene)
    client = Client(SERVER_NAME="localhost")
    client.force_login(scene.owner)
    page = client.get("/projects/done").content.decode()
    assert f'href="/projects/{house.id}/price/bill"' in page
    assert "P-2026-00001 Hours" in page
    file = client.get("/projects/done.csv")
    assert file["Content-Type"].startswith("text/csv")
    assert len(file.getvalue().decode().strip().splitlines()) == 3
    assert "500" in client.get("/projects/done/today").content.decode()
    issue(scene.draft(line("1"), customer=scene.person))  # else the first page tells how to begin
    assert "projects/done/today" in client.get("/").content.decode()
    assert "House" not in client.get("/projects/done?view=ahead").content.decode()
    auditor = accounts.add_member(
        email="eve@nordlicht.example", name="Eve", role=Role.AUDITOR, password="correct horse 9", language="en", **HOW
    )
    client.force_login(auditor)
    assert "price/bill" not in client.get("/projects/done").content.decode()
    assert client.get("/projects/done.csv").status_code == 403
