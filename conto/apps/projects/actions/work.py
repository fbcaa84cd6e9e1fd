"""Work recorded, corrected, taken away and approved."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.accounts.models import Member
from conto.apps.audit import actions as audit
from conto.apps.projects.entries import NewWork
from conto.apps.projects.models import BilledWork, CoveredWork, FixedPrice, Project, WorkEntry
from conto.apps.projects.queries.covering import unbilled
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.project import check_work
from conto.domain.tax import RateClass

CHANGEABLE = frozenset({"day", "minutes", "amount_minor", "markup_percent", "rate_class", "note", "is_billable"})


@transaction.atomic
def record_work(*, project: Project, new: NewWork, actor: Actor, at: datetime) -> WorkEntry:
    """Record time or an expense of a person in an open project. Time of a project at a price is part of the price.

    Raises: Conflict `project.closed`; RuleBroken for what cannot have been.
    Source: WP-2, WP-7.
    """
    # Whoever closes the project at the same moment waits, or is seen.
    held = Project.objects.select_related("legal_entity").select_for_update(of=("self",), no_key=True)
    row = held.get(id=project.id)
    if row.state == "closed":
        raise Conflict("project.closed", "This project is closed.")
    if (new.minutes is None) == (new.amount_minor is None):
        raise RuleBroken("work.time_or_expense", "Work is either time or an expense.")
    is_in_the_price = new.minutes is not None and FixedPrice.objects.filter(project=row).exists()
    if not Member.objects.filter(id=new.member_id).exists():
        raise RuleBroken("work.nobody", "There is no such person here.")
    made = WorkEntry(
        id=new_id(),
        project=row,
        kind="time" if new.minutes is not None else "expense",
        member_id=new.member_id,
        recorded_at=at,
        changed_at=at,
        **{name: getattr(new, name) for name in CHANGEABLE},
    )
    made.is_billable = made.is_billable and not is_in_the_price
    _check(made, local_day(at, row.legal_entity.zone))
    made.save(force_insert=True)
    audit.record(facts.WorkRecorded(**_head(row), **_said(made, row)), actor=actor, at=at)
    return made


@transaction.atomic
def change_work(*, work: WorkEntry, changes: Mapping[str, Any], actor: Actor, at: datetime) -> WorkEntry:
    """Correct work that is not approved yet.

    Raises: Conflict `work.billed`, `work.approved`, `work.gone`, `work.in_the_price`; RuleBroken for what cannot have
    been.
    Source: WP-7.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"work has no changeable field {sorted(unknown)}")
    row = _locked(work.id)
    noted = facts.changes_between({name: getattr(row, name) for name in changes}, dict(changes))
    if not noted:
        return row
    for name in noted:
        setattr(row, name, changes[name])
    _check(row, local_day(at, row.project.legal_entity.zone))
    if "is_billable" in noted and row.is_billable and row.kind == "time":
        _refuse_in_the_price(row)
    row.changed_at = at
    row.save(update_fields=[*noted, "changed_at"])
    audit.record(facts.WorkChanged(**_head(row.project), work_id=row.id, changed=tuple(noted)), actor=actor, at=at)
    return row


@transaction.atomic
def remove_work(*, work: WorkEntry, actor: Actor, at: datetime) -> None:
    """Take away work that is not approved yet, and that no bill ever named.

    Raises: Conflict `work.billed`, `work.approved`, `work.was_billed`, `work.gone`.
    Source: WP-7.
    """
    row = _locked(work.id)
    if BilledWork.objects.filter(entry=row).exists() or CoveredWork.objects.filter(entry=row).exists():
        raise Conflict("work.was_billed", "An invoice named this work once, so it stays. Mark it as not billable.")
    fact = facts.WorkRemoved(**_head(row.project), **_said(row, row.project))
    row.delete()
    audit.record(fact, actor=actor, at=at)


@transaction.atomic
def approve_work(
    *,
    project: Project,
    actor: Actor,
    at: datetime,
    work_ids: Collection[UUID] | None = None,
    until: date | None = None,
) -> int:
    """Approve work of a project, so that it may be billed: what is named, or all up to a day. Return how much it was.

    Raises: RuleBroken `work.nothing_to_approve`.
    Source: WP-7.
    """
    rows = _named(unbilled(WorkEntry.objects.filter(project=project, approved_at__isnull=True)), work_ids, until)
    if not rows:
        raise RuleBroken("work.nothing_to_approve", "Nothing here waits to be approved.")
    WorkEntry.objects.filter(id__in=rows).update(approved_at=at, approved_by_id=actor.member_id)
    _note(facts.WorkApproved(**_head(project), count=len(rows), work_ids=tuple(map(str, rows))), actor, at)
    return len(rows)


@transaction.atomic
def undo_approval(*, project: Project, work_ids: Collection[UUID], actor: Actor, at: datetime) -> int:
    """Take back the approval of work that is not billed, so that it can be corrected. Return how much it was.

    Raises: RuleBroken `work.nothing_approved`.
    Source: WP-7.
    """
    rows = _named(unbilled(WorkEntry.objects.filter(project=project, approved_at__isnull=False)), work_ids, None)
    if not rows:
        raise RuleBroken("work.nothing_approved", "Nothing of this is approved and not billed.")
    WorkEntry.objects.filter(id__in=rows).update(approved_at=None, approved_by=None)
    _note(facts.WorkApprovalUndone(**_head(project), count=len(rows), work_ids=tuple(map(str, rows))), actor, at)
    return len(rows)


def _named(rows: Any, work_ids: Collection[UUID] | None, until: date | None) -> list[UUID]:
    """Lock work in the order of its ids. What another billed while this waited is looked at again."""
    if work_ids is not None:
        rows = rows.filter(id__in=work_ids)
    if until is not None:
        rows = rows.filter(day__lte=until)
    locked = list(rows.order_by("id").select_for_update(of=("self",)).values_list("id", flat=True))
    return list(unbilled(WorkEntry.objects.filter(id__in=locked)).order_by("id").values_list("id", flat=True))


def _locked(work_id: UUID) -> WorkEntry:
    rows = WorkEntry.objects.select_related("project__legal_entity").select_for_update(of=("self",))
    row = rows.filter(id=work_id).first()
    if row is None:
        raise Conflict("work.gone", "This work was taken away.")
    if BilledWork.objects.filter(entry=row, is_live=True).exists():
        raise Conflict("work.billed", "This work is billed and stays as it is.")
    if CoveredWork.objects.filter(entry=row, is_live=True).exists():
        raise Conflict("work.closed", "A retainer covers this work and that is closed, so it stays as it is.")
    if row.approved_at is not None:
        raise Conflict("work.approved", "This work is approved. Take the approval back to correct it.")
    return row


def _refuse_in_the_price(row: WorkEntry) -> None:
    if FixedPrice.objects.filter(project=row.project_id).exists():
        raise Conflict(
            "work.in_the_price", "This time is part of the price of the project and is not billed by itself."
        )


def _check(row: WorkEntry, today: date) -> None:
    if row.rate_class not in set(RateClass):
        raise RuleBroken("tax.unknown_class", "There is no such class of tax rates.")
    if (row.minutes is None) != (row.kind == "expense") or (row.amount_minor is None) != (row.kind == "time"):
        raise RuleBroken("work.time_or_expense", "Work is either time or an expense.")
    check_work(
        today=today,
        day=row.day,
        minutes=row.minutes,
        amount_minor=row.amount_minor,
        markup_percent=row.markup_percent,
        note=row.note,
    )


def _head(project: Project) -> dict[str, Any]:
    return {"subject_id": project.id, "customer_id": project.customer_id, "number": project.number}


def _said(row: WorkEntry, project: Project) -> dict[str, Any]:
    return {
        "work_id": row.id,
        "member_id": row.member_id,
        "day": row.day,
        "minutes": row.minutes,
        "amount_minor": row.amount_minor,
        "currency": project.currency if row.amount_minor is not None else "",
    }


def _note(fact: facts.Fact, actor: Actor, at: datetime) -> None:
    audit.record(fact, actor=actor, at=at)
