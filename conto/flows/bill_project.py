"""Bill a project: approved work, or what is done of its price, becomes a draft, each piece of it once."""

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
from conto.apps.projects.entries import TakenPrice
from conto.apps.projects.words import line_details, line_name, part_details, part_name
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.money import ONE, to_major
from conto.domain.project import BilledLine, Grouping, line_minor

if TYPE_CHECKING:
    from conto.apps.invoicing.models import Document, Draft
    from conto.apps.projects.models import Project


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be billed now."""

    lines: tuple[BilledLine, ...]
    total_minor: int
    covered_minutes: int = 0  # by the retainer, of the same work


def propose(*, project: "Project", until: date, grouping: Grouping = Grouping.PERSON) -> Proposal:
    """Return what billing would take now, and take nothing.

    Raises: RuleBroken `project.nothing_to_bill`, `project.all_covered`, `project.no_rate`.
    Source: WP-4, WP-16.
    """
    lines, known = queries.to_take(project, list(queries.billable(project, until)), grouping)
    total = sum(line_minor(line, project.currency) for line in lines)
    return Proposal(tuple(lines), total, known.covered_minutes)


def bill(
    *, project: "Project", until: date, actor: Actor, at: datetime, grouping: Grouping = Grouping.PERSON
) -> "Draft":
    """Put the approved work of a project that is not billed, up to a day, on a draft.

    Of two who do it at once the second finds nothing left. Discarding the draft, or crediting the invoice as a whole,
    frees the work again.

    Where a retainer covers some of it, only what goes beyond stands on the draft, and what is covered is settled.

    Raises: RuleBroken `project.nothing_to_bill`, `project.all_covered`, `project.no_rate`.
    Source: WP-4, WP-5, WP-16, WP-17.
    """

    def once() -> "Draft":
        with transaction.atomic():
            taken = projects.take_work(project=project, until=until, grouping=grouping)
            row = taken.project
            language = language_of(row)
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


def propose_price(*, project: "Project") -> TakenPrice:
    """Return what billing the price would take now, and take nothing.

    Raises: RuleBroken `project.no_price`, `project.billed_more`, `project.nothing_new`.
    Source: WP-10, WP-11.
    """
    standing = queries.price_of(project)
    if standing is None:
        raise RuleBroken("project.no_price", "This project has no price.")
    return queries.taken_of(project, standing)


def language_of(project: "Project") -> str:
    """Return the language in which a bill of a project is written."""
    return crm.billing_profile(project.customer).language or project.legal_entity.language


def bill_price(*, project: "Project", actor: Actor, at: datetime, deposits: Sequence["Document"] = ()) -> "Draft":
    """Put what is done of the price of a project and not billed on a draft, less what is held back.

    When the customer has accepted the work, what is held back is released. Paid deposits are deducted, as on any final
    invoice. Of two who do it at once the second finds nothing left.

    Raises: RuleBroken `project.no_price`, `project.billed_more`, `project.nothing_new`, `deposit.not_fitting`; Conflict
    `deposit.already_deducted`.
    Source: WP-10, WP-11.
    """

    def once() -> "Draft":
        with transaction.atomic():
            taken = projects.take_price(project=project)
            row = taken.project
            language = language_of(row)
            draft = invoicing.create_draft(
                customer=row.customer,
                legal_entity=row.legal_entity,
                lines=_price_lines(taken, language),
                bound_lines=len(taken.parts),
                currency=row.currency,
                language=language,
                deal_id=row.deal_id,
                actor=actor,
                at=at,
            )
            if deposits:
                invoicing.deduct_deposits(draft=draft, deposits=deposits, actor=actor, at=at)
            projects.note_price_bill(taken=taken, document_id=draft.id, actor=actor, at=at)
            return draft

    return retried(once)


def _price_lines(taken: TakenPrice, language: str) -> list[LineEntry]:
    item = taken.project.item
    return [
        LineEntry(
            name=part_name(part, taken, language),
            description=part_details(part, taken, language),
            quantity=ONE if part.amount_minor > 0 else -ONE,
            unit_price=to_major(abs(part.amount_minor), taken.project.currency),
            supply=item.supply if item else "services",
            rate_class=item.rate_class if item else "standard",
        )
        for part in taken.parts
    ]
