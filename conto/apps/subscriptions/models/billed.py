"""What was billed of subscriptions: each day on which they were settled, each charge, and each line of a charge."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from conto.apps.subscriptions.models.runs import BillingRun
from conto.apps.subscriptions.models.subscriptions import Subscription


class Settlement(models.Model):
    """One time that something of a subscription was billed, for a day; what it put on paper stands in documents."""

    id = models.UUIDField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    ordinal = models.PositiveIntegerField()
    settled_on = models.DateField()
    net_minor = models.BigIntegerField()  # before tax, in the price mode of the subscription; below zero a credit
    document_ids = ArrayField(models.UUIDField())  # drafts until they are issued, by the same ids
    run = models.ForeignKey(BillingRun, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "ordinal"], name="settlement_once")]
        indexes = [models.Index(fields=["run"], name="settlement_of_run", condition=Q(run__isnull=False))]


class BilledCharge(models.Model):
    """What was billed so far for one item, period, price and quantity: the state that the next bill goes on from."""

    id = models.UUIDField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    item_key = models.CharField(max_length=40, db_collation="C")
    first_day = models.DateField()
    price_version = models.CharField(max_length=40, db_collation="C")
    quantity_pico = models.DecimalField(max_digits=30, decimal_places=0)  # in 10⁻¹² units
    price = models.JSONField()
    kind = models.CharField(max_length=12)
    gross_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    fixed_minor = models.JSONField(default=dict)  # of the discount, by coupon with an amount
    starts_at = models.BigIntegerField(default=0)  # positions of the engine: local days, or seconds
    ends_at = models.BigIntegerField(default=0)
    period_ends_at = models.BigIntegerField(default=0)
    left_minor = ArrayField(models.BigIntegerField(), default=list)  # of each line, after its credits
    line_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "item_key", "first_day", "price_version", "quantity_pico"],
                name="billed_charge_once",
            ),
            models.CheckConstraint(
                condition=Q(discount_minor__gte=0, discount_minor__lte=F("gross_minor")),
                name="billed_charge_discount_in_gross",
            ),
        ]


class BilledLine(models.Model):
    """A line that was billed of a charge, and where it stands on paper."""

    pk = models.CompositePrimaryKey("charge_id", "number")
    charge = models.ForeignKey(BilledCharge, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()  # the day after the last
    gross_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    document_id = models.UUIDField(null=True)  # of a charge: the invoice that bills it, by its draft's id
    position = models.PositiveSmallIntegerField(null=True)  # of the line on that invoice
    credits = models.JSONField(default=list)  # [[number, minor], …]: the lines of this charge that it takes back
    why = models.JSONField()  # as conto.domain.price reads it

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="billed_line_from_one"),
            models.CheckConstraint(
                condition=Q(document_id__isnull=True, position__isnull=True)
                | Q(document_id__isnull=False, position__isnull=False),
                name="billed_line_has_its_place",
            ),
        ]
