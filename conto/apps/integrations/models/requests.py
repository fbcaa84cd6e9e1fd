"""What is kept of requests: the answers of those that may be repeated, and how many came."""

from django.db import models

from conto.apps.integrations.models.keys import ApiKey


class RememberedRequest(models.Model):
    """A request with an idempotency key: under way while `done_at` is empty, afterwards the answer that it got."""

    id = models.BigAutoField(primary_key=True)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.CharField(max_length=255)
    request_sha256 = models.BinaryField(max_length=32)  # of method, address and body
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=500)
    locked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    kept_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "idempotency_key"], name="request_remembered_once"),
            models.CheckConstraint(
                condition=models.Q(done_at=None, status=None, body=None)
                | models.Q(done_at__isnull=False, status__isnull=False, body__isnull=False),
                name="request_done_has_answer",
            ),
        ]
        indexes = [models.Index(fields=["kept_until"], name="request_by_age")]


class RequestCount(models.Model):
    """How many requests one key or one address has made in a minute. Lost in a crash, which harms nobody."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)  # key:<id> or from:<address>
    window_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "window_at"], name="request_count_once")]
