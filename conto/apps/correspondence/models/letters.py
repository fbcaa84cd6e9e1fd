"""Letters, the conversations that they form, and what they are written from."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Contact, Customer
from conto.apps.messaging.models import Mail

DIRECTIONS = ["in", "out"]
SIGHTS = ["sent", "open", "click"]
FILE_STATES = ["kept", "too_large", "unsafe"]


class Thread(models.Model):
    """A conversation. That of a deal is with the deal's customer, by a foreign key that deals add."""

    id = models.UUIDField(primary_key=True)
    subject = models.CharField(max_length=300, blank=True)
    subject_key = models.CharField(max_length=200, blank=True, db_collation="C")  # without “Re:”, folded
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    deal_id = models.UUIDField(null=True)
    people = ArrayField(models.CharField(max_length=254), default=list)  # addresses outside of this business
    token = models.CharField(max_length=32, unique=True)  # in the address to which answers go
    letter_count = models.PositiveIntegerField(default=0)
    is_guessed = models.BooleanField(default=False)  # a letter came in by subject and people alone
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deal_id=None) | Q(customer__isnull=False), name="thread_of_deal_has_customer"
            ),
            models.CheckConstraint(condition=Q(merged_into=None) | Q(letter_count=0), name="thread_merged_is_empty"),
        ]
        indexes = [
            models.Index(fields=["customer", "-last_at"], name="thread_of_customer"),
            models.Index(fields=["subject_key", "-last_at"], name="thread_by_subject"),
            models.Index(fields=["-last_at", "-id"], name="thread_by_age"),
            models.Index(fields=["deal_id"], name="thread_of_deal", condition=Q(deal_id__isnull=False)),
        ]


class Letter(models.Model):
    """A mail that came from a customer or went to one. Its words never change."""

    id = models.UUIDField(primary_key=True)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="letters", db_index=False)
    direction = models.CharField(max_length=3)
    identity = models.BinaryField(max_length=32, unique=True)  # the same message, wherever it lies, has the same
    message_id = models.CharField(max_length=250, blank=True)
    reference_ids = ArrayField(models.CharField(max_length=250), default=list)
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    to_people = models.JSONField(default=list)  # [[address, name], …]
    cc_people = models.JSONField(default=list)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    mail = models.OneToOneField(Mail, null=True, on_delete=models.PROTECT, related_name="+")  # that it left as
    is_guessed = models.BooleanField(default=False)
    is_cut = models.BooleanField(default=False)  # too much of it: words or parts are left out
    is_automatic = models.BooleanField(default=False)
    is_forwarded = models.BooleanField(default=False)  # a member passed it on to the mailbox
    sent_at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=DIRECTIONS), name="letter_direction_known"),
            models.CheckConstraint(condition=Q(mail=None) | Q(direction="out"), name="letter_that_left_goes_out"),
        ]
        indexes = [
            models.Index(fields=["thread", "sent_at"], name="letter_of_thread"),
            models.Index(fields=["message_id"], name="letter_by_message_id"),
            models.Index(fields=["-sent_at", "-id"], name="letter_by_age"),
            GinIndex(fields=["reference_ids"], name="letter_by_reference", fastupdate=False),
        ]


class LetterSight(models.Model):
    """That a letter left with a picture and ways to its links, was opened, or a link of it followed; how often."""

    id = models.UUIDField(primary_key=True)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="sights", db_index=False)
    kind = models.CharField(max_length=5)
    mark = models.CharField(max_length=16, blank=True)  # of the link
    link = models.CharField(max_length=2000, blank=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "kind", "mark"], name="letter_sight_once"),
            models.CheckConstraint(condition=Q(kind__in=SIGHTS), name="letter_sight_known"),
            models.CheckConstraint(
                condition=(Q(kind="click") & ~Q(link="")) | (~Q(kind="click") & Q(link="")),
                name="letter_sight_of_link",
            ),
        ]


class LetterFile(models.Model):
    """A file of a letter. What was too large or not safe has a name and a size, but no content."""

    id = models.UUIDField(primary_key=True)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="files")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField(null=True)
    state = models.CharField(max_length=10, default="kept")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "position"], name="letter_file_in_order"),
            models.CheckConstraint(
                condition=(Q(state="kept") & Q(content__isnull=False))
                | (Q(state__in=["too_large", "unsafe"]) & Q(content__isnull=True)),
                name="letter_file_kept_or_named",
            ),
        ]


class LetterTemplate(models.Model):
    """Words to begin a letter with; what stands in braces is filled in for each customer."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    is_archived = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "language"], condition=Q(is_archived=False), name="letter_template_name_once"
            ),
        ]
