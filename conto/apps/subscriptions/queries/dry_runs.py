"""What dry runs came to."""

from uuid import UUID

from django.db.models import QuerySet

from conto.apps.accounts.models import Member
from conto.apps.subscriptions.models import DryRun, Subscription
from conto.apps.subscriptions.queries.lists import visible_to
from conto.domain.permissions import Permission

SHOWN = 5


def dry_runs(member: Member | None) -> QuerySet[DryRun]:
    """Return the dry runs that a member may see, the latest first: who may bill sees them, as the runs themselves."""
    if member is None or not member.may(Permission.SUBSCRIPTION_BILL):
        return DryRun.objects.none()
    return DryRun.objects.select_related("started_by").order_by("-started_at", "-id")


def latest_dry_runs(member: Member | None, *, limit: int = SHOWN) -> list[DryRun]:
    """Return the latest dry runs without what they name, which may be long."""
    return list(dry_runs(member).defer("aside", "papers")[:limit])


def dry_run_for(member: Member | None, run_id: UUID) -> DryRun | None:
    """Return one dry run, or nothing when there is none that the member may see."""
    return dry_runs(member).filter(id=run_id).first()


def aside_in_dry_run(member: Member | None, row: DryRun) -> dict[str, Subscription]:
    """Return the subscriptions that a dry run names as not to be billed, by number, of those that a member sees."""
    if not row.aside:
        return {}
    seen = visible_to(member).filter(number__in=[each[0] for each in row.aside]).order_by()
    return {found.number: found for found in seen.select_related("customer")}
