"""Work billed once, freed with its draft or its invoice, and kept as it was billed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from conto.apps.accounts import actions as accounts
from conto.apps.audit.models import Fact
from conto.apps.bulk.invariants import ask
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.actions import LineEntry
from conto.apps.invoicing.entries import AllowanceEntry, CreditPart
from conto.apps.invoicing.models import Document, DraftLine
from conto.apps.projects import actions, queries
from conto.apps.projects.models import BilledWork, ProjectBill
from conto.apps.projects.queries.invariants import INVARIANTS
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.domain.project import Grouping
from conto.flows import bill_project, issue_document
from tests.domain.refusals import refused
from tests.scene import Scene, issue
from tests.work import DAY, NOW, approved, billed, opened, spent, worked

pytestmark = pytest.mark.django_db
HOW: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


def lines_of(draft: Any) -> list[tuple[Any, ...]]:
    rows = DraftLine.objects.filter(draft=draft).order_by("position")
    return [
        (row.name, row.quantity.normalize(), row.unit_code, row.unit_price.normalize(), row.base_quantity.normalize())
        for row in rows
    ]


@pytest.fixture(autouse=True)
def in_order(db: None) -> Any:
    """Hold after each test that what the book promises of bills is so."""
    yield
    connection.check_constraints()
    assert [found.shown for found in map(ask, INVARIANTS) if found.violated] == []


def test_wp4_wp5_approved_work_becomes_a_draft_that_says_who_did_what_when(scene: Scene) -> None:
    project = opened(scene.customer, "Neue Website", step_minutes=15)
    worked(project, scene.owner, 50, note="Skizzen")
    worked(project, scene.owner, 100, day=DAY + timedelta(days=2), note="Farben")
    worked(project, scene.owner, 30, is_billable=False)
    spent(project, scene.owner, 4200, markup_percent=Decimal(10), note="Bahn nach Augsburg", rate_class="reduced")
    approved(project)
    worked(project, scene.owner, 10, note="wartet")
    standing = queries.standings([project])[project.id]
    assert (standing.approved_minor, standing.waiting_minor, standing.billed_minor) == (27500 + 4620, 2500, 0)
    proposal = bill_project.propose(project=project, until=DAY + timedelta(days=2))
    draft = billed(project, until=DAY + timedelta(days=2))
    assert lines_of(draft) == [
        ("Neue Website, Ada Lovelace", Decimal("2.75"), "HUR", Decimal(100), Decimal(1)),
        ("Bahn nach Augsburg", Decimal(1), "C62", Decimal("46.2"), Decimal(1)),
    ]
    details = DraftLine.objects.filter(draft=draft).order_by("position").values_list("description", flat=True)
    assert details[0] == "16.11.2026 · Ada Lovelace · 1:00 h · Skizzen\n18.11.2026 · Ada Lovelace · 1:45 h · Farben"
    assert details[1] == "16.11.2026 · Ada Lovelace · Bahn nach Augsburg"
    assert proposal.total_minor == ProjectBill.objects.get().billed_minor == 32120
    assert (draft.period_start_on, draft.period_end_on) == (DAY, DAY + timedelta(days=2))
    document = issue(draft)
    assert (document.net_minor, document.tax_minor) == (32120, 5225 + 323)
    assert [(work.position, work.minutes, work.rate) for work in queries.works_on(document.id)] == [
        (1, 60, 100), (1, 105, 100), (2, None, None),
    ]  # fmt: skip
    fact = Fact.objects.get(kind="work_billed")
    assert (fact.body["count"], fact.body["amount_minor"]) == (3, 32120)


def test_wp3_hours_that_are_no_decimal_stand_as_minutes_at_the_price_of_sixty(scene: Scene) -> None:
    project = opened(scene.customer)
    worked(project, scene.owner, 20)
    approved(project)
    draft = billed(project)
    assert lines_of(draft) == [("Website, Ada Lovelace", 20, "MIN", 100, 60)]
    assert issue(draft).net_minor == 3333


def test_wp5_nothing_is_billed_twice_and_a_discarded_draft_frees_it(scene: Scene) -> None:
    project = opened(scene.customer)
    work = worked(project, scene.owner)
    approved(project)
    draft = billed(project)
    with refused("project.nothing_to_bill"):
        billed(project)
    for act in (
        lambda: actions.change_work(work=work, changes={"minutes": 1}, **HOW),
        lambda: actions.remove_work(work=work, **HOW),
    ):
        with refused("work.billed"):
            act()
    with refused("work.nothing_approved"):
        actions.undo_approval(project=project, work_ids=[work.id], **HOW)
    assert queries.standings([project])[project.id].billed_minor == 10000
    invoicing.discard_draft(draft=draft, **HOW)
    assert Fact.objects.get(kind="work_freed").body["document_id"] == str(draft.id)
    assert queries.standings([project])[project.id].billed_minor == 0
    again = billed(project)
    assert [each.bill_id for each in BilledWork.objects.filter(is_live=True)] == [again.id]
    assert BilledWork.objects.count() == 2
    invoicing.discard_draft(draft=again, **HOW)
    actions.undo_approval(project=project, work_ids=[work.id], **HOW)
    with refused("work.was_billed"):
        actions.remove_work(work=work, **HOW)
    actions.change_work(work=work, changes={"is_billable": False}, **HOW)


def test_wp5_an_invoice_credited_as_a_whole_frees_the_work_and_one_in_part_does_not(scene: Scene) -> None:
    project = opened(scene.customer)
    worked(project, scene.owner, 90)
    approved(project)
    document = issue(billed(project))
    half = {1: CreditPart(quantity=Decimal("0.5"))}
    first = invoicing.draft_credit_note(document=document, parts=half, reason="Kulanz", **HOW)
    issue_document.issue(draft=first, **HOW)
    with refused("project.nothing_to_bill"):
        billed(project)
    rest = invoicing.draft_credit_note(document=document, reason="Kulanz", **HOW)
    issue_document.issue(draft=rest, **HOW)
    assert not ProjectBill.objects.get(id=document.id).is_live
    again = issue(billed(project))
    assert again.net_minor == 15000
    assert Document.objects.filter(kind="invoice").count() == 2


def test_wp5_what_a_line_of_work_counts_cannot_be_changed_and_its_words_can(scene: Scene) -> None:
    project = opened(scene.customer)
    worked(project, scene.owner, 20)
    approved(project)
    draft = billed(project)
    line = LineEntry("Beratung", Decimal(20), Decimal(100), unit_code="MIN", base_quantity=Decimal(60))
    extra = LineEntry("Anfahrt", Decimal(1), Decimal(30))
    given: dict[str, Any] = {"draft": draft, **HOW}
    invoicing.set_lines(**given, lines=[replace(line, allowance_percent=Decimal(10)), extra])
    invoicing.set_allowances(**given, allowances=[AllowanceEntry("Rabatt", percent=Decimal(5))])
    for bad in (
        [],
        [extra],
        [extra, line],
        [replace(line, quantity=Decimal(10))],
        [replace(line, unit_price=Decimal(1))],
        [replace(line, base_quantity=Decimal(1))],
        [replace(line, unit_code="HUR")],
    ):
        with refused("draft.bills_work", count=1):
            invoicing.set_lines(**given, lines=bad)
    for changes in ({"currency": "CHF"}, {"price_mode": "gross"}):
        with refused("draft.bills_work"):
            invoicing.change_draft(**given, changes=changes)
    invoicing.change_draft(**given, changes={"currency": "EUR", "notes": "Danke"})
    assert issue(draft).net_minor == 5700
    assert documents.draft_for(scene.owner, draft.id) is None


def test_wp5_what_is_billed_keeps_its_rate(scene: Scene) -> None:
    project = opened(scene.customer)
    worked(project, scene.owner)
    approved(project)
    billed(project)
    actions.set_rate(project=project, amount=Decimal(200), starts_on=DAY, **HOW)
    worked(project, scene.owner)
    rows = {row.state: (row.rate, row.worth_minor) for row in queries.work_rows(project)}
    assert rows == {"billed": (100, 10000), "waiting": (200, 20000)}


def test_wp4_only_what_is_done_up_to_the_day_is_billed_in_the_grouping_that_is_chosen(scene: Scene) -> None:
    ben = accounts.add_member(
        email="ben@nordlicht.example", name="Ben", role=Role.SALES, password="correct horse 9", language="en", **HOW
    )
    project = opened(scene.customer)
    for who, minutes, days in ((scene.owner, 60, 0), (ben, 120, 0), (scene.owner, 30, 1)):
        worked(project, who, minutes, DAY + timedelta(days=days))
    approved(project)
    tuesday = DAY + timedelta(days=1)
    counts = {grouping: len(queries.billable_lines(project, until=tuesday, grouping=grouping)) for grouping in Grouping}
    assert counts == {Grouping.ENTRY: 3, Grouping.PERSON: 2, Grouping.DAY: 2, Grouping.ALL: 1}
    draft = billed(project, Grouping.ALL, until=DAY)
    assert lines_of(draft) == [("Website", 3, "HUR", 100, 1)]
    assert lines_of(billed(project, until=tuesday)) == [("Website, Ada Lovelace", Decimal("0.5"), "HUR", 100, 1)]


def test_wp1_hours_without_a_rate_are_not_billed(scene: Scene) -> None:
    project = opened(scene.customer, rate=None)
    worked(project, scene.owner)
    approved(project)
    with refused("project.no_rate", person="Ada Lovelace"):
        billed(project)
    assert not ProjectBill.objects.exists()


def test_wp5_a_long_list_of_work_ends_before_the_line_does(scene: Scene) -> None:
    project = opened(scene.customer)
    for n in range(60):
        worked(project, scene.owner, 10, note=f"{n} " + "lang " * 30)
    approved(project)
    draft = billed(project)
    said = DraftLine.objects.get(draft=draft).description
    assert len(said) <= 5000
    assert said.endswith("\n…")
