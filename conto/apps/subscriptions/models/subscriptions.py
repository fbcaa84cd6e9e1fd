"""Subscriptions as they were agreed, their items, and what changed in them."""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Customer
from conto.apps.deals.models import Deal
from conto.apps.plans.models import INTERVALS, PlanVersion
from conto.apps.quotes.models import Quote

COLLECTIONS = ["send", "charge"]


class Subscription(models.Model):
    """What a customer has taken, as it was agreed. The agreement never changes; what happens to it are changes."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=60, db_collation="C")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    plan_version = models.ForeignKey(PlanVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    price_mode = models.CharField(max_length=5, default="net")  # net | gross
    zone = models.CharField(max_length=64)  # in which its days begin
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # as agreed: the day after the last, the last where `bills_end_day`
    anchor_on = models.DateField(null=True)
    interval = models.CharField(max_length=10)
    count = models.PositiveSmallIntegerField()
    is_calendar_aligned = models.BooleanField(default=False)
    trial_days = models.PositiveSmallIntegerField(default=0)
    proration = models.CharField(max_length=10, default="day")
    downgrade = models.CharField(max_length=20, default="period_end")
    keeps_anchor = models.BooleanField(default=False)
    bills_changes_now = models.BooleanField(default=True)
    bills_end_day = models.BooleanField(default=False)
    commitment = models.DecimalField(max_digits=24, decimal_places=12, default=0)  # for each period
    coupons = models.JSONField(default=list)  # as conto.domain.subscription reads them
    collection = models.CharField(max_length=6, default="send")  # send | charge
    is_reviewed = models.BooleanField(default=False)  # its invoices wait as drafts for somebody who issues them
    bills_alone = models.BooleanField(default=False)  # on invoices of its own, not with others of the customer
    version = models.PositiveIntegerField(default=1)  # rises with every change
    next_bill_on = models.DateField(null=True)  # nothing: nothing will be due
    settled_on = models.DateField(null=True)  # up to which it was billed
    settled_count = models.PositiveIntegerField(default=0)
    drawn = models.JSONField(default=list)  # of prepaid credit, in the order in which it was drawn
    has_prepaid = models.BooleanField(default=False, db_default=False)  # somebody granted or sold some, once
    final_on = models.DateField(null=True)  # by what is known: the day after the last
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "number"], name="subscription_number_once"),
            models.UniqueConstraint(fields=["quote", "plan_version"], name="subscription_of_quote_once"),
            models.CheckConstraint(condition=~Q(number=""), name="subscription_has_a_number"),
            models.CheckConstraint(condition=~Q(title=""), name="subscription_has_a_title"),
            models.CheckConstraint(condition=Q(price_mode__in=["net", "gross"]), name="subscription_price_mode_known"),
            models.CheckConstraint(condition=Q(interval__in=INTERVALS), name="subscription_interval_known"),
            models.CheckConstraint(condition=Q(collection__in=COLLECTIONS), name="subscription_collection_known"),
            models.CheckConstraint(
                condition=Q(proration__in=["day", "second", "none"]), name="subscription_proration_known"
            ),
            models.CheckConstraint(
                condition=Q(downgrade__in=["now", "period_end", "now_without_credit"]),
                name="subscription_downgrade_known",
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="subscription_count_at_least_one"),
            models.CheckConstraint(condition=Q(commitment__gte=0), name="subscription_commitment_not_negative"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="subscription_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="subscription_by_making"),
            models.Index(fields=["customer", "-made_at"], name="subscription_of_customer"),
            models.Index(
                fields=["next_bill_on", "customer"], name="subscription_due", condition=Q(next_bill_on__isnull=False)
            ),
            models.Index(  # by which a run goes from customer to customer
                fields=["customer", "next_bill_on"],
                name="subscription_due_of_customer",
                condition=Q(next_bill_on__isnull=False),
            ),
            models.Index(fields=["plan_version"], name="subscription_of_plan", condition=Q(plan_version__isnull=False)),
        ]


class SubscriptionItem(models.Model):
    """One thing that a subscription bills, from its start or added by a change: price, and what paper needs of it."""

    id = models.UUIDField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField()
    change_ordinal = models.PositiveIntegerField(default=0)  # of the change that added it; 0: from the start
    key = models.CharField(max_length=40, db_collation="C")
    name = models.CharField(max_length=200)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    price = models.JSONField()  # as conto.domain.price reads it
    quantity = models.DecimalField(max_digits=24, decimal_places=12, default=1)
    timing = models.CharField(max_length=10, default="advance")
    measure = models.JSONField(null=True)
    is_once = models.BooleanField(default=False)
    ramp = models.JSONField(default=list)
    unit_code = models.CharField(max_length=3, default="C62")
    supply = models.CharField(max_length=10, default="services")
    rate_class = models.CharField(max_length=20, default="standard")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "position"], name="subscription_item_once"),
            models.UniqueConstraint(fields=["subscription", "key"], name="subscription_item_key_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="subscription_item_from_one"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="subscription_item_not_negative"),
            models.CheckConstraint(
                condition=Q(timing__in=["advance", "arrears"]), name="subscription_item_timing_known"
            ),
        ]


class SubscriptionChange(models.Model):
    """Something that happened to a subscription. Its id is the key by which the engine knows it."""

    id = models.UUIDField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes", db_index=False)
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    takes_at = models.DateTimeField()  # the instant from which it counts
    body = models.JSONField()  # the whole change, as conto.domain.subscription reads it
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "ordinal"], name="subscription_change_once"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="subscription_change_from_one"),
        ]


class SubscriptionCounter(models.Model):
    """The last number given in a year; raised when somebody subscribes."""

    pk = models.CompositePrimaryKey("legal_entity_id", "year")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    last_ordinal = models.PositiveIntegerField()
