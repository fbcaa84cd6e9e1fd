"""What stands around an issued document: paper, files, links, questions, write-offs."""

from django.db import models
from django.db.models import Q

from conto.apps.crm.models import Customer
from conto.apps.invoicing.models.documents import Document
from conto.apps.ledger.models import Entry


class Rendering(models.Model):
    """The PDF or XML of an issued document, made and validated once and then kept."""

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="renderings")
    kind = models.CharField(max_length=5)  # pdf | cii | ubl
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "kind"], name="rendering_once")]


class Attachment(models.Model):
    """A file that goes with a draft or document, named by its plain id (a draft keeps its id when issued)."""

    id = models.UUIDField(primary_key=True)
    document_id = models.UUIDField(db_index=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    is_sent = models.BooleanField(default=True)  # goes out with the mail
    added_at = models.DateTimeField()


class PortalLink(models.Model):
    """A signed, expiring link by which a customer sees one document. Only the token's hash is kept."""

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="links")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)


class Question(models.Model):
    """What a customer asked on the page of a document."""

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="questions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True)
    body = models.TextField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)


class WriteOff(models.Model):
    """What is given up of an invoice's open amount."""

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="write_offs")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="write_off_positive")]
