"""Billing runs, and what could not be billed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Min, QuerySet

from conto.apps.accounts.models import Member
from conto.apps.subscriptions.models import BillingRun, SetAside, Subscription
from conto.apps.subscriptions.queries.lists import visible_to
from conto.domain.period import local_day
from conto.domain.permissions import Permission

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of billing runs; `next_cursor` is empty on the last one."""

    rows: tuple[BillingRun, ...]
    next_cursor: str


def is_anything_due(*, at: datetime) -> bool:
    """Tell whether a run would find something, anywhere on earth."""
    soon = Subscription.objects.filter(next_bill_on__lte=at.date() + timedelta(days=1)).order_by()
    first = soon.values_list("zone").annotate(Min("next_bill_on"))
    return any(day <= local_day(at, zone) for zone, day in first)


def runs(member: Member | None) -> QuerySet[BillingRun]:
    """Return the billing runs that a member may see, the latest first.

    A run counts money of all customers, so who sees only some does not see it.
    """
    if member is None or not member.may(Permission.SUBSCRIPTION_BILL):
        return BillingRun.objects.none()
    return BillingRun.objects.select_related("started_by").order_by("-started_at", "-id")


def run_for(member: Member | None, run_id: UUID) -> BillingRun | None:
    """Return one run, or nothing when there is none that the member may see."""
    return runs(member).filter(id=run_id).first()


def run_page(member: Member | None, *, after: str = "", limit: int = PAGE_SIZE) -> RunPage:
    """Return a page of runs, the latest first."""
    chosen = runs(member)
    try:
        last = runs(member).filter(id=UUID(after)).first() if after else None
    except ValueError:
        last = None
    if last is not None:
        chosen = chosen.filter(started_at__lte=last.started_at).exclude(id=last.id)
    found = list(chosen[: limit + 1])
    return RunPage(tuple(found[:limit]), str(found[limit - 1].id) if len(found) > limit else "")


def set_aside_of(member: Member | None, run: BillingRun, *, limit: int = 500) -> list[SetAside]:
    """Return what a run could not bill and is not billed yet, of what the member sees, with its subscription."""
    seen = visible_to(member).order_by().values("id")
    rows = SetAside.objects.filter(run=run, solved_at__isnull=True, subscription__in=seen)
    return list(rows.select_related("subscription__customer").order_by("noted_at", "id")[:limit])


def set_aside_open(member: Member | None, *, limit: int = 500) -> list[SetAside]:
    """Return everything that waits because it could not be billed, of what the member sees, the oldest first."""
    seen = visible_to(member).order_by().values("id")
    rows = SetAside.objects.filter(solved_at__isnull=True, subscription__in=seen)
    return list(rows.select_related("subscription__customer").order_by("noted_at", "id")[:limit])


def open_aside_of(row: Subscription) -> SetAside | None:
    """Return why a subscription could not be billed, or nothing when it was."""
    return SetAside.objects.filter(subscription=row, solved_at__isnull=True).first()


def due_count(*, at: datetime) -> int:
    """Return how many subscriptions are due by the day of an instant."""
    return Subscription.objects.filter(next_bill_on__lte=at.date()).count()
