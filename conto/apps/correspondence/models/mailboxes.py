"""Mailboxes that are read, and the ledger of every message that was seen in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from conto.apps.correspondence.models.letters import Letter

# kept: a letter was made of it · repeated: that letter was there already · passed_over: of nobody known ·
# failed: could not be read · missing: was gone before it was read
LEDGER_STATES = ["kept", "repeated", "passed_over", "failed", "missing"]


class Mailbox(models.Model):
    """An account at a mail server from which letters are read. Removed ones stay, for what was read in them."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=254)
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=10, default="tls")  # starttls | tls | none
    username = models.CharField(max_length=200)
    password_sealed = models.TextField(blank=True)
    folders = ArrayField(models.CharField(max_length=200))
    read_since = models.DateField()  # what came before is left alone
    uses_plus = models.BooleanField(default=True)  # post+token@… leads to post@…
    keeps_unknown = models.BooleanField(default=False)  # letters of people who are no customers
    token = models.CharField(max_length=32, unique=True)  # in the address for blind copies
    is_active = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True)
    complete_until = models.DateTimeField(null=True)  # all that came before is in the book
    error = models.CharField(max_length=500, blank=True)
    failing_since = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)  # a reader is at work
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(removed_at=None), name="mailbox_address_once"),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(is_active=False, password_sealed=""), name="mailbox_removed_is_off"
            ),
            models.CheckConstraint(
                condition=(Q(error="") & Q(failing_since=None)) | (~Q(error="") & Q(failing_since__isnull=False)),
                name="mailbox_fails_since",
            ),
        ]


class MailboxFolder(models.Model):
    """How far a folder has been read; after its server numbered it anew a second row begins."""

    id = models.UUIDField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="folder_states", db_index=False)
    name = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField()
    next_uid = models.BigIntegerField()  # all below stand in the ledger, or came before reading began
    began_uid = models.BigIntegerField()  # the first that came after reading began: from here on a gap is a gap
    message_count = models.BigIntegerField(default=0)
    is_current = models.BooleanField(default=True)
    began_at = models.DateTimeField()
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "name", "uidvalidity"], name="mailbox_folder_once"),
            models.UniqueConstraint(
                fields=["mailbox", "name"], condition=Q(is_current=True), name="mailbox_folder_one_current"
            ),
        ]


class LetterLedger(models.Model):
    """A message of a folder and what became of it; `last_uid` is another number only for a stretch that is missing."""

    id = models.UUIDField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    folder = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    last_uid = models.BigIntegerField()
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    letter = models.ForeignKey(Letter, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)  # since when it is no longer in that folder
    settled_at = models.DateTimeField(null=True)  # a gap that a member has looked after

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "folder", "uidvalidity", "uid"], name="letter_ledger_message_once"
            ),
            models.CheckConstraint(condition=Q(state__in=LEDGER_STATES), name="letter_ledger_state_known"),
            models.CheckConstraint(
                condition=Q(last_uid=F("uid")) | (Q(last_uid__gt=F("uid")) & Q(state="missing")),
                name="letter_ledger_one_message",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["kept", "repeated"]) & Q(letter__isnull=False))
                | (~Q(state__in=["kept", "repeated"]) & Q(letter=None)),
                name="letter_ledger_names_letter",
            ),
        ]
        indexes = [
            models.Index(
                fields=["mailbox"], name="letter_ledger_gaps",
                condition=Q(state__in=["failed", "missing"], settled_at=None),
            ),
        ]  # fmt: skip
