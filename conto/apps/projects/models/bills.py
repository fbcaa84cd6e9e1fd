"""What was billed, and by which line."""

from django.db import models
from django.db.models import Q

from conto.apps.crm.models import Customer
from conto.apps.projects.models.projects import Project
from conto.apps.projects.models.work import WorkEntry


class ProjectBill(models.Model):
    """That work was billed. It has the id of the draft, which is the document's when that is issued."""

    id = models.UUIDField(primary_key=True)
    # Both keys are one of the database: (project, customer), written in the migration of the guards.
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    billed_minor = models.BigIntegerField()  # the lines together, before tax
    is_live = models.BooleanField(default=True)  # until the draft is discarded or the document credited as a whole
    billed_at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "project", "is_live"], name="project_bill_target"),
            models.CheckConstraint(
                condition=Q(is_live=True, freed_at__isnull=True) | Q(is_live=False, freed_at__isnull=False),
                name="project_bill_freed_at_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["project", "-billed_at"], name="project_bill_of_project")]


class BilledWork(models.Model):
    """A piece of work on a line of a bill, with the minutes and the rate that were billed."""

    pk = models.CompositePrimaryKey("bill_id", "entry_id")
    bill = models.ForeignKey(
        ProjectBill, on_delete=models.PROTECT, related_name="works", db_index=False, db_constraint=False
    )
    entry = models.ForeignKey(
        WorkEntry, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    project_id = models.UUIDField()
    is_live = models.BooleanField(default=True)  # follows the bill
    position = models.PositiveSmallIntegerField()  # of the line
    minutes = models.PositiveIntegerField(null=True)  # in whole steps
    rate = models.DecimalField(max_digits=13, decimal_places=4, null=True)
    amount_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(is_live=True), name="work_billed_once"),
            models.CheckConstraint(
                condition=Q(minutes__isnull=False, rate__isnull=False, amount_minor__isnull=True)
                | Q(minutes__isnull=True, rate__isnull=True, amount_minor__isnull=False),
                name="billed_work_is_time_or_expense",
            ),
        ]
        indexes = [models.Index(fields=["entry"], name="billed_work_of_entry")]
