"""What retainers cover of work that is neither billed nor closed, worked out with every look."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, JSONObject

from conto.apps.projects.models import BilledWork, CoveredWork, RetainerPeriod, WorkEntry
from conto.domain.project import Grant, Piece, Share, Work, overage_rate_on, with_waiting


@dataclass(frozen=True, slots=True)
class Shared:
    """Work with the minutes that go beyond what retainers cover, and what of the approved work they cover."""

    works: dict[UUID, Work]
    shares: tuple[Share, ...] = ()

    @property
    def covered_minutes(self) -> int:
        """What is covered together."""
        return sum(share.minutes for share in self.shares)


def unbilled(rows: QuerySet[WorkEntry]) -> QuerySet[WorkEntry]:
    """Keep the work that is to be billed and is neither billed nor closed, each with the periods that may cover it."""
    billed = BilledWork.objects.filter(entry=OuterRef("pk"), is_live=True)
    closed = CoveredWork.objects.filter(entry=OuterRef("pk"), is_live=True)
    brought = _periods().filter(
        project=OuterRef("project"), starts_on__lte=OuterRef("day"), lapses_on__gt=OuterRef("day")
    )
    told = JSONObject(**{name: name for name in _OF_PERIOD}, overage_rate=Cast("overage_rate", CharField()))
    return rows.filter(~Exists(billed), ~Exists(closed), is_billable=True).annotate(
        brought=ArraySubquery(brought.values(told=told))
    )


_OF_PERIOD = ("id", "starts_on", "ends_on", "lapses_on", "minutes", "closed_minutes", "is_revoked")


def _periods() -> QuerySet[RetainerPeriod]:
    closed = CoveredWork.objects.filter(period=OuterRef("pk"), is_live=True).order_by().values("period")
    total = closed.annotate(total=Sum("minutes")).values("total")
    return RetainerPeriod.objects.annotate(closed_minutes=Coalesce(Subquery(total), 0))


def grants_of(project_ids: Collection[UUID]) -> dict[UUID, list[Grant]]:
    """Return what the periods of retainers brought, by project, the first one first, with one query."""
    found: dict[UUID, list[Grant]] = defaultdict(list)
    for row in _periods().filter(project__in=project_ids).order_by("starts_on"):
        grant = Grant(**{name: getattr(row, name) for name in _OF_PERIOD}, overage_rate=row.overage_rate)
        found[row.project_id].append(grant)
    return found


def shared(rows: Sequence[WorkEntry], works: Mapping[UUID, Work]) -> Shared:
    """Return open work with what retainers cover taken from its minutes; nothing more is asked.

    Of each project all open work is given that is approved, or all up to a day. What waits is told as if it were
    approved after that.

    Source: WP-14, WP-16.
    """
    of_project: dict[UUID, list[WorkEntry]] = defaultdict(list)
    brought: dict[UUID, dict[UUID, Grant]] = defaultdict(dict)
    for row in rows:
        told: list[dict[str, Any]] = row.brought  # type: ignore[attr-defined]
        if told and row.minutes is not None:
            of_project[row.project_id].append(row)
            brought[row.project_id] |= {grant.id: grant for grant in map(_grant, told)}
    known = dict(works)
    shares: list[Share] = []
    for project_id, some in of_project.items():
        grants = list(brought[project_id].values())
        pieces = {row.id: _piece(works[row.id]) for row in some}
        approved = [pieces[row.id] for row in some if row.approved_at is not None]
        waiting = [pieces[row.id] for row in some if row.approved_at is None]
        covering, beyond_waiting = with_waiting(grants, approved, waiting)
        shares += covering.shares
        for key, minutes in {**covering.beyond_minutes, **beyond_waiting}.items():
            known[key] = replace(works[key], minutes=minutes, rate=_rate(works[key], grants))
    return Shared(known, tuple(shares))


def _grant(told: dict[str, Any]) -> Grant:
    days = {name: date.fromisoformat(told[name]) for name in ("starts_on", "ends_on", "lapses_on")}
    rate = Decimal(told["overage_rate"]) if told["overage_rate"] else None
    return Grant(**{**told, **days, "id": UUID(told["id"]), "overage_rate": rate})


def _piece(work: Work) -> Piece:
    return Piece(work.id, work.day, work.person, work.member_id, work.minutes or 0)


def _rate(work: Work, grants: Sequence[Grant]) -> Decimal | None:
    overage = overage_rate_on(grants, work.day)
    return work.rate if overage is None else overage
