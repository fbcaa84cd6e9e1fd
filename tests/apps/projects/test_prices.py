"""Work at a price: agreed, changed by orders, billed by what is done, held back and released, each cent once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from conto.apps.audit.models import Fact
from conto.apps.bulk.invariants import ask
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.invoicing.models import Document, DocumentLine, Draft, DraftLine
from conto.apps.payments import actions as payments
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewChangeOrder, NewMilestone
from conto.apps.projects.models import Milestone, Project, ProjectBill
from conto.apps.projects.queries.invariants import INVARIANTS
from conto.apps.projects.queries.prices import prices_to_bill
from conto.domain.facts import SYSTEM
from conto.domain.project import PriceMethod
from conto.flows import bill_project, issue_document
from tests.domain.refusals import refused
from tests.scene import TODAY, Scene, issue, line
from tests.work import DAY, NOW, agreed, approved, billed, opened, reached, worked

pytestmark = pytest.mark.django_db
HOW: dict[str, Any] = {"actor": SYSTEM, "at": NOW}


def lines_of(draft: Draft) -> list[tuple[str, Decimal]]:
    rows = DraftLine.objects.filter(draft=draft).order_by("position")
    return [(row.name, (row.quantity * row.unit_price).quantize(Decimal("0.01"))) for row in rows]


def bill(project: Project, **more: Any) -> Draft:
    return bill_project.bill_price(project=project, **HOW, **more)


def standing(project: Project) -> queries.PriceStanding:
    found = queries.price_of(project)
    assert found is not None
    return found


def percent(project: Project, number: str) -> None:
    actions.tell_progress(project=project, percent=Decimal(number), on=DAY, **HOW)


def order(project: Project, amount_minor: int, agreed_by: str = "Eva") -> None:
    new = NewChangeOrder(title="More pages", amount_minor=amount_minor, agreed_by=agreed_by, agreed_on=DAY)
    actions.order_change(project=project, new=new, **HOW)


def deposits_for(scene: Scene) -> list[tuple[Document, int]]:
    return documents.deductible_deposits(
        scene.owner, scene.customer.id, legal_entity_id=scene.seller.id, currency="EUR"
    )


@pytest.fixture(autouse=True)
def in_order(db: None) -> Any:
    """Hold after each test that what the book promises of bills is so."""
    yield
    connection.check_constraints()
    assert [found.shown for found in map(ask, INVARIANTS) if found.violated] == []


def test_wp9_wp10_reached_milestones_become_lines_less_what_is_held_and_none_is_billed_twice(scene: Scene) -> None:
    project = opened(scene.customer, "Neue Website", rate=None)
    parts = (("Entwurf", 300_000, None), ("Rest", None, "70"))
    agreed(project, 1_000_000, parts, retention_percent=Decimal(10))
    with refused("project.nothing_new"):
        bill(project)
    reached(project, "Entwurf")
    assert list(prices_to_bill()) == [project.id]
    draft = bill(project)
    assert lines_of(draft) == [
        ("Neue Website: Entwurf", Decimal(3000)),
        ("Sicherheitseinbehalt: Neue Website", Decimal(-300)),
    ]
    assert draft.shown_total_minor == 270_000 * 119 // 100
    with refused("project.nothing_new"):
        bill(project)
    assert prices_to_bill() == {}
    now = standing(project)
    assert (now.billed_minor, now.held_minor, now.left_minor) == (300_000, 30_000, 700_000)
    assert [row.state for row in now.milestones] == ["billed", "planned"]
    assert queries.standings([project])[project.id].billed_minor == 270_000
    fact = Fact.objects.get(kind="price_billed")
    assert (fact.body["work_minor"], fact.body["held_minor"]) == (300_000, 30_000)
    invoicing.discard_draft(draft=draft, **HOW)
    assert standing(project).billed_minor == 0
    assert len(lines_of(bill(project))) == 2


def test_wp10_an_invoice_credited_as_a_whole_frees_its_milestone_and_what_it_held(scene: Scene) -> None:
    project = opened(scene.customer, rate=None)
    agreed(project, 100_000, retention_percent=Decimal(5), milestones=(("A", 50_000, None), ("B", 50_000, None)))
    reached(project, "A")
    document = issue(bill(project))
    assert document.net_minor == 47_500
    note = invoicing.draft_credit_note(document=document, reason="Neu", **HOW)
    issue_document.issue(draft=note, **HOW)
    assert not ProjectBill.objects.get(id=document.id).is_live
    assert Fact.objects.get(kind="work_freed").body["count"] == 1
    assert (standing(project).billed_minor, standing(project).held_minor) == (0, 0)
    assert issue(bill(project)).net_minor == 47_500


def test_wp10_a_new_percentage_bills_what_is_done_and_not_billed(scene: Scene) -> None:
    project = opened(scene.customer, "Halle", rate=None)
    agreed(project, 100_001, method=PriceMethod.PERCENT)
    percent(project, "50")
    draft = bill(project)
    assert lines_of(draft) == [("Halle: 50 % fertig", Decimal("500.01"))]
    said = DraftLine.objects.get(draft=draft).description
    assert said == "500,01\xa0€ von 1.000,01\xa0€ sind erbracht; 0,00\xa0€ wurden schon abgerechnet."
    percent(project, "30")
    assert standing(project).ahead_minor == 20_001
    with refused("project.billed_more"):
        bill(project)
    percent(project, "100")
    assert lines_of(bill(project)) == [("Halle: 100 % fertig", Decimal("500.00"))]
    assert standing(project).left_minor == 0


def test_wp8_change_orders_move_the_price_and_the_percentages_of_it(scene: Scene) -> None:
    project = opened(scene.customer, "Halle", rate=None)
    agreed(project, 100_000, milestones=(("A", None, "50"), ("B", None, "50")))
    reached(project, "A")
    issue(bill(project))
    order(project, 20_000)
    assert (standing(project).price_minor, standing(project).orders_minor, standing(project).ready_minor) == (
        120_000, 20_000, 10_000,
    )  # fmt: skip
    assert lines_of(bill(project)) == [("Halle: Nachträge zu schon Abgerechnetem", Decimal(100))]
    with refused("project.price_below_billed"):
        order(project, -70_000)
    with refused("project.price_below_zero"):
        order(project, -130_000)
    with refused("project.order_of_nobody"):
        order(project, 1, agreed_by=" ")
    with refused("project.empty_order"):
        order(project, 0)
    assert Fact.objects.get(kind="price_ordered").body["price_minor"] == 120_000


def test_wp11_what_is_held_is_released_when_the_work_is_accepted(scene: Scene) -> None:
    project = opened(scene.customer, "Halle", rate=None)
    agreed(project, 1005, method=PriceMethod.PERCENT, retention_percent=Decimal(10))
    percent(project, "30.3483")
    assert issue(bill(project)).net_minor == 274
    with refused("project.not_done"):
        actions.accept_project(project=project, accepted_by="Eva", on=DAY, **HOW)
    percent(project, "100")
    assert issue(bill(project)).net_minor == 630
    with refused("project.nothing_new"):
        bill(project)
    actions.accept_project(project=project, accepted_by="Eva", on=DAY, **HOW)
    assert standing(project).is_releasable
    last = bill(project)
    assert lines_of(last) == [("Auszahlung des Sicherheitseinbehalts: Halle", Decimal("1.01"))]
    issue(last)
    assert sum(Document.objects.values_list("net_minor", flat=True)) == 1005
    assert (standing(project).held_minor, prices_to_bill()) == (0, {})
    for act in (lambda: percent(project, "90"), lambda: order(project, 5)):
        with refused("project.accepted"):
            act()


def test_wp10_paid_deposits_are_deducted_from_a_bill_as_from_any_final_invoice(scene: Scene) -> None:
    asked = invoicing.draft_deposit(customer=scene.customer, lines=[line("200")], **HOW)
    deposit = issue(asked)
    assert deposits_for(scene) == []
    payments.receive_payment(
        customer=scene.customer,
        legal_entity=scene.seller,
        method="bank_transfer",
        amount_minor=23_800,
        currency="EUR",
        received_on=TODAY,
        allocate_to=[(deposit.id, 23_800)],
        **HOW,
    )
    project = opened(scene.customer, "Halle", rate=None)
    agreed(project, 100_000, milestones=(("A", 50_000, None),))
    reached(project, "A")
    chosen = deposits_for(scene)
    assert chosen == [(deposit, 23_800)]
    draft = bill(project, deposits=[deposit])
    assert draft.kind == "final"
    assert deposits_for(scene) == []
    document = issue(draft)
    assert (document.net_minor, document.prepaid_minor) == (50_000, 23_800)


def test_wp8_hours_of_a_project_at_a_price_are_part_of_it(scene: Scene) -> None:
    project = opened(scene.customer)
    before = worked(project, scene.owner)
    with refused("project.hours_to_bill"):
        agreed(project, 100_000)
    actions.change_work(work=before, changes={"is_billable": False}, **HOW)
    agreed(project, 100_000)
    entry = worked(project, scene.owner)
    assert not entry.is_billable
    with refused("work.in_the_price"):
        actions.change_work(work=entry, changes={"is_billable": True}, **HOW)
    with refused("work.nothing_to_approve"):
        approved(project)
    with refused("project.has_price"):
        agreed(project, 1)
    other = opened(scene.customer, "By the hour")
    worked(other, scene.owner)
    approved(other)
    billed(other)
    with refused("project.no_price"):
        bill(other)


def test_wp9_milestones_are_added_reached_and_taken_back(scene: Scene) -> None:
    project = opened(scene.customer, "Halle", rate=None)
    agreed(project, 100_000, milestones=(("A", 60_000, None),))
    for code, new in (
        ("project.milestones_above_price", NewMilestone(name="B", amount_minor=40_001)),
        ("project.bad_milestone", NewMilestone(name="B")),
        ("project.bad_milestone", NewMilestone(name="B", percent=Decimal("0.00001"))),
        ("project.empty_milestone", NewMilestone(name=" ", amount_minor=1)),
    ):
        with refused(code):
            actions.add_milestone(project=project, new=new, **HOW)
    with refused("project.by_milestones"):
        percent(project, "1")
    with refused("project.in_the_future"):
        reached(project, "A", on=DAY + timedelta(days=30))
    key = reached(project, "A").id
    given: dict[str, Any] = {"project": project, "milestone_id": key, **HOW}
    with refused("milestone.reached"):
        actions.remove_milestone(**given)
    draft = bill(project)
    actions.reopen_milestone(**given)
    assert standing(project).ahead_minor == 60_000
    with refused("milestone.was_billed"):
        actions.remove_milestone(**given)
    with refused("milestone.not_reached"):
        actions.reopen_milestone(**given)
    invoicing.discard_draft(draft=draft, **HOW)
    other = actions.add_milestone(project=project, new=NewMilestone(name="B", amount_minor=1), **HOW)
    actions.remove_milestone(project=project, milestone_id=other.id, **HOW)
    with refused("milestone.gone"):
        actions.remove_milestone(project=project, milestone_id=other.id, **HOW)
    assert Milestone.objects.count() == 1
    actions.close_project(project=project, **HOW)
    with refused("project.closed"):
        reached(project, "A")


def test_wp10_what_a_line_of_a_price_counts_cannot_be_changed(scene: Scene) -> None:
    project = opened(scene.customer, "Halle", rate=None)
    agreed(project, 100_000, milestones=(("A", 60_000, None),))
    reached(project, "A")
    draft = bill(project)
    with refused("draft.bills_work", count=1):
        invoicing.set_lines(draft=draft, lines=[line("1")], **HOW)
    assert DocumentLine.objects.count() == 0
