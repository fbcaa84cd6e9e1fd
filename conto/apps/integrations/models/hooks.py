"""Endpoints of webhooks: who is told which facts, what was delivered, and each try."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact

DISABLED_REASONS = ["by_hand", "gone", "failing"]


class WebhookEndpoint(models.Model):
    """An address elsewhere that facts are told to."""

    id = models.UUIDField(primary_key=True)
    # Whose eyes it looks with: it is told what this member sees. None: added by the system, told everything.
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # none: all
    secret_sealed = models.TextField()
    previous_secret_sealed = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)  # until when the previous secret signs too
    added_at = models.DateTimeField()
    told_from = models.UUIDField()  # facts with greater keys are told: what happened before it was there is no news
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=10, blank=True)
    failing_since = models.DateTimeField(null=True)  # the first of nothing but failures
    failures = models.PositiveIntegerField(default=0)  # in a row
    quiet_until = models.DateTimeField(null=True)  # left alone until then
    last_success_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(disabled_at__isnull=True, disabled_reason="")
                | models.Q(disabled_at__isnull=False, disabled_reason__in=DISABLED_REASONS),
                name="webhook_disabled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(previous_until__isnull=True, previous_secret_sealed="")
                | (models.Q(previous_until__isnull=False) & ~models.Q(previous_secret_sealed="")),
                name="webhook_old_secret_ends",
            ),
        ]

    @property
    def is_enabled(self) -> bool:
        """Whether facts are told to it."""
        return self.disabled_at is None


class WebhookDelivery(models.Model):
    """One fact to be told to one endpoint; its message id is the fact's."""

    id = models.UUIDField(primary_key=True)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+")
    fact = models.ForeignKey(Fact, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)  # since it was made or sent again
    next_attempt_at = models.DateTimeField(null=True)  # for one being sent: when its sender counts as cut off
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "fact"], name="webhook_fact_told_once"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["waiting", "sending"], next_attempt_at__isnull=False, finished_at__isnull=True
                )
                | models.Q(state__in=["delivered", "failed"], next_attempt_at__isnull=True, finished_at__isnull=False),
                name="webhook_finished_or_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                name="webhook_to_send",
                condition=models.Q(state__in=["waiting", "sending"]),
            ),
            models.Index(fields=["endpoint", "state", "-id"], name="webhook_by_state"),
            models.Index(fields=["endpoint", "-id"], name="webhook_by_time"),
            models.Index(
                fields=["endpoint", "-finished_at"],
                name="webhook_lately_finished",
                condition=models.Q(finished_at__isnull=False),
            ),
        ]


class WebhookAttempt(models.Model):
    """One try to deliver, and what came of it."""

    id = models.UUIDField(primary_key=True)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    outcome = models.CharField(
        max_length=20
    )  # taken | redirected | gone | busy | refused_by_receiver | a reason | cut_off
    status = models.PositiveSmallIntegerField(null=True)  # nothing: no answer came
    milliseconds = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=300, blank=True)
    excerpt = models.TextField(blank=True)  # the beginning of what was answered
