"""Batches: drafts that are checked, issued and sent together by the worker."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from conto.apps.accounts.models import Member


class IssueBatch(models.Model):
    """Drafts to be issued and sent. What became of each follows from the draft or the document of the same id."""

    id = models.UUIDField(primary_key=True)
    draft_ids = ArrayField(models.UUIDField())
    started_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    alive_at = models.DateTimeField()  # when it last got further
    ended_at = models.DateTimeField(null=True)
    refused = models.JSONField(default=dict)  # {document: [code, message, params]} of what was issued but not sent

    class Meta:
        indexes = [models.Index(fields=["-started_at", "-id"], name="issue_batch_by_start")]
