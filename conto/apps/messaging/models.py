"""Mail: every message that leaves or waits to leave."""

from django.db import models

from conto.apps.crm.models import Customer, Tag
from conto.domain.invoice_words import Occasion

MAIL_STATES = ["waiting", "sending", "sent", "delivered", "bounced", "failed"]


class MailServer(models.Model):
    """How mail leaves: one row. Without it mails wait, visible, in the outbox."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField(default=587)
    security = models.CharField(max_length=10, default="starttls")  # starttls | tls | none
    username = models.CharField(max_length=200, blank=True)
    password_sealed = models.TextField(blank=True)
    from_address = models.CharField(max_length=254)
    from_name = models.CharField(max_length=200, blank=True)
    verified_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="mail_server_only_one")]


class Mail(models.Model):
    """A message to a customer (or a member), with its delivery state."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=30)  # document | receipt | test | question | …
    subject_id = models.UUIDField(null=True)  # the document or payment it is about
    to_address = models.CharField(max_length=254)
    cc_addresses = models.JSONField(default=list)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(max_length=10, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    secret_sealed = models.TextField(blank=True, default="")  # takes the place of {secret} as it leaves; then forgotten
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(state__in=MAIL_STATES), name="mail_state_known")]
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="mail_by_time"),
            models.Index(fields=["subject_id"], name="mail_about"),
            models.Index(
                fields=["next_attempt_at"], name="mail_to_send", condition=models.Q(state__in=["waiting", "sending"])
            ),
        ]


class MailAttachment(models.Model):
    """A file of a mail: its own bytes, or those of a stored rendering named by its plain id."""

    id = models.UUIDField(primary_key=True)
    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    content = models.BinaryField(null=True)
    rendering_id = models.UUIDField(null=True)


class InvoiceWords(models.Model):
    """Words that invoices or credit notes are sent with: for a customer, for a tag or for all, on an occasion."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=12)  # invoice | credit_note
    language = models.CharField(max_length=10)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    tag = models.ForeignKey(Tag, null=True, on_delete=models.PROTECT, related_name="+")
    occasion = models.CharField(max_length=10, blank=True)  # empty: always
    subject = models.CharField(max_length=300)
    text = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "customer", "tag", "occasion"], name="invoice_words_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(customer=None) | models.Q(tag=None), name="invoice_words_for_one_or_many"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["invoice", "credit_note"]), name="invoice_words_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(occasion__in=["", *(str(each) for each in Occasion)]),
                name="invoice_words_occasion_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(subject="") & ~models.Q(text=""), name="invoice_words_not_empty"
            ),
        ]  # fmt: skip
