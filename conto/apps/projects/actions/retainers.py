"""Retainers: agreed, changed, what their invoices bring, and what of work they cover once that is settled."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.projects.actions.projects import locked_project
from conto.apps.projects.entries import MadeDay, NewRetainer
from conto.apps.projects.models import (
    CoveredWork,
    FixedPrice,
    Project,
    ProjectBill,
    Retainer,
    RetainerClosing,
    RetainerPeriod,
)
from conto.apps.projects.queries.covering import shared
from conto.apps.projects.queries.worth import billable, rated
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, Fact
from conto.domain.ids import new_id
from conto.domain.period import local_day
from conto.domain.project import Share, check_rate, check_retainer, granted_days

_AGREED = ("minutes", "carry_periods", "overage_rate")


@transaction.atomic
def agree_retainer(
    *, project: Project, repeat_id: UUID, new: NewRetainer, made: Sequence[MadeDay], actor: Actor, at: datetime
) -> Retainer:
    """Let a repeating invoice of its customer cover work of an open project; `made` are invoices that bring it already.

    Raises: Conflict `project.closed`, `project.has_price`, `project.has_retainer`, `retainer.repeat_taken`; RuleBroken
    for what a retainer cannot be.
    Source: WP-13.
    """
    row = _open(project.id)
    if FixedPrice.objects.filter(project=row).exists():
        raise Conflict("project.has_price", "This project has a price. A change order raises or lowers it.")
    if Retainer.objects.filter(project=row).exists():
        raise Conflict("project.has_retainer", "This project has a retainer already.")
    _check(new, repeat_id, row.id)
    retainer = Retainer.objects.create(
        project=row, customer_id=row.customer_id, repeat_id=repeat_id, set_at=at, changed_at=at,
        **{name: getattr(new, name) for name in _AGREED},
    )  # fmt: skip
    agreed = facts.RetainerAgreed(
        **_head(row),
        repeat_id=repeat_id,
        currency=row.currency,
        **{name: getattr(new, name) for name in _AGREED},
    )
    audit.record(agreed, actor=actor, at=at)
    _grant([(retainer, each) for each in made], actor, at)
    return retainer


@transaction.atomic
def change_retainer(
    *,
    project: Project,
    repeat_id: UUID,
    new: NewRetainer,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Retainer:
    """Change what a retainer covers from its next invoice on, or which repeating invoice bills it.

    Raises: Conflict `project.closed`, `retainer.changed_meanwhile`, `retainer.repeat_taken`; RuleBroken
    `project.no_retainer`, and for what a retainer cannot be.
    Source: WP-13.
    """
    row = _open(project.id)
    retainer = _retainer(row)
    if expected_version is not None and expected_version != retainer.version:
        raise Conflict("retainer.changed_meanwhile", "Somebody else changed this retainer meanwhile. Look at it again.")
    _check(new, repeat_id, row.id)
    wanted: dict[str, Any] = {"repeat_id": repeat_id, **{name: getattr(new, name) for name in _AGREED}}
    noted = facts.changes_between({name: getattr(retainer, name) for name in wanted}, wanted)
    if not noted:
        return retainer
    for name in noted:
        setattr(retainer, name, wanted[name])
    retainer.version += 1
    retainer.changed_at = at
    retainer.save(update_fields=[*noted, "version", "changed_at"])
    audit.record(facts.RetainerChanged(**_head(row), changed=tuple(noted)), actor=actor, at=at)
    return retainer


def grant_periods(*, made: Sequence[MadeDay], actor: Actor, at: datetime) -> None:
    """Note what invoices that were just made bring to retainers, with one query where there are none.

    Source: WP-13.
    """
    rows = Retainer.objects.filter(repeat_id__in=[each.repeat_id for each in made]).select_related("project")
    retainers = {row.repeat_id: row for row in rows}
    _grant([(retainers[each.repeat_id], each) for each in made if each.repeat_id in retainers], actor, at)


def _grant(brought: Sequence[tuple[Retainer, MadeDay]], actor: Actor, at: datetime) -> None:
    begun = set(
        RetainerPeriod.objects.filter(project__in=[row.project_id for row, _day in brought]).values_list(
            "project_id", "starts_on"
        )
        if brought
        else ()
    )
    periods: list[RetainerPeriod] = []
    told: list[tuple[Fact, datetime]] = []
    for row, day in brought:
        if (row.project_id, day.due_on) in begun:
            continue  # another repeating invoice billed that day before
        ends_on, lapses_on = granted_days(day.rhythm, day.due_on, row.carry_periods)
        period = RetainerPeriod(
            id=new_id(), project=row, repeat_id=day.repeat_id, document_id=day.document_id, starts_on=day.due_on,
            ends_on=ends_on, lapses_on=lapses_on, minutes=row.minutes, overage_rate=row.overage_rate, granted_at=at,
        )  # fmt: skip
        periods.append(period)
        fact = facts.RetainerGranted(
            **_head(row.project), document_id=day.document_id, starts_on=day.due_on, minutes=row.minutes
        )
        told.append((fact, at))
    if periods:
        RetainerPeriod.objects.bulk_create(periods)
        audit.record_many(told, actor=actor)


def revoke_periods(*, document_ids: Collection[UUID], actor: Actor, at: datetime) -> None:
    """Let periods cover nothing more whose draft is discarded or whose invoice is credited as a whole.

    Source: WP-13.
    """
    rows = RetainerPeriod.objects.filter(document_id__in=document_ids, is_revoked=False)
    for row in rows.order_by("id").select_related("project__project").select_for_update(of=("self",)):
        row.is_revoked = True
        row.save(update_fields=["is_revoked"])
        revoked = facts.RetainerRevoked(
            **_head(row.project.project), document_id=row.document_id, starts_on=row.starts_on
        )
        audit.record(revoked, actor=actor, at=at)


@transaction.atomic
def close_covered(*, project: Project, until: date, actor: Actor, at: datetime) -> RetainerClosing:
    """Settle what the retainer covers of the approved work up to a day; work that goes beyond in part stays open.

    Raises: RuleBroken `project.no_retainer`, `retainer.in_the_future`, `retainer.nothing_to_close`.
    Source: WP-17.
    """
    row = locked_project(project.id)
    _retainer(row)
    if until > local_day(at, row.legal_entity.zone):
        raise RuleBroken("retainer.in_the_future", "This day is still to come.")
    rows = list(billable(row, until).filter(kind="time").select_for_update(of=("self",)))
    now = [each for each in rows if each.approved_at is not None and each.is_billable and each.day <= until]
    known = shared(now, rated(now, [row]))
    whole = {each.id for each in now if known.works[each.id].minutes == 0}
    shares = tuple(share for share in known.shares if share.piece_id in whole)
    if not shares:
        raise RuleBroken("retainer.nothing_to_close", "The retainer covers no work that is approved up to this day.")
    return close_work(project=row, shares=shares, until=until, bill=None, actor=actor, at=at)


def close_work(
    *, project: Project, shares: Sequence[Share], until: date, bill: ProjectBill | None, actor: Actor, at: datetime
) -> RetainerClosing:
    """Write what covers some work of a locked project, as long as the bill of what goes beyond counts.

    Source: WP-17.
    """
    closing = RetainerClosing.objects.create(id=new_id(), project_id=project.id, bill=bill, until=until, closed_at=at)
    CoveredWork.objects.bulk_create(
        CoveredWork(
            closing=closing,
            entry_id=share.piece_id,
            period_id=share.grant_id,
            project_id=project.id,
            minutes=share.minutes,
        )
        for share in shares
    )
    covered = facts.WorkCovered(
        **_head(project),
        closing_id=closing.id,
        document_id=bill.id if bill else None,
        count=len({share.piece_id for share in shares}),
        minutes=sum(share.minutes for share in shares),
        until=until,
    )
    audit.record(covered, actor=actor, at=at)
    return closing


@transaction.atomic
def open_closing(*, project: Project, closing_id: UUID, actor: Actor, at: datetime) -> None:
    """Work out anew what covers the work of a closing; one with a bill is opened by discarding or crediting that.

    Raises: Conflict `retainer.closing_gone`, `retainer.closed_by_bill`.
    Source: WP-17.
    """
    row = locked_project(project.id)
    closing = RetainerClosing.objects.filter(project_id=row.id, id=closing_id, is_live=True).first()
    if closing is None:
        raise Conflict("retainer.closing_gone", "This is open already.")
    if closing.bill_id is not None:
        raise Conflict(
            "retainer.closed_by_bill", "An invoice bills what went beyond. Discard its draft, or credit it as a whole."
        )
    closing.is_live = False
    closing.save(update_fields=["is_live"])
    count = CoveredWork.objects.filter(closing=closing).values("entry").distinct().count()
    audit.record(facts.CoveringOpened(**_head(row), closing_id=closing.id, count=count), actor=actor, at=at)


def _check(new: NewRetainer, repeat_id: UUID, project_id: UUID) -> None:
    check_retainer(minutes=new.minutes, carry_periods=new.carry_periods)
    if new.overage_rate is not None:
        check_rate(new.overage_rate)
    if Retainer.objects.filter(repeat_id=repeat_id).exclude(project=project_id).exists():
        raise Conflict("retainer.repeat_taken", "This repeating invoice bills the retainer of another project.")


def _open(project_id: UUID) -> Project:
    row = locked_project(project_id)
    if row.state == "closed":
        raise Conflict("project.closed", "This project is closed.")
    return row


def _retainer(project: Project) -> Retainer:
    found = Retainer.objects.filter(project=project).first()
    if found is None:
        raise RuleBroken("project.no_retainer", "This project has no retainer.")
    return found


def _head(row: Project) -> dict[str, Any]:
    return {"subject_id": row.id, "customer_id": row.customer_id, "number": row.number}
