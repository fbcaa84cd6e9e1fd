"""The price of a project: agreed, changed by orders, told how much of it is done, and accepted."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.projects.actions.projects import LARGEST_MINOR, locked_project
from conto.apps.projects.entries import NewChangeOrder, NewMilestone, NewPrice
from conto.apps.projects.models import (
    BilledMilestone,
    ChangeOrder,
    FixedPrice,
    Milestone,
    PriceProgress,
    Project,
    Retainer,
    WorkEntry,
)
from conto.apps.projects.queries.covering import unbilled
from conto.apps.projects.queries.prices import PriceStanding, price_of
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.project import PriceMethod, done_by_percent, milestone_amounts, price_after
from conto.domain.project.price import ChangeOrder as Order
from conto.domain.project.price import Milestone as Part
from conto.domain.project.price import check_retention, is_percentage

MOST_MILESTONES = 200
LARGEST_POSITION = 32_000
_LONGEST = 200


@transaction.atomic
def agree_price(*, project: Project, new: NewPrice, actor: Actor, at: datetime) -> FixedPrice:
    """Give an open project a price: from then on its hours are part of it and are not billed by rates.

    Raises: Conflict `project.closed`, `project.has_price`, `project.has_retainer`, `project.hours_to_bill`; RuleBroken
    for what a price cannot be.
    Source: WP-8.
    """
    row = _open(project.id)
    if FixedPrice.objects.filter(project=row).exists():
        raise Conflict("project.has_price", "This project has a price. A change order raises or lowers it.")
    if Retainer.objects.filter(project=row).exists():
        raise Conflict("project.has_retainer", "A retainer covers work of this project, so it has no price.")
    if unbilled(WorkEntry.objects.filter(project=row, kind="time")).exists():
        raise Conflict(
            "project.hours_to_bill",
            "Hours of this project wait to be billed. Bill them first, or mark them as not billed: then they are part "
            "of the price.",
        )
    if not 0 < new.amount_minor < LARGEST_MINOR:
        raise RuleBroken("project.bad_price", "A price is more than 0.")
    check_retention(new.retention_percent)
    _check_day(row, new.agreed_on, at)
    made = FixedPrice.objects.create(
        project=row,
        amount_minor=new.amount_minor,
        method=PriceMethod(new.method).value,
        retention_percent=new.retention_percent,
        agreed_by=_somebody(new.agreed_by),
        agreed_on=new.agreed_on,
        set_at=at,
    )
    agreed = facts.PriceAgreed(
        **_head(row),
        amount_minor=made.amount_minor,
        currency=row.currency,
        method=made.method,
        retention_percent=made.retention_percent,
    )
    audit.record(agreed, actor=actor, at=at)
    return made


@transaction.atomic
def order_change(*, project: Project, new: NewChangeOrder, actor: Actor, at: datetime) -> ChangeOrder:
    """Raise or lower the price of a project by a change order.

    Raises: Conflict `project.closed`, `project.accepted`, `project.price_below_billed`; RuleBroken
    `project.no_price`, `project.empty_order`, `project.order_of_nobody`, `project.price_below_zero`,
    `project.milestones_above_price`.
    Source: WP-8.
    """
    row, standing = _changeable(project.id)
    title = new.title.strip()[:_LONGEST]
    if not new.amount_minor or abs(new.amount_minor) >= LARGEST_MINOR or not title:
        raise RuleBroken("project.empty_order", "A change order says what it is about, and more or less than 0.")
    price = price_after(standing.price_minor, [Order(new.amount_minor, new.agreed_by)])
    if price < standing.billed_minor:
        raise Conflict(
            "project.price_below_billed", "More than this price is billed. Credit an invoice as a whole first."
        )
    milestone_amounts(price, [each.part for each in standing.milestones])
    _check_day(row, new.agreed_on, at)
    made = ChangeOrder.objects.create(
        id=new_id(),
        project=standing.terms,
        position=len(standing.orders) + 1,
        title=title,
        amount_minor=new.amount_minor,
        agreed_by=_somebody(new.agreed_by),
        agreed_on=new.agreed_on,
        noted_at=at,
    )
    ordered = facts.PriceOrdered(**_head(row), amount_minor=made.amount_minor, price_minor=price, currency=row.currency)
    audit.record(ordered, actor=actor, at=at)
    return made


@transaction.atomic
def add_milestone(*, project: Project, new: NewMilestone, actor: Actor, at: datetime) -> Milestone:
    """Add a milestone to the price of a project.

    Raises: Conflict `project.closed`, `project.accepted`; RuleBroken `project.no_price`, `project.by_percent`,
    `project.bad_milestone`, `project.milestones_above_price`, `project.too_many_milestones`.
    Source: WP-9.
    """
    row, standing = _changeable(project.id, PriceMethod.MILESTONES)
    name = new.name.strip()[:_LONGEST]
    last = max((each.position for each in standing.milestones), default=0)
    if len(standing.milestones) >= MOST_MILESTONES or last >= LARGEST_POSITION:
        raise RuleBroken(
            "project.too_many_milestones", "A project has at most %(most)s milestones.", most=MOST_MILESTONES
        )
    if not name or new.amount_minor == 0 or new.percent == 0:
        raise RuleBroken("project.empty_milestone", "A milestone has a name and is more than 0.")
    if new.percent is not None and not is_percentage(new.percent):
        raise RuleBroken("project.bad_milestone", "A milestone is an amount or a percentage of the price.")
    made = Milestone(
        id=new_id(),
        project=standing.terms,
        position=last + 1,
        name=name,
        amount_minor=new.amount_minor,
        percent=new.percent,
        due_on=new.due_on,
    )
    milestone_amounts(
        standing.price_minor, [*(each.part for each in standing.milestones), Part(name, new.amount_minor, new.percent)]
    )
    made.save(force_insert=True)
    added = facts.MilestoneAdded(
        **_head(row), milestone_id=made.id, amount_minor=made.amount_minor, percent=made.percent
    )
    audit.record(added, actor=actor, at=at)
    return made


@transaction.atomic
def remove_milestone(*, project: Project, milestone_id: UUID, actor: Actor, at: datetime) -> None:
    """Take away a milestone that is not reached and that no bill ever named.

    Raises: Conflict `project.closed`, `project.accepted`, `milestone.reached`, `milestone.was_billed`,
    `milestone.gone`.
    Source: WP-9.
    """
    row, standing = _changeable(project.id)
    found = _milestone(standing, milestone_id)
    if found.reached_at is not None:
        raise Conflict("milestone.reached", "This milestone is reached.")
    if BilledMilestone.objects.filter(milestone=found).exists():
        raise Conflict("milestone.was_billed", "An invoice named this milestone once, so it stays.")
    found.delete()
    audit.record(facts.MilestoneRemoved(**_head(row), milestone_id=milestone_id), actor=actor, at=at)


@transaction.atomic
def reach_milestone(*, project: Project, milestone_id: UUID, on: date, actor: Actor, at: datetime) -> Milestone:
    """Say that a milestone is reached: its part of the price can be billed.

    Raises: Conflict `project.closed`, `project.accepted`, `milestone.reached`, `milestone.gone`; RuleBroken
    `project.in_the_future`.
    Source: WP-9.
    """
    row, standing = _changeable(project.id)
    found = _milestone(standing, milestone_id)
    if found.reached_at is not None:
        raise Conflict("milestone.reached", "This milestone is reached.")
    _check_day(row, on, at)
    found.reached_on, found.reached_at, found.reached_by_id = on, at, actor.member_id
    found.save(update_fields=["reached_on", "reached_at", "reached_by"])
    audit.record(facts.MilestoneReached(**_head(row), milestone_id=found.id, reached_on=on), actor=actor, at=at)
    return found


@transaction.atomic
def reopen_milestone(*, project: Project, milestone_id: UUID, actor: Actor, at: datetime) -> Milestone:
    """Say that a milestone is not reached after all. What is billed of it stays billed, and is then ahead of the work.

    Raises: Conflict `project.closed`, `project.accepted`, `milestone.not_reached`, `milestone.gone`.
    Source: WP-9.
    """
    row, standing = _changeable(project.id)
    found = _milestone(standing, milestone_id)
    if found.reached_at is None:
        raise Conflict("milestone.not_reached", "This milestone is not reached.")
    found.reached_on = found.reached_at = found.reached_by_id = None
    found.save(update_fields=["reached_on", "reached_at", "reached_by"])
    audit.record(facts.MilestoneReopened(**_head(row), milestone_id=found.id), actor=actor, at=at)
    return found


@transaction.atomic
def tell_progress(*, project: Project, percent: Decimal, on: date, actor: Actor, at: datetime) -> PriceProgress:
    """Say how much of a project is complete; the latest counts, and what was said before stays.

    Raises: Conflict `project.closed`, `project.accepted`; RuleBroken `project.no_price`, `project.by_milestones`,
    `project.bad_percent`, `project.in_the_future`.
    Source: WP-9.
    """
    row, standing = _changeable(project.id, PriceMethod.PERCENT)
    done_by_percent(standing.price_minor, percent)
    _check_day(row, on, at)
    made = PriceProgress.objects.create(
        id=new_id(),
        project=standing.terms,
        position=(standing.progress.position if standing.progress else 0) + 1,
        percent=percent,
        said_on=on,
        said_by_id=actor.member_id,
        said_at=at,
    )
    audit.record(facts.ProgressTold(**_head(row), percent=percent, said_on=on), actor=actor, at=at)
    return made


@transaction.atomic
def accept_project(*, project: Project, accepted_by: str, on: date, actor: Actor, at: datetime) -> FixedPrice:
    """Note that the customer accepted the work: what is held back can be released, and the price is closed.

    Raises: Conflict `project.accepted`; RuleBroken `project.no_price`, `project.not_done`, `project.agreed_by_nobody`,
    `project.in_the_future`.
    Source: WP-11.
    """
    row = locked_project(project.id)
    standing = _priced(row)
    if standing.done_minor != standing.price_minor:
        raise RuleBroken("project.not_done", "What is held back is released when everything is done.")
    _check_day(row, on, at)
    terms = standing.terms
    terms.accepted_by, terms.accepted_on, terms.accepted_at = _somebody(accepted_by), on, at
    terms.save(update_fields=["accepted_by", "accepted_on", "accepted_at"])
    audit.record(facts.ProjectAccepted(**_head(row), accepted_on=on), actor=actor, at=at)
    return terms


def _open(project_id: UUID) -> Project:
    row = locked_project(project_id)
    if row.state == "closed":
        raise Conflict("project.closed", "This project is closed.")
    return row


def _changeable(project_id: UUID, method: PriceMethod | None = None) -> tuple[Project, PriceStanding]:
    row = _open(project_id)
    standing = _priced(row)
    if method is PriceMethod.MILESTONES and standing.terms.method != method:
        raise RuleBroken("project.by_percent", "What is done here is told by a percentage.")
    if method is PriceMethod.PERCENT and standing.terms.method != method:
        raise RuleBroken("project.by_milestones", "What is done here is told by milestones.")
    return row, standing


def _priced(row: Project) -> PriceStanding:
    standing = price_of(row)
    if standing is None:
        raise RuleBroken("project.no_price", "This project has no price.")
    if standing.is_accepted:
        raise Conflict("project.accepted", "The customer accepted the work, so its price does not change any more.")
    return standing


def _milestone(standing: PriceStanding, milestone_id: UUID) -> Milestone:
    found = Milestone.objects.filter(project=standing.terms, id=milestone_id).first()
    if found is None:
        raise Conflict("milestone.gone", "This milestone was taken away.")
    return found


def _check_day(row: Project, on: date, at: datetime) -> None:
    if on > local_day(at, row.legal_entity.zone):
        raise RuleBroken("project.in_the_future", "This day is still to come.")


def _somebody(name: str) -> str:
    known = name.strip()[:_LONGEST]
    if not known:
        raise RuleBroken("project.agreed_by_nobody", "Say who agreed.")
    return known


def _head(row: Project) -> dict[str, Any]:
    return {"subject_id": row.id, "customer_id": row.customer_id, "number": row.number}
