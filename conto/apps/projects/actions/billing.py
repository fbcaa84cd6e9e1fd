"""What a bill takes of a project, and gives back."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.projects.actions.projects import locked_project
from conto.apps.projects.actions.retainers import close_work, revoke_periods
from conto.apps.projects.entries import Taken, TakenPrice
from conto.apps.projects.models import BilledMilestone, BilledPrice, BilledWork, Project, ProjectBill
from conto.apps.projects.queries.prices import price_of, taken_of
from conto.apps.projects.queries.worth import billable, to_take
from conto.domain import facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.project import BilledLine, Grouping, line_minor


def take_work(*, project: Project, until: date, grouping: Grouping) -> Taken:
    """Take the approved work of a project that is not billed, up to a day, for a bill of this transaction.

    The project is locked first: of two who bill at once the second sees what the first has taken.

    Raises: RuleBroken `project.nothing_to_bill`, `project.all_covered`, `project.no_rate`.
    Source: WP-4, WP-5, WP-16.
    """
    row = locked_project(project.id)
    rows = list(billable(row, until).select_for_update(of=("self",)))
    # What was corrected while this waited for its lock is looked at as it is now.
    now = [each for each in rows if each.approved_at is not None and each.is_billable and each.day <= until]
    lines, known = to_take(row, now, grouping)
    return Taken(row, tuple(lines), until, known.shares)


@transaction.atomic
def note_bill(*, taken: Taken, document_id: UUID, actor: Actor, at: datetime) -> ProjectBill:
    """Note which draft bills the work that was taken, line by line, and what the retainer covers of it.

    Source: WP-5, WP-17.
    """
    project = taken.project
    bill = ProjectBill.objects.create(
        id=document_id,
        project=project,
        customer_id=project.customer_id,
        billed_minor=sum(line_minor(line, project.currency) for line in taken.lines),
        billed_at=at,
    )
    if taken.shares and taken.until:
        close_work(project=project, shares=taken.shares, until=taken.until, bill=bill, actor=actor, at=at)
    works = _billed(bill, taken.lines)
    BilledWork.objects.bulk_create(works)
    billed = facts.WorkBilled(
        subject_id=project.id,
        customer_id=project.customer_id,
        number=project.number,
        document_id=document_id,
        count=len(works),
        amount_minor=bill.billed_minor,
        currency=project.currency,
    )
    audit.record(billed, actor=actor, at=at)
    return bill


def _billed(bill: ProjectBill, lines: Sequence[BilledLine]) -> list[BilledWork]:
    return [
        BilledWork(
            bill=bill,
            entry_id=work.id,
            project_id=bill.project_id,
            position=position,
            minutes=work.minutes,
            rate=work.rate if work.is_time else None,
            amount_minor=work.amount_minor,
        )
        for position, line in enumerate(lines, 1)
        for work in line.works
    ]


def take_price(*, project: Project) -> TakenPrice:
    """Take what is done of the price of a project and not billed, for a bill of this transaction.

    The project is locked first, as for `take_work`.

    Raises: RuleBroken `project.no_price`, `project.billed_more`, `project.nothing_new`.
    Source: WP-10, WP-11.
    """
    row = locked_project(project.id)
    standing = price_of(row)
    if standing is None:
        raise RuleBroken("project.no_price", "This project has no price.")
    return taken_of(row, standing)


@transaction.atomic
def note_price_bill(*, taken: TakenPrice, document_id: UUID, actor: Actor, at: datetime) -> ProjectBill:
    """Note which draft bills what was taken of a price, line by line.

    Source: WP-10, WP-11.
    """
    project, bill = taken.project, taken.bill
    made = ProjectBill.objects.create(
        id=document_id,
        project=project,
        customer_id=project.customer_id,
        billed_minor=bill.payable_minor,
        billed_at=at,
    )
    BilledPrice.objects.create(
        bill=made,
        project_id=project.id,
        work_minor=bill.work_minor,
        held_minor=bill.held_minor,
        price_minor=taken.price_minor,
        done_minor=taken.done_minor,
        line_count=len(taken.parts),
    )
    BilledMilestone.objects.bulk_create(
        BilledMilestone(
            bill=made,
            milestone_id=part.milestone_id,
            project_id=project.id,
            position=position,
            amount_minor=part.amount_minor,
        )
        for position, part in enumerate(taken.parts, 1)
        if part.milestone_id
    )
    billed = facts.PriceBilled(
        subject_id=project.id,
        customer_id=project.customer_id,
        number=project.number,
        document_id=document_id,
        work_minor=bill.work_minor,
        held_minor=bill.held_minor,
        currency=project.currency,
    )
    audit.record(billed, actor=actor, at=at)
    return made


@transaction.atomic
def free_bills(*, document_ids: Collection[UUID], actor: Actor, at: datetime) -> None:
    """Free what drafts or documents billed, because they are discarded or credited as a whole; what they brought goes.

    Source: WP-5, WP-13.
    """
    revoke_periods(document_ids=document_ids, actor=actor, at=at)
    bills = ProjectBill.objects.filter(id__in=document_ids, is_live=True).select_related("project")
    for bill in bills.order_by("id").select_for_update(of=("self",)):
        bill.is_live, bill.freed_at = False, at
        bill.save(update_fields=["is_live", "freed_at"])
        freed = facts.WorkFreed(
            subject_id=bill.project_id,
            customer_id=bill.customer_id,
            number=bill.project.number,
            document_id=bill.id,
            count=BilledWork.objects.filter(bill=bill).count() + BilledMilestone.objects.filter(bill=bill).count(),
        )
        audit.record(freed, actor=actor, at=at)
