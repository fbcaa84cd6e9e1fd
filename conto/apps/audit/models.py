"""Facts: what happened, by whom, when. Append-only."""

from django.db import models
from django.db.models.functions import Now


class Fact(models.Model):
    """One thing that happened. Never changed, never deleted; the timeline, audit log and outbox read it."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()  # on the book's clock, as the entrance read it
    recorded_at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)  # a plain id, so that accounts can record facts too
    actor_name = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    customer_id = models.UUIDField(null=True)
    entry_id = models.UUIDField(null=True)  # the journal entry that this fact posted
    payload_sha256 = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "-at", "-id"], name="fact_of_customer"),
            models.Index(fields=["subject_id", "-at"], name="fact_of_subject"),
            models.Index(fields=["-at", "-id"], name="fact_by_time"),
        ]


class FactPayload(models.Model):
    """What the fact says and from where: apart from it, so that it can be erased lawfully while the rest is proven."""

    fact = models.OneToOneField(Fact, primary_key=True, on_delete=models.DO_NOTHING, related_name="payload")
    body = models.JSONField()
    origin = models.JSONField(null=True)  # channel, address, agent, key_id; null before origins were kept
