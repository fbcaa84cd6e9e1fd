"""Facts: what happened, by whom, when. Append-only."""

from typing import Any

from django.db import models
from django.db.models.fields.json import KT
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
            models.Index(fields=["kind", "-at", "-id"], name="fact_by_kind"),
            models.Index(
                fields=["actor_id", "-at", "-id"], name="fact_by_actor", condition=models.Q(actor_id__isnull=False)
            ),
        ]

    @property
    def body(self) -> dict[str, Any]:
        """Give what the fact says; nothing once that was erased."""
        payload = getattr(self, "payload", None)  # a fact whose payload is gone has no such attribute
        return payload.body if payload else {}

    @property
    def origin(self) -> dict[str, str]:
        """Give from where it was done, as far as that is known."""
        payload = getattr(self, "payload", None)
        return (payload.origin or {}) if payload else {}


class FactPayload(models.Model):
    """What the fact says and from where: apart from it, so that it can be erased lawfully while the rest is proven."""

    fact = models.OneToOneField(Fact, primary_key=True, on_delete=models.DO_NOTHING, related_name="payload")
    body = models.JSONField()
    origin = models.JSONField(null=True)  # channel, address, agent, key_id; null before origins were kept

    class Meta:
        indexes = [models.Index(KT("origin__channel"), models.F("fact_id"), name="payload_by_channel")]


class FactPosition(models.Model):
    """The place of a fact in the one order in which all are read and sealed: 1, 2, 3 … given after the commit.

    No foreign key: it would lock the fact's row, and the chain of seals notices more than a key does.
    """

    position = models.BigIntegerField(primary_key=True)
    fact_id = models.UUIDField(unique=True)


class FactSeal(models.Model):
    """A seal over a batch of facts and over the seal before it. Never changed, never deleted."""

    number = models.PositiveIntegerField(primary_key=True)
    first_position = models.BigIntegerField(unique=True)
    last_position = models.BigIntegerField(unique=True)
    sealed_at = models.DateTimeField()  # on the real clock
    seal = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__gte=1, first_position__gte=1, last_position__gte=models.F("first_position")),
                name="seal_covers_facts",
            ),
        ]


class FactReader(models.Model):
    """How far a program inside Conto has read the feed of facts."""

    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField()


class AlertRule(models.Model):
    """Where a kind of event goes, if somebody changed that; without a row the event's own defaults hold."""

    event = models.CharField(max_length=40, primary_key=True)
    by_mail = models.BooleanField()
    on_page = models.BooleanField()
    recipients = models.JSONField(default=list)  # ids of members; none: the owners


class Alert(models.Model):
    """A notice that waits on the first page until somebody has seen it."""

    id = models.UUIDField(primary_key=True)
    event = models.CharField(max_length=40)
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fact", "event"], name="alert_once")]
        indexes = [models.Index(fields=["-at"], name="alert_waiting", condition=models.Q(seen_at__isnull=True))]
