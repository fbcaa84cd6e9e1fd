"""Billing runs, what could not be billed with its reason, and dry runs."""

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


class DryRun(models.Model):
    """What a run would do: done and undone by the worker. Only what it came to is kept, for a while."""

    id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField()  # when it was asked for
    started_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    counts_from = models.DateTimeField(null=True)  # the instant of the run; nothing: it waits for the worker
    until = models.DateField(null=True)
    alive_at = models.DateTimeField()  # when it last wrote how far it is
    ended_at = models.DateTimeField(null=True)
    is_whole = models.BooleanField(default=False)  # it counted everything; otherwise it was given up
    due_count = models.PositiveIntegerField(default=0)  # when it began
    settled_count = models.PositiveIntegerField(default=0)
    aside_count = models.PositiveIntegerField(default=0)
    document_count = models.PositiveIntegerField(default=0)
    draft_count = models.PositiveIntegerField(default=0)  # of the documents, those that would wait
    totals_minor = models.JSONField(default=dict)  # net by currency
    aside = models.JSONField(default=list)  # [[number, code, reason, params], …]: the first that could not be billed
    papers = models.JSONField(default=list)  # the first documents: whose they are, their lines and totals

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_whole"], condition=Q(ended_at__isnull=True), name="dry_run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(is_whole=False) | Q(ended_at__isnull=False, counts_from__isnull=False),
                name="dry_run_whole_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(counts_from__isnull=True, until__isnull=True)
                | Q(counts_from__isnull=False, until__isnull=False),
                name="dry_run_begun_has_a_day",
            ),
        ]
        indexes = [models.Index(fields=["-started_at", "-id"], name="dry_run_by_start")]


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
