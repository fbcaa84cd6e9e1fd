"""What customers do with a quote: open it, ask, accept or decline."""

from django.db import models
from django.db.models import Q

from conto.apps.crm.models import Customer
from conto.apps.quotes.models.quotes import Quote


class QuoteLink(models.Model):
    """A secret, expiring link by which a customer sees one quote. Only the token's hash is kept."""

    id = models.UUIDField(primary_key=True)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="links")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)


class QuoteQuestion(models.Model):
    """What a customer asked on the page of a quote."""

    id = models.UUIDField(primary_key=True)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="questions")
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True)
    body = models.TextField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)


class QuoteAcceptance(models.Model):
    """That a customer accepted: once for all versions of a quote, with what was signed."""

    id = models.UUIDField(primary_key=True)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="acceptance")
    family_id = models.UUIDField(unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    signature_kind = models.CharField(max_length=5)  # drawn | typed
    signature = models.TextField()  # strokes of a pen, or the typed name
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    chosen = models.JSONField(default=list)  # the positions of the options that were taken
    chosen_recurring = models.JSONField(default=list, db_default=[])  # parts and items of what recurs that were taken
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)  # of the content that was signed
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(signature_kind__in=["drawn", "typed"]), name="quote_signature_known"),
        ]


class QuoteDecline(models.Model):
    """That a customer declined, and why."""

    id = models.UUIDField(primary_key=True)
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="decline")
    name = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    declined_at = models.DateTimeField()
