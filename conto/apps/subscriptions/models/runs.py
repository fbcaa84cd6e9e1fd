"""Billing runs, and what could not be billed with its reason."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.subscriptions.models.subscriptions import Subscription


class BillingRun(models.Model):
    """A run that bills what is due up to a day. Its counts grow while it goes on."""

    id = models.UUIDField(primary_key=True)
    until = models.DateField()
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    alive_at = models.DateTimeField()  # when it last wrote a chunk
    ended_at = models.DateTimeField(null=True)
    due_count = models.PositiveIntegerField(default=0)  # when it began
    settled_count = models.PositiveIntegerField(default=0)
    aside_count = models.PositiveIntegerField(default=0)
    document_count = models.PositiveIntegerField(default=0)
    totals_minor = models.JSONField(default=dict)  # net by currency

    class Meta:
        indexes = [models.Index(fields=["-started_at", "-id"], name="billing_run_by_start")]


class SetAside(models.Model):
    """A subscription that a run could not bill, and why; open until it is billed."""

    id = models.UUIDField(primary_key=True)
    run = models.ForeignKey(BillingRun, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    reason = models.TextField()  # in English, to be translated with its params
    noted_at = models.DateTimeField()
    solved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription"], condition=Q(solved_at__isnull=True), name="set_aside_once")
        ]
        indexes = [models.Index(fields=["run"], name="set_aside_of_run", condition=Q(run__isnull=False))]
