"""What a calendar reads of a member's activities."""

from datetime import datetime, timedelta

from conto.apps.accounts.models import Member
from conto.apps.accounts.queries import digest_of
from conto.apps.deals.models import Activity, CalendarFeed
from conto.apps.deals.queries.activities import activities

LOOKS_BACK = timedelta(days=60)
MOST = 2000


def calendar_feed_of(member: Member) -> CalendarFeed | None:
    """Return the address at which a calendar reads a member's activities, if there is one."""
    return CalendarFeed.objects.filter(member=member, revoked_at=None).first()


def member_of_calendar(token: str) -> Member | None:
    """Return the member whose activities a secret word opens; nobody who may no longer sign in."""
    row = CalendarFeed.objects.select_related("member").filter(token_sha256=digest_of(token), revoked_at=None).first()
    return row.member if row and row.member.is_active else None


def calendar_activities(member: Member, at: datetime) -> list[Activity]:
    """Return what stands in a member's calendar: their own activities with a time, from two months ago on."""
    rows = activities(member).filter(owner_id=member.id, due_at__gte=at - LOOKS_BACK).exclude(kind="note")
    return list(rows.order_by("due_at", "id")[:MOST])
