"""Retainers: what a repeating invoice covers of the work of a project, what each of its periods brought and covered."""

from django.db import models
from django.db.models import F, Q

from conto.apps.crm.models import Customer
from conto.apps.projects.models.bills import ProjectBill
from conto.apps.projects.models.projects import Project
from conto.apps.projects.models.work import WorkEntry
from conto.domain.project import MOST_CARRIED, MOST_GRANTED_MINUTES


class Retainer(models.Model):
    """What is agreed now. Each period keeps what was agreed when its invoice was made."""

    # The customer is that of the project and of the repeating invoice: keys over two columns, written by hand.
    project = models.OneToOneField(
        Project, on_delete=models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    repeat_id = models.UUIDField()  # the repeating invoice that bills it
    minutes = models.PositiveIntegerField()  # of each period
    carry_periods = models.PositiveSmallIntegerField(default=0)
    overage_rate = models.DecimalField(max_digits=13, decimal_places=4, null=True)  # none: the rates as usual
    version = models.PositiveIntegerField(default=1)  # rises with every change; a stale form is refused
    set_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repeat_id"], name="retainer_of_one_repeat"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=MOST_GRANTED_MINUTES), name="retainer_minutes_in_bounds"
            ),
            models.CheckConstraint(condition=Q(carry_periods__lte=MOST_CARRIED), name="retainer_carries_not_too_far"),
            models.CheckConstraint(
                condition=Q(overage_rate__isnull=True) | Q(overage_rate__gte=0), name="retainer_overage_not_negative"
            ),
        ]


class RetainerPeriod(models.Model):
    """What an invoice of a retainer brought: minutes, from its own day until they lapse."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Retainer, on_delete=models.PROTECT, related_name="periods", db_index=False)
    repeat_id = models.UUIDField()
    document_id = models.UUIDField()  # the invoice, a draft until it is issued, by its plain id
    starts_on = models.DateField()
    ends_on = models.DateField()  # the day after the last
    lapses_on = models.DateField()  # from this day on it covers nothing more
    minutes = models.PositiveIntegerField()
    overage_rate = models.DecimalField(max_digits=13, decimal_places=4, null=True)
    is_revoked = models.BooleanField(default=False)  # its draft was discarded or its invoice credited as a whole
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "starts_on"], name="retainer_period_once"),
            models.UniqueConstraint(fields=["document_id"], name="retainer_period_by_one_invoice"),
            models.UniqueConstraint(fields=["id", "project"], name="retainer_period_target"),
            models.CheckConstraint(
                condition=Q(starts_on__lt=F("ends_on"), ends_on__lte=F("lapses_on")), name="retainer_period_has_days"
            ),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="retainer_period_brings_something"),
        ]


class RetainerClosing(models.Model):
    """That it was settled what covers some work, with the bill of what went beyond or without one."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Retainer, on_delete=models.PROTECT, related_name="closings", db_index=False)
    # A key over three columns holds project and bill, so that it counts as long as the bill does.
    bill = models.ForeignKey(
        ProjectBill, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    until = models.DateField()
    is_live = models.BooleanField(default=True)
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "project", "is_live"], name="retainer_closing_target"),
            models.UniqueConstraint(fields=["bill"], name="retainer_closing_of_bill"),
        ]
        indexes = [models.Index(fields=["project"], name="retainer_closing_of_project")]


class CoveredWork(models.Model):
    """Minutes of a piece of work that a period covers, once that is closed."""

    pk = models.CompositePrimaryKey("closing_id", "entry_id", "period_id")
    closing = models.ForeignKey(
        RetainerClosing, on_delete=models.PROTECT, related_name="works", db_index=False, db_constraint=False
    )
    entry = models.ForeignKey(
        WorkEntry, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    period = models.ForeignKey(
        RetainerPeriod, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    project_id = models.UUIDField()
    is_live = models.BooleanField(default=True)  # follows the closing
    minutes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "period"], condition=Q(is_live=True), name="work_covered_once_by_a_period"
            ),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="covered_work_of_something"),
        ]
        indexes = [
            models.Index(fields=["entry"], name="covered_work_of_entry"),
            models.Index(fields=["period"], name="covered_work_of_period"),
        ]
