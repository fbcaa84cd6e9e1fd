"""Tables of plans: what can be subscribed to, version by version, and coupons."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import Member
from conto.apps.catalog.models import Item

INTERVALS = ["day", "week", "month", "quarter", "half_year", "year"]


class Plan(models.Model):
    """Something that can be subscribed to. What it agrees stands in its versions."""

    id = models.UUIDField(primary_key=True)
    code = models.CharField(max_length=40, unique=True, db_collation="C")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    currency = models.CharField(max_length=3)
    price_mode = models.CharField(max_length=5, default="net")  # net | gross
    version = models.PositiveSmallIntegerField(default=1)  # that new subscriptions take
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="plan_has_a_code"),
            models.CheckConstraint(condition=~Q(name=""), name="plan_has_a_name"),
            models.CheckConstraint(condition=Q(price_mode__in=["net", "gross"]), name="plan_price_mode_known"),
        ]


class PlanVersion(models.Model):
    """What a plan agreed from a moment on. It never changes: whoever subscribed to it keeps it."""

    id = models.UUIDField(primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions", db_index=False)
    version = models.PositiveSmallIntegerField()
    interval = models.CharField(max_length=10, default="month")
    count = models.PositiveSmallIntegerField(default=1)
    is_calendar_aligned = models.BooleanField(default=False)
    trial_days = models.PositiveSmallIntegerField(default=0)
    proration = models.CharField(max_length=10, default="day")
    downgrade = models.CharField(max_length=20, default="period_end")
    keeps_anchor = models.BooleanField(default=False)
    bills_changes_now = models.BooleanField(default=True)
    bills_end_day = models.BooleanField(default=False)
    commitment = models.DecimalField(max_digits=24, decimal_places=12, default=0)  # for each period
    features = models.JSONField(default=list, db_default=[])  # as conto.domain.entitlement reads them
    item_count = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500, blank=True)  # why there is this version
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "version"], name="plan_version_once"),
            models.UniqueConstraint(fields=["id", "item_count"], name="plan_item_target"),
            models.CheckConstraint(condition=Q(interval__in=INTERVALS), name="plan_interval_known"),
            models.CheckConstraint(condition=Q(proration__in=["day", "second", "none"]), name="plan_proration_known"),
            models.CheckConstraint(
                condition=Q(downgrade__in=["now", "period_end", "now_without_credit"]), name="plan_downgrade_known"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="plan_count_at_least_one"),
            models.CheckConstraint(condition=Q(commitment__gte=0), name="plan_commitment_not_negative"),
        ]


class PlanItem(models.Model):
    """One thing that a version of a plan bills: its price, and what tax and paper need to know of it."""

    id = models.UUIDField(primary_key=True)
    plan_version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, related_name="items", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    item_count = models.PositiveSmallIntegerField()  # of the version
    key = models.CharField(max_length=40, db_collation="C")
    name = models.CharField(max_length=200)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    price = models.JSONField()  # as conto.domain.price reads it
    quantity = models.DecimalField(max_digits=24, decimal_places=12, default=1)
    timing = models.CharField(max_length=10, default="advance")
    measure = models.JSONField(null=True)  # as conto.domain.subscription reads it
    is_once = models.BooleanField(default=False)
    ramp = models.JSONField(default=list)  # as conto.domain.subscription reads it
    unit_code = models.CharField(max_length=3, default="C62")
    supply = models.CharField(max_length=10, default="services")
    rate_class = models.CharField(max_length=20, default="standard")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan_version", "position"], name="plan_item_once"),
            models.UniqueConstraint(fields=["plan_version", "key"], name="plan_item_key_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=F("item_count")), name="plan_item_in_count"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="plan_item_not_negative"),
            models.CheckConstraint(condition=Q(timing__in=["advance", "arrears"]), name="plan_item_timing_known"),
            models.CheckConstraint(
                condition=Q(is_once=False) | Q(measure__isnull=True), name="plan_item_measured_again"
            ),
        ]


class Coupon(models.Model):
    """A discount on subscriptions. What it means never changes; it can be given out no longer."""

    id = models.UUIDField(primary_key=True)
    code = models.CharField(max_length=40, unique=True, db_collation="C")
    name = models.CharField(max_length=200)
    percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)  # of the amount
    item_keys = ArrayField(models.CharField(max_length=40), null=True)  # nothing: all items
    periods = models.PositiveSmallIntegerField(null=True)  # nothing: for ever
    given_until = models.DateField(null=True)  # the last day on which it is given out
    made_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="coupon_has_a_code"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="coupon_percent_is_share"),
            models.CheckConstraint(
                condition=Q(percent__gt=0, amount_minor=0, currency="")
                | (Q(percent=0, amount_minor__gt=0) & ~Q(currency="")),
                name="coupon_percent_or_amount",
            ),
            models.CheckConstraint(condition=Q(periods__isnull=True) | Q(periods__gte=1), name="coupon_for_a_period"),
        ]
