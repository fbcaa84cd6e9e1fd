"""Activities: of a deal, of a customer, of a member; and deals that slip."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from conto.apps.accounts import queries as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm import queries as crm
from conto.apps.deals.models import Activity, Deal
from conto.apps.deals.queries.deals import silent, visible_to
from conto.domain.permissions import Permission
from conto.domain.sight import Area


def activities(member: Member | None) -> QuerySet[Activity]:
    """Return the activities that a member may see: their own, those of deals and of customers that they see.

    Source: V-5.
    """
    if member is None or not member.may(Permission.DEAL_VIEW):
        return Activity.objects.none()
    rows = Activity.objects.select_related("owner", "deal", "customer")
    of_customers, sees_all_deals = crm.sight_of(member), accounts.owners_seen(member, Area.DEALS) is None
    if sees_all_deals and not of_customers:
        return rows
    of_deals = Q(deal__isnull=False) if sees_all_deals else Q(deal_id__in=visible_to(member).values("id"))
    return rows.filter(Q(owner_id=member.id) | of_deals | (Q(deal=None) & of_customers))


def activity_for(member: Member | None, activity_id: UUID) -> Activity | None:
    """Return one activity, or nothing when there is none that the member may see."""
    return activities(member).filter(id=activity_id).first()


def activities_of_deal(member: Member | None, deal_id: UUID) -> list[Activity]:
    """Return the activities of a deal: what is to be done first, the next one on top, then what was done."""
    rows = activities(member).filter(deal_id=deal_id)
    undone = list(rows.filter(done_at=None).order_by(F("due_at").asc(nulls_last=True), "id"))
    return undone + list(rows.filter(done_at__isnull=False).order_by("-done_at", "-id")[:100])


def due_activities(member: Member, until: datetime, *, since: datetime | None = None, most: int = 20) -> list[Activity]:
    """Return what a member has to do up to a moment, and not before another one, the earliest first."""
    rows = activities(member).filter(owner_id=member.id, done_at=None, due_at__lt=until)
    return list((rows.filter(due_at__gte=since) if since else rows).order_by("due_at")[:most])


def planned(
    member: Member | None,
    *,
    owner_ids: Collection[UUID] | None = None,
    customer_id: UUID | None = None,
    kind: str = "",
    most: int = 200,
) -> list[Activity]:
    """Return what is to be done, of deals and without one, the earliest first and what has no day last.

    With `owner_ids` what some members have to do, with `customer_id` what is to be done with a customer.
    """
    rows = _narrowed(activities(member).filter(done_at=None), owner_ids, kind)
    if customer_id:
        rows = rows.filter(customer_id=customer_id)
    return list(rows.order_by(F("due_at").asc(nulls_last=True), "id")[:most])


def finished(
    member: Member | None, *, owner_ids: Collection[UUID] | None = None, kind: str = "", most: int = 100
) -> list[Activity]:
    """Return what was done, the latest first."""
    rows = _narrowed(activities(member).filter(done_at__isnull=False), owner_ids, kind)
    return list(rows.order_by("-done_at", "-id")[:most])


def _narrowed(rows: QuerySet[Activity], owner_ids: Collection[UUID] | None, kind: str) -> QuerySet[Activity]:
    rows = rows.exclude(kind="note") if not kind else rows.filter(kind=kind)
    return rows if owner_ids is None else rows.filter(owner_id__in=owner_ids)


@dataclass(frozen=True, slots=True)
class Slipping:
    """A deal that slips, and how."""

    deal: Deal
    is_silent: bool


def slipping_deals(member: Member | None, at: datetime, *, most: int = 10) -> list[Slipping]:
    """Return a member's own open deals without a next step or silent for too long (S-3), the most valuable first."""
    if member is None:
        return []
    own = visible_to(member).filter(owner_id=member.id, state="open")
    quiet = silent(own, at)
    rows = own.filter(next_step_at=None) | quiet
    silent_ids = set(quiet.values_list("id", flat=True)[:1000])
    found = rows.distinct().select_related("customer", "stage").order_by("-value_minor", "id")[:most]
    return [Slipping(deal, deal.id in silent_ids) for deal in found]
