"""Several people press the button at the same moment: each piece of work is billed once."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from conto.apps.bulk.invariants import ask
from conto.apps.invoicing.models import DocumentLine, Draft, DraftLine
from conto.apps.projects import actions
from conto.apps.projects.models import BilledWork, WorkEntry
from conto.apps.projects.queries.invariants import INVARIANTS
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM
from conto.domain.project import Grouping
from tests.house import FreshBook
from tests.scene import set_scene
from tests.work import NOW, approved, billed, opened, worked

PEOPLE, ENTRIES = 4, 12


def all_at_once(acts: list[Callable[[], Any]]) -> tuple[list[Any], list[str]]:
    """Do everything at the same moment; return what came of it, and the codes of what was refused."""
    done: list[Any] = []
    refused: list[str] = []
    start = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> None:
        try:
            start.wait()
            done.append(act())
        except RuleBroken as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    people = [Thread(target=do, args=(act,)) for act in acts]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return done, refused


@pytest.mark.slow
def test_wp5_of_several_who_bill_at_once_one_bills_and_the_others_find_nothing(fresh_book: FreshBook) -> None:
    scene = set_scene()
    project = opened(scene.customer)
    for n in range(ENTRIES):
        worked(project, scene.owner, 10 + n)
    approved(project)
    done, refused = all_at_once([lambda g=grouping: billed(project, g) for grouping in Grouping])  # type: ignore[misc]
    assert refused == ["project.nothing_to_bill"] * (len(Grouping) - 1)
    assert [draft.id for draft in done] == [draft.id for draft in Draft.objects.all()]
    assert BilledWork.objects.filter(is_live=True).count() == ENTRIES
    assert [found.shown for found in map(ask, INVARIANTS) if found.violated] == []


@pytest.mark.slow
def test_wp5_what_is_billed_while_others_correct_and_approve_is_what_was_approved(fresh_book: FreshBook) -> None:
    scene = set_scene()
    project = opened(scene.customer)
    rows = [worked(project, scene.owner, 60) for _ in range(ENTRIES)]
    approved(project)

    def undo_and_correct(row: WorkEntry) -> None:
        actions.undo_approval(project=project, work_ids=[row.id], actor=SYSTEM, at=NOW)
        actions.change_work(work=row, changes={"minutes": 30}, actor=SYSTEM, at=NOW)

    acts: list[Callable[[], Any]] = [lambda row=row: undo_and_correct(row) for row in rows[: ENTRIES // 2]]  # type: ignore[misc]
    acts += [lambda: billed(project)] * 2
    all_at_once(acts)
    live = {each.entry_id: each for each in BilledWork.objects.filter(is_live=True)}
    for row in WorkEntry.objects.all():
        assert (row.id in live) == (row.approved_at is not None)
        assert row.minutes == (60 if row.id in live else 30)
    assert sum(each.minutes or 0 for each in live.values()) == 60 * sum(
        line.quantity for line in [*DraftLine.objects.all(), *DocumentLine.objects.all()]
    )
    assert [found.shown for found in map(ask, INVARIANTS) if found.violated] == []


@pytest.mark.slow
def test_wp6_numbers_have_no_gap_when_projects_are_opened_at_once(fresh_book: FreshBook) -> None:
    scene = set_scene()
    done, refused = all_at_once([lambda n=n: opened(scene.customer, f"Project {n}") for n in range(PEOPLE)])  # type: ignore[misc]
    assert refused == []
    assert sorted(each.number for each in done) == [f"P-2026-{n:05}" for n in range(1, PEOPLE + 1)]
