"""Retainers: hours billed ahead cover work, what goes beyond is billed, each minute once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from conto.apps.bulk.invariants import ask
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, Draft
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewRetainer
from conto.apps.projects.models import CoveredWork, RetainerPeriod, WorkEntry
from conto.apps.projects.queries.invariants import INVARIANTS
from conto.apps.repeats import actions as repeats
from conto.apps.repeats.models import Repeat
from conto.domain.errors import RuleBroken
from conto.domain.repeat import Covers
from conto.flows import bill_project, credit_invoice, retain_project
from tests.repeating import made, on, repeating
from tests.retained import HOW, NOVEMBER, TODAY, brought_by, retained
from tests.scene import Scene, issue
from tests.work import approved, billed, opened, worked

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def standing(project: Any, today: date = TODAY) -> list[tuple[int, ...]]:
    """Tell of each period: carried, brought, used, beyond, waiting, lapsed, left."""
    found = queries.retainer_of(project, today)
    assert found is not None
    return [
        (
            row.carried_minutes, row.grant.brought_minutes, row.used_minutes, row.beyond_minutes, row.waiting_minutes,
            row.lapsed_minutes, row.left_minutes,
        )
        for row in found.rows
    ]  # fmt: skip


def refusal(act: Any) -> str:
    with pytest.raises(RuleBroken) as found, transaction.atomic():
        act()
    return found.value.code


def in_order() -> list[Any]:
    return [verdict for verdict in map(ask, INVARIANTS) if verdict.violated]


def test_wp14_work_is_covered_by_day_and_what_goes_beyond_is_billed_to_the_minute(scene: Scene) -> None:
    project = retained(scene.customer, 3, step_minutes=15)
    late = worked(project, scene.owner, 100, day=date(2026, 11, 12))  # 1:45 as it is billed
    worked(project, scene.owner, 110, day=date(2026, 11, 3))  # 2:00
    waits = worked(project, scene.owner, 30, day=date(2026, 11, 13))
    actions.approve_work(project=project, until=date(2026, 11, 12), **HOW)
    assert standing(project) == [(0, 180, 180, 45, 30, 0, 0)]
    found = queries.standings([project])[project.id]
    assert (found.approved_minor, found.waiting_minor, found.approved_count, found.minutes) == (7_500, 5_000, 1, 75)
    rows = {row.entry.id: (row.state, row.covered_minutes, row.worth_minor) for row in queries.work_rows(project)}
    assert sorted(rows.values()) == [("approved", 60, 7_500), ("covered", 120, None), ("waiting", 0, 5_000)]
    assert [row.entry.id for row in queries.work_rows(project, state="approved")] == [late.id]
    assert [row.amount_minor for row in queries.done_rows(scene.owner)] == [7_500]
    proposal = bill_project.propose(project=project, until=TODAY)
    assert (proposal.total_minor, proposal.covered_minutes) == (7_500, 180)
    draft = billed(project, until=TODAY)
    assert [(line.quantity, line.unit_price) for line in draft.lines.all()] == [(Decimal("0.75"), Decimal(100))]
    assert standing(project) == [(0, 180, 180, 45, 30, 0, 0)]
    assert {row.state for row in queries.work_rows(project, state="billed")} == {"billed", "covered"}
    assert refusal(lambda: billed(project, until=TODAY)) == "project.nothing_to_bill"
    settled = WorkEntry.objects.get(day=date(2026, 11, 3))
    assert refusal(lambda: actions.change_work(work=settled, changes={"minutes": 1}, **HOW)) == "work.closed"
    actions.approve_work(project=project, **HOW)
    assert standing(project) == [(0, 180, 180, 75, 0, 0, 0)]
    assert in_order() == []
    invoicing.discard_draft(draft=draft, **HOW)
    assert not CoveredWork.objects.filter(is_live=True).exists()
    assert standing(project) == [(0, 180, 180, 75, 0, 0, 0)]
    actions.undo_approval(project=project, work_ids=[waits.id, settled.id], **HOW)
    assert standing(project) == [(0, 180, 105, 0, 150, 0, 75)]
    assert in_order() == []


def test_wp15_what_is_not_used_lapses_or_is_carried_and_used_first(scene: Scene) -> None:
    project = retained(scene.customer, 10, SEPTEMBER, carry_periods=1)
    for day, hours in ((date(2026, 9, 5), 4), (date(2026, 10, 5), 3), (date(2026, 11, 5), 18)):
        worked(project, scene.owner, hours * 60, day=day)
    approved(project)
    hour = 60
    assert standing(project) == [
        (0, 10 * hour, 4 * hour, 0, 0, 0, 6 * hour),
        (6 * hour, 10 * hour, 3 * hour, 0, 0, 3 * hour, 10 * hour),
        (10 * hour, 10 * hour, 18 * hour, 0, 0, 0, 2 * hour),
    ]
    plain = retained(scene.customer, 10, OCTOBER)
    worked(plain, scene.owner, 3 * hour, day=date(2026, 10, 5))
    worked(plain, scene.owner, 12 * hour, day=date(2026, 11, 5))
    approved(plain)
    assert standing(plain) == [
        (0, 10 * hour, 3 * hour, 0, 0, 7 * hour, 0),
        (0, 10 * hour, 10 * hour, 2 * hour, 0, 0, 0),
    ]


def test_wp13_a_change_counts_from_the_next_invoice_and_an_invoice_that_is_gone_brings_nothing(scene: Scene) -> None:
    project = retained(scene.customer, 10, OCTOBER)
    terms = queries.retainer_of(project, TODAY).terms  # type: ignore[union-attr]
    repeat = Repeat.objects.get(id=terms.repeat_id)
    new = NewRetainer(minutes=300, overage_rate=Decimal(130))
    retain_project.change(project=project, repeat=repeat, new=new, **HOW)
    made(on(date(2026, 12, 2)))
    assert [row.minutes for row in RetainerPeriod.objects.order_by("starts_on")] == [600, 600, 300]
    stale = {"project": project, "repeat": repeat, "new": new, "expected_version": 1, **HOW}
    assert refusal(lambda: retain_project.change(**stale)) == "retainer.changed_meanwhile"
    december = RetainerPeriod.objects.get(starts_on=date(2026, 12, 1))
    invoicing.discard_draft(draft=Draft.objects.get(id=december.document_id), **HOW)
    assert RetainerPeriod.objects.get(id=december.id).is_revoked
    november = Draft.objects.get(id=RetainerPeriod.objects.get(starts_on=NOVEMBER).document_id)
    worked(project, scene.owner, 60, day=date(2026, 11, 5))
    approved(project)
    actions.close_covered(project=project, until=date(2026, 11, 5), **HOW)
    issued = invoicing.issue_draft(draft=november, overrides={"check.work_not_billed": "x"}, **HOW)
    assert Document.objects.get(id=issued.id).number
    assert in_order() == []
    later = date(2026, 11, 30)
    assert standing(project, later)[1] == (0, 600, 60, 0, 0, 0, 540)
    repeats.end_repeat(repeat=repeat, **HOW)
    assert made(on(date(2027, 1, 2))) == 0


def test_wp16_an_hour_beyond_costs_what_the_retainer_says(scene: Scene) -> None:
    project = retained(scene.customer, 1, overage_rate=Decimal(150))
    worked(project, scene.owner, 90, day=date(2026, 11, 5))
    worked(project, scene.owner, 60, day=date(2026, 10, 5))  # before the retainer
    approved(project)
    assert queries.standings([project])[project.id].approved_minor == 7_500 + 10_000
    assert bill_project.propose(project=project, until=TODAY).total_minor == 17_500


def test_wp17_what_is_covered_can_be_settled_and_opened_again(scene: Scene) -> None:
    project = retained(scene.customer, 2)
    worked(project, scene.owner, 60, day=date(2026, 11, 3))
    worked(project, scene.owner, 90, day=date(2026, 11, 4))
    approved(project)
    closing = actions.close_covered(project=project, until=TODAY, **HOW)
    assert [row.minutes for row in CoveredWork.objects.all()] == [60]  # the second goes beyond in part and stays open
    assert standing(project) == [(0, 120, 120, 30, 0, 0, 0)]
    assert [row.id for row in queries.closings_of(project)] == [closing.id]
    assert refusal(lambda: actions.close_covered(project=project, until=TODAY, **HOW)) == "retainer.nothing_to_close"
    actions.open_closing(project=project, closing_id=closing.id, **HOW)
    assert refusal(lambda: actions.open_closing(project=project, closing_id=closing.id, **HOW)) == (
        "retainer.closing_gone"
    )
    billed(project, until=TODAY)
    assert CoveredWork.objects.filter(is_live=True).count() == 2
    whole = retained(scene.customer, 5)
    worked(whole, scene.owner, 60, day=date(2026, 11, 3))
    approved(whole)
    assert refusal(lambda: billed(whole, until=TODAY)) == "project.all_covered"
    assert queries.done_rows(scene.owner) == []
    assert [row.project for row in queries.project_page(scene.owner, state="unbilled").rows] == []
    assert in_order() == []


def test_wp13_what_cannot_be_a_retainer_is_refused(scene: Scene) -> None:
    project = opened(scene.customer)
    ahead = repeating(scene.customer)
    behind = repeating(scene.customer, covers=Covers.BEHIND)
    another = repeating(scene.person)
    new = NewRetainer(minutes=60)

    def agreed(repeat: Any, new: NewRetainer = new) -> Any:
        return lambda: retain_project.agree(project=project, repeat=repeat, new=new, **HOW)

    assert refusal(agreed(behind)) == "retainer.not_ahead"
    assert refusal(agreed(another)) == "retainer.of_another"
    assert refusal(agreed(ahead, NewRetainer(minutes=0))) == "retainer.bad_minutes"
    assert refusal(agreed(ahead, NewRetainer(minutes=60, carry_periods=25))) == "retainer.bad_carry"
    agreed(ahead)()
    assert refusal(agreed(ahead)) == "project.has_retainer"
    project = opened(scene.customer, "Other")
    assert refusal(agreed(ahead)) == "retainer.repeat_taken"


def test_wp18_who_looks_after_it_is_warned_at_eighty_percent(scene: Scene) -> None:
    project = retained(scene.customer, 10)
    actions.change_project(project=project, changes={"owner_id": scene.owner.id}, **HOW)
    worked(project, scene.owner, 7 * 60 + 59, day=date(2026, 11, 3))
    approved(project)
    assert queries.warned_retainers(scene.owner, TODAY) == []
    worked(project, scene.owner, 1, day=date(2026, 11, 4))  # waits, and counts for the warning
    assert [(row.id, each.used_percent) for row, each in queries.warned_retainers(scene.owner, TODAY)] == [
        (project.id, 80)
    ]


def test_wp5_the_database_covers_no_more_than_a_period_brought(scene: Scene) -> None:
    project = retained(scene.customer, 1)
    worked(project, scene.owner, 60, day=date(2026, 11, 3))
    approved(project)
    actions.close_covered(project=project, until=TODAY, **HOW)
    worked(project, scene.owner, 1, day=date(2026, 11, 4))
    approved(project)
    with pytest.raises(IntegrityError, match="does not cover"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projects_coveredwork (closing_id, entry_id, period_id, project_id, is_live, minutes)"
            " SELECT w.closing_id, e.id, w.period_id, w.project_id, true, 1 FROM projects_coveredwork w,"
            " projects_workentry e WHERE e.minutes = 1"
        )


def test_wp13_a_period_whose_invoice_is_credited_as_a_whole_covers_nothing_more(scene: Scene) -> None:
    project = retained(scene.customer, 2)
    worked(project, scene.owner, 60, day=date(2026, 11, 3))
    approved(project)
    invoice = issue(Draft.objects.get(id=brought_by(project)))
    assert standing(project) == [(0, 120, 60, 0, 0, 0, 60)]
    part = {1: invoicing.CreditPart(amount_minor=100)}
    credit_invoice.credit(document=invoice, parts=part, reason="A little off", **HOW)
    assert standing(project) == [(0, 120, 60, 0, 0, 0, 60)]
    actions.close_covered(project=project, until=date(2026, 11, 3), **HOW)
    worked(project, scene.owner, 90, day=date(2026, 11, 4))
    approved(project)
    credit_invoice.credit(document=invoice, reason="Not wanted", **HOW)
    assert standing(project) == [(0, 60, 60, 90, 0, 0, 0)]
    assert queries.standings([project])[project.id].approved_minor == 15_000
    draft = billed(project, until=TODAY)
    assert [line.quantity for line in draft.lines.all()] == [Decimal("1.5")]
    connection.check_constraints()
    assert in_order() == []
