"""What the days came to."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Max

from conto.apps.subscriptions.models import Subscription
from conto.apps.usage.models import DailyUsage, UsageEvent


def days_of(row: Subscription, *, since: date, until: date, metric: str = "") -> Sequence[DailyUsage]:
    """Return the days of a subscription on which something was used, by metric and day; both days are within.

    Source: U-10.
    """
    days = DailyUsage.objects.filter(subscription=row, day__gte=since, day__lte=until, count__gte=1)
    return list((days.filter(metric=metric) if metric else days).order_by("metric", "day"))


def last_known_at(row: Subscription) -> datetime | None:
    """Return when something of a subscription arrived last."""
    found: datetime | None = UsageEvent.objects.filter(subscription=row).aggregate(last=Max("known_at"))["last"]
    return found
