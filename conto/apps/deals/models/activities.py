"""Activities: what is to be done with a customer, and what was done."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Customer
from conto.apps.deals.models.deals import Deal

ACTIVITY_KINDS = ["task", "call", "meeting", "note"]


class Activity(models.Model):
    """A task, call, meeting or note; that of a deal is with the deal's customer, by a foreign key of the database."""

    id = models.UUIDField(primary_key=True)
    deal = models.ForeignKey(
        Deal, null=True, on_delete=models.PROTECT, related_name="activities", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ACTIVITY_KINDS), name="activity_kind_known"),
            models.CheckConstraint(condition=~Q(title=""), name="activity_has_a_title"),
        ]
        indexes = [
            models.Index(fields=["deal", "due_at"], name="activity_of_deal"),
            models.Index(fields=["customer", "due_at"], name="activity_of_customer"),
            models.Index(fields=["owner", "due_at"], name="activity_to_do", condition=Q(done_at=None)),
            models.Index(fields=["-created_at", "-id"], name="activity_by_age"),
        ]


class CalendarFeed(models.Model):
    """A secret address at which a program reads a member's activities. Only the hash of its word is kept."""

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(revoked_at=None), name="calendar_feed_one_open"),
        ]
