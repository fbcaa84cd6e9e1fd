"""Let a repeating invoice cover work of a project: its hours are billed ahead."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from conto.apps.projects import actions as projects
from conto.apps.projects.entries import MadeDay, NewRetainer
from conto.apps.repeats import actions as repeats
from conto.apps.repeats import queries as repeat_queries
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.period import local_day
from conto.domain.repeat import RepeatState, allowed_to_change

if TYPE_CHECKING:
    from conto.apps.projects.models import Project, Retainer
    from conto.apps.repeats.models import Repeat
    from conto.apps.repeats.queries import Terms


@transaction.atomic
def agree(*, project: "Project", repeat: "Repeat", new: NewRetainer, actor: Actor, at: datetime) -> "Retainer":
    """Give a project a retainer that a repeating invoice bills; the invoice of the period that runs counts already.

    Raises: Conflict `repeat.is_over`, `project.closed`, `project.has_price`, `project.has_retainer`,
    `retainer.repeat_taken`; RuleBroken `retainer.of_another`, `retainer.not_ahead`, and for what it cannot be.
    Source: WP-13.
    """
    row, terms = _checked(project, repeat)
    made: list[MadeDay] = []
    last = repeat_queries.standing_of(row)
    if last is not None:
        rhythm = terms.schedule.rhythm
        if local_day(at, row.legal_entity.zone) in rhythm.period(rhythm.index_of(last.due_on)):
            made.append(MadeDay(row.id, last.due_on, last.document_id, rhythm))
    return projects.agree_retainer(project=project, repeat_id=row.id, new=new, made=made, actor=actor, at=at)


@transaction.atomic
def change(
    *,
    project: "Project",
    repeat: "Repeat",
    new: NewRetainer,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> "Retainer":
    """Change what a retainer covers, or what bills it, from the next invoice on.

    Raises: Conflict `project.closed`, `retainer.changed_meanwhile`, `retainer.repeat_taken`; RuleBroken
    `project.no_retainer`, `retainer.of_another`, `retainer.not_ahead`, and for what it cannot be.
    Source: WP-13.
    """
    _checked(project, repeat, is_new=False)
    return projects.change_retainer(
        project=project, repeat_id=repeat.id, new=new, expected_version=expected_version, actor=actor, at=at
    )


def _checked(project: "Project", repeat: "Repeat", *, is_new: bool = True) -> tuple["Repeat", "Terms"]:
    """Lock the repeating invoice, so that nothing is made of it meanwhile, and see whether it can bill a retainer."""
    row = repeats.locked(repeat)
    if row.customer_id != project.customer_id:
        raise RuleBroken("retainer.of_another", "This repeating invoice belongs to another customer.")
    terms = repeat_queries.terms_for(row)
    if is_new:
        allowed_to_change(RepeatState(row.state))
    if row.next_on is not None and terms.schedule.covered(row.next_on).start != row.next_on:
        raise RuleBroken(
            "retainer.not_ahead",
            "A retainer is billed ahead: the days that its repeating invoice is about begin with its own day.",
        )
    return row, terms
