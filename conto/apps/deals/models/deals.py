"""Deals and what belongs to each of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import Member
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Contact, Customer
from conto.apps.deals.models.pipelines import LostReason, Pipeline, Stage

DEAL_STATES = ["open", "won", "lost"]
RENEWED = ["contract", "subscription"]


class Deal(models.Model):
    """Something that a customer may buy. Stage and pipeline hold together by one foreign key of the database."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    pipeline = models.ForeignKey(
        Pipeline, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="deals", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=200)
    search_key = models.CharField(max_length=200, db_collation="C")  # the name, folded
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    expected_close_on = models.DateField(null=True)
    source = models.CharField(max_length=40, blank=True)
    imported_sha256 = models.BinaryField(max_length=32, null=True)  # of the row of a file: taken over twice is one deal
    renews_kind = models.CharField(max_length=12, blank=True, default="", db_default="")  # contract | subscription
    renews_id = models.UUIDField(null=True)  # what it renews: the contract in all its versions, or the subscription
    state = models.CharField(max_length=10, default="open")
    lost_reason = models.ForeignKey(LostReason, null=True, on_delete=models.PROTECT, related_name="+")
    lost_note = models.CharField(max_length=500, blank=True)
    won_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    rank = models.BigIntegerField()  # where it stands in its column of the board, the lowest on top
    version = models.PositiveIntegerField(default=1)
    entered_stage_at = models.DateTimeField()
    last_activity_at = models.DateTimeField()
    next_step_at = models.DateTimeField(null=True)  # when its earliest undone activity is due
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "customer"], name="deal_of_customer_once"),  # a target of activities
            models.UniqueConstraint(fields=["imported_sha256"], name="deal_imported_once"),
            models.CheckConstraint(condition=Q(state__in=DEAL_STATES), name="deal_state_known"),
            models.CheckConstraint(condition=Q(value_minor__gte=0), name="deal_value_not_negative"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="deal_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(renews_kind="", renews_id=None) | Q(renews_kind__in=RENEWED, renews_id__isnull=False),
                name="deal_renews_something_or_nothing",
            ),
            models.CheckConstraint(
                condition=(Q(state="won") & Q(won_at__isnull=False)) | (~Q(state="won") & Q(won_at__isnull=True)),
                name="deal_won_at_a_moment",
            ),
            models.CheckConstraint(
                condition=(Q(state="lost") & Q(lost_at__isnull=False)) | (~Q(state="lost") & Q(lost_at__isnull=True)),
                name="deal_lost_at_a_moment",
            ),
            models.CheckConstraint(
                condition=(Q(state="lost") & Q(lost_reason__isnull=False))
                | (~Q(state="lost") & Q(lost_reason__isnull=True)),
                name="deal_lost_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["stage", "rank", "id"], name="deal_on_board", condition=Q(state="open"),
                include=["value_minor", "currency"],
            ),
            models.Index(fields=["customer", "-created_at"], name="deal_of_customer"),
            models.Index(fields=["-created_at", "-id"], name="deal_by_age"),
            models.Index(fields=["owner", "-created_at"], name="deal_by_owner"),
            models.Index(fields=["pipeline", "state", "-created_at"], name="deal_by_pipeline"),
            models.Index(fields=["next_step_at"], name="deal_by_next_step", condition=Q(state="open")),
            models.Index(fields=["renews_id"], name="deal_of_renewal", condition=Q(renews_id__isnull=False)),
        ]  # fmt: skip


class DealLine(models.Model):
    """A product on a deal. The value of a deal with products is their sum."""

    id = models.UUIDField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit = models.CharField(max_length=3, default="C62")  # UN/ECE Recommendation 20
    unit_price_minor = models.BigIntegerField()
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deal", "position"], name="deal_line_in_order"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="deal_line_of_something"),
            models.CheckConstraint(condition=Q(unit_price_minor__gte=0), name="deal_line_not_negative"),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0) & Q(discount_percent__lte=100), name="deal_line_discount_is_share"
            ),
        ]


class StageVisit(models.Model):
    """A stay of a deal in a stage: the true history. A stay begins and ends; it is never written anew."""

    id = models.UUIDField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="visits", db_index=False)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deal"], condition=Q(left_at=None), name="visit_open_once"),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")), name="visit_ends_after_it_began"
            ),
        ]
        indexes = [models.Index(fields=["deal", "entered_at"], name="visit_of_deal")]


class DealFollower(models.Model):
    """A member who wants to hear of a deal."""

    id = models.UUIDField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="followers", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "member"], name="deal_followed_once")]


class Comment(models.Model):
    """What a member says to the others about a deal."""

    id = models.UUIDField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="comments", db_index=False)
    author = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    mentions = ArrayField(models.UUIDField(), default=list, blank=True)  # members
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["deal", "-at"], name="comment_of_deal")]


class ChecklistTick(models.Model):
    """A point of a stage's checklist that is done for a deal."""

    id = models.UUIDField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="ticks", db_index=False)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=200)
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "stage", "label"], name="checklist_ticked_once")]
