"""What was done: time and expenses."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.projects.models.projects import Project


class WorkEntry(models.Model):
    """Time of a person, or an expense, on a day of a project."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)  # who did it
    kind = models.CharField(max_length=7)  # time | expense
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField(null=True)  # of time, as they were worked
    amount_minor = models.BigIntegerField(null=True)  # of an expense, before tax
    markup_percent = models.DecimalField(max_digits=8, decimal_places=4, default=0)
    rate_class = models.CharField(max_length=20, default="standard")  # of an expense, for its tax
    note = models.TextField(blank=True)
    is_billable = models.BooleanField(default=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "project"], name="work_of_project_target"),
            models.CheckConstraint(
                condition=Q(kind="time", minutes__gte=1, minutes__lte=1440, amount_minor__isnull=True)
                | Q(kind="expense", amount_minor__gte=1, minutes__isnull=True),
                name="work_is_time_or_expense",
            ),
            models.CheckConstraint(
                condition=Q(markup_percent__gte=0, markup_percent__lte=1000), name="work_markup_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=False) | Q(approved_by__isnull=True), name="work_approved_at_a_moment"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-day", "-id"], name="work_of_project"),
            models.Index(fields=["member", "-day", "-id"], name="work_of_member"),
        ]
