"""Tables of what was used."""

from django.db import models
from django.db.models import F, Q

from conto.apps.subscriptions.models import Subscription


class UsageEvent(models.Model):
    """One revision of an event as it arrived. It never changes: a higher revision corrects it or takes it back."""

    id = models.UUIDField(primary_key=True)
    batch_id = models.UUIDField()  # with which it came; the fact of the batch has it as its subject
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    event_key = models.CharField(max_length=100, db_collation="C")  # the sender's
    revision = models.PositiveIntegerField(default=0)
    metric = models.CharField(max_length=100, db_collation="C")
    happened_at = models.DateTimeField()
    day = models.DateField()  # of `happened_at`, in the zone that was agreed
    value = models.DecimalField(max_digits=24, decimal_places=12, null=True)  # nothing: it is taken back
    properties = models.JSONField(default=dict)  # texts by name
    known_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event_key", "revision"], name="usage_event_once"),
            models.CheckConstraint(condition=~Q(event_key=""), name="usage_event_has_a_key"),
            models.CheckConstraint(condition=~Q(metric=""), name="usage_event_has_a_metric"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(revision__gte=1), name="usage_event_begins_with_a_value"
            ),
        ]
        indexes = [
            models.Index(fields=["subscription", "metric", "day"], name="usage_event_by_day"),
            models.Index(fields=["subscription", "known_at"], name="usage_event_by_arrival"),
        ]


class DailyUsage(models.Model):
    """What the events of a metric that count came to on a local day; without any, its count is zero."""

    pk = models.CompositePrimaryKey("subscription_id", "metric", "day")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    metric = models.CharField(max_length=100, db_collation="C")
    day = models.DateField()
    count = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=36, decimal_places=12)
    greatest = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    last_value = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    last_at = models.DateTimeField(null=True)
    last_key = models.CharField(max_length=100, null=True, db_collation="C")  # noqa: DJ001 -- without an event there is none

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    count=0, total=0, greatest__isnull=True, last_value__isnull=True, last_at__isnull=True,
                    last_key__isnull=True,
                )
                | Q(
                    count__gte=1, greatest__isnull=False, last_value__isnull=False, last_at__isnull=False,
                    last_key__isnull=False,
                ),
                name="daily_usage_is_empty_or_whole",
            ),
            models.CheckConstraint(
                condition=Q(greatest__isnull=True) | Q(last_value__lte=F("greatest")),
                name="daily_usage_last_in_greatest",
            ),
        ]  # fmt: skip
