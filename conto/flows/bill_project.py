"""Bill a project: approved work that is not billed becomes a draft, each piece of it once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from conto.apps.bulk.retrying import retried
from conto.apps.crm import queries as crm
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import LineEntry
from conto.apps.projects import actions as projects
from conto.apps.projects import queries
from conto.apps.projects.words import line_details, line_name
from conto.domain.facts import Actor
from conto.domain.project import BilledLine, Grouping, line_minor

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Draft
    from conto.apps.projects.models import Project


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be billed now."""

    lines: tuple[BilledLine, ...]
    total_minor: int


def propose(*, project: "Project", until: date, grouping: Grouping = Grouping.PERSON) -> Proposal:
    """Return what billing would take now, and take nothing.

    Raises: RuleBroken `project.nothing_to_bill`, `project.no_rate`.
    Source: WP-4.
    """
    lines = tuple(queries.billable_lines(project, until=until, grouping=grouping))
    return Proposal(lines, sum(line_minor(line, project.currency) for line in lines))


def bill(
    *, project: "Project", until: date, actor: Actor, at: datetime, grouping: Grouping = Grouping.PERSON
) -> "Draft":
    """Put the approved work of a project that is not billed, up to a day, on a draft.

    Of two who do it at once the second finds nothing left. Discarding the draft, or crediting the invoice as a whole,
    frees the work again.

    Raises: RuleBroken `project.nothing_to_bill`, `project.no_rate`.
    Source: WP-4, WP-5.
    """

    def once() -> "Draft":
        with transaction.atomic():
            taken = projects.take_work(project=project, until=until, grouping=grouping)
            row = taken.project
            language = crm.billing_profile(row.customer).language or row.legal_entity.language
            draft = invoicing.create_draft(
                customer=row.customer,
                legal_entity=row.legal_entity,
                lines=_lines(taken.lines, row, language),
                bound_lines=len(taken.lines),
                currency=row.currency,
                language=language,
                period_start_on=min(line.starts_on for line in taken.lines),
                period_end_on=max(line.ends_on for line in taken.lines),
                actor=actor,
                at=at,
            )
            projects.note_bill(taken=taken, document_id=draft.id, actor=actor, at=at)
            return draft

    return retried(once)


def _lines(lines: Sequence[BilledLine], project: "Project", language: str) -> list[LineEntry]:
    return [
        LineEntry(
            name=line_name(line, project, language),
            description=line_details(line, language),
            quantity=line.quantity,
            unit_code=line.unit_code,
            unit_price=line.unit_price,
            base_quantity=line.base_quantity,
            supply=project.item.supply if project.item and line.works[0].is_time else "services",
            rate_class=line.works[0].rate_class or (project.item.rate_class if project.item else "standard"),
            period_start_on=line.starts_on,
            period_end_on=line.ends_on,
        )
        for line in lines
    ]
