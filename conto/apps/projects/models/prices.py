"""Work at a price: what was agreed, its change orders, its milestones, what is complete, and what was billed of it."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.projects.models.bills import ProjectBill
from conto.apps.projects.models.projects import Project


class FixedPrice(models.Model):
    """The price of a project as it was agreed. It never changes: change orders stand beside it."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, primary_key=True, related_name="+")
    amount_minor = models.BigIntegerField()  # before tax
    method = models.CharField(max_length=10)  # milestones | percent
    retention_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    agreed_by = models.CharField(max_length=200)  # whoever agreed to it, in the words of who noted it
    agreed_on = models.DateField()
    set_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=200, blank=True)  # from then on nothing of the price changes
    accepted_on = models.DateField(null=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="fixed_price_above_zero"),
            models.CheckConstraint(condition=Q(method__in=["milestones", "percent"]), name="fixed_price_method_known"),
            models.CheckConstraint(
                condition=Q(retention_percent__gte=0, retention_percent__lt=100), name="fixed_price_retention_in_bounds"
            ),
            models.CheckConstraint(condition=~Q(agreed_by=""), name="fixed_price_agreed_by_somebody"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_on__isnull=True)
                | Q(accepted_at__isnull=False, accepted_on__isnull=False) & ~Q(accepted_by=""),
                name="fixed_price_accepted_whole",
            ),
        ]


class ChangeOrder(models.Model):
    """What raises or lowers the price of a project; none is ever rewritten."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(FixedPrice, on_delete=models.PROTECT, related_name="orders", db_index=False)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    agreed_by = models.CharField(max_length=200)
    agreed_on = models.DateField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="change_order_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="change_order_of_something"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(agreed_by=""), name="change_order_says_what_and_who"),
        ]


class Milestone(models.Model):
    """A part of a price that is due when it is reached: an amount, or a percentage of the price."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(FixedPrice, on_delete=models.PROTECT, related_name="milestones", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField(null=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    due_on = models.DateField(null=True)
    reached_on = models.DateField(null=True)
    reached_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="milestone_position_once"),
            models.UniqueConstraint(fields=["id", "project"], name="milestone_of_project_target"),
            models.CheckConstraint(condition=~Q(name=""), name="milestone_has_a_name"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, percent__isnull=True)
                | Q(amount_minor__isnull=True, percent__gt=0, percent__lte=100),
                name="milestone_is_amount_or_percent",
            ),
            models.CheckConstraint(
                condition=Q(reached_on__isnull=False, reached_at__isnull=False)
                | Q(reached_on__isnull=True, reached_at__isnull=True, reached_by__isnull=True),
                name="milestone_reached_whole",
            ),
        ]


class PriceProgress(models.Model):
    """How much of the work is complete, as somebody said it on a day. The latest counts."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(FixedPrice, on_delete=models.PROTECT, related_name="progress", db_index=False)
    position = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    said_on = models.DateField()
    said_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="price_progress_once"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="price_progress_in_bounds"),
        ]


class BilledPrice(models.Model):
    """What a bill takes of a price: the work, and what of it is held back, or, below zero, released."""

    bill = models.OneToOneField(
        ProjectBill, on_delete=models.PROTECT, primary_key=True, related_name="price", db_constraint=False
    )
    project = models.ForeignKey(
        FixedPrice, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    is_live = models.BooleanField(default=True)  # follows the bill
    work_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField()
    price_minor = models.BigIntegerField()  # with all change orders, as it was when this was billed
    done_minor = models.BigIntegerField()
    line_count = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(work_minor__gte=0), name="billed_price_work_not_negative"),
            models.CheckConstraint(condition=Q(line_count__gt=0), name="billed_price_has_lines"),
        ]
        indexes = [models.Index(fields=["project"], name="billed_price_of_project")]


class BilledMilestone(models.Model):
    """A milestone on a line of a bill."""

    pk = models.CompositePrimaryKey("bill_id", "milestone_id")
    bill = models.ForeignKey(
        ProjectBill, on_delete=models.PROTECT, related_name="milestones", db_index=False, db_constraint=False
    )
    milestone = models.ForeignKey(
        Milestone, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    project_id = models.UUIDField()
    is_live = models.BooleanField(default=True)  # follows the bill
    position = models.PositiveSmallIntegerField()  # of the line
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["milestone"], condition=Q(is_live=True), name="milestone_billed_once"),
        ]
        indexes = [models.Index(fields=["milestone"], name="billed_milestone_of_milestone")]
