"""What retainers cover of work that is neither billed nor closed, worked out with every look."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from conto.apps.projects.models import BilledWork, CoveredWork, Retainer, RetainerPeriod, WorkEntry
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
    """Keep the work that is to be billed and is neither billed nor closed, and tell whether a retainer covers it."""
    billed = BilledWork.objects.filter(entry=OuterRef("pk"), is_live=True)
    closed = CoveredWork.objects.filter(entry=OuterRef("pk"), is_live=True)
    retained = Retainer.objects.filter(project=OuterRef("project"))
    return rows.filter(~Exists(billed), ~Exists(closed), is_billable=True).annotate(is_retained=Exists(retained))


def grants_of(project_ids: Collection[UUID]) -> dict[UUID, list[Grant]]:
    """Return what the periods of retainers brought, by project, the first one first, with one query."""
    closed = CoveredWork.objects.filter(period=OuterRef("pk"), is_live=True).order_by().values("period")
    rows = RetainerPeriod.objects.filter(project__in=project_ids).annotate(
        closed_minutes=Coalesce(Subquery(closed.annotate(total=Sum("minutes")).values("total")), 0)
    )
    found: dict[UUID, list[Grant]] = defaultdict(list)
    for row in rows.order_by("starts_on"):
        grant = Grant(
            row.id, row.starts_on, row.ends_on, row.lapses_on, row.minutes, row.closed_minutes, row.is_revoked,
            row.overage_rate,
        )  # fmt: skip
        found[row.project_id].append(grant)
    return found


def shared(rows: Sequence[WorkEntry], works: Mapping[UUID, Work]) -> Shared:
    """Return work with what retainers cover taken from its minutes; one query more where there is a retainer.

    Of each project all open work is given that is approved, or all up to a day. What waits is told as if it were
    approved after that.

    Source: WP-14, WP-16.
    """
    of_project: dict[UUID, list[WorkEntry]] = defaultdict(list)
    for row in rows:
        if row.is_retained and row.minutes is not None:  # type: ignore[attr-defined]
            of_project[row.project_id].append(row)
    if not of_project:
        return Shared(dict(works))
    grants = grants_of(of_project)
    known = dict(works)
    shares: list[Share] = []
    for project_id, some in of_project.items():
        brought = grants.get(project_id, [])
        pieces = {row.id: _piece(works[row.id]) for row in some}
        approved = [pieces[row.id] for row in some if row.approved_at is not None]
        waiting = [pieces[row.id] for row in some if row.approved_at is None]
        covering, beyond_waiting = with_waiting(brought, approved, waiting)
        shares += covering.shares
        for key, minutes in {**covering.beyond_minutes, **beyond_waiting}.items():
            known[key] = replace(works[key], minutes=minutes, rate=_rate(works[key], brought))
    return Shared(known, tuple(shares))


def _piece(work: Work) -> Piece:
    return Piece(work.id, work.day, work.person, work.member_id, work.minutes or 0)


def _rate(work: Work, grants: Sequence[Grant]) -> Decimal | None:
    overage = overage_rate_on(grants, work.day)
    return work.rate if overage is None else overage
