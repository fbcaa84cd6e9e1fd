"""Repeating invoices, what is agreed of them version by version, and which invoice each of their days made."""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Customer
from conto.domain.repeat import INTERVALS, MOST_EVERY, Covers, Does, RepeatState

# What became of the sending of an invoice; empty: nobody asked for it.
SENDINGS = ["", "waiting", "sent", "refused", "settled"]


class Repeat(models.Model):
    """A repeating invoice: how it stands and when it is due next."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=6, default="active")
    version = models.PositiveSmallIntegerField(default=1)  # of what is agreed now
    next_on = models.DateField(null=True)  # none: nothing is left to come
    made_count = models.PositiveIntegerField(default=0)
    last_made_on = models.DateField(null=True)
    held_code = models.CharField(max_length=60, blank=True)  # why the next one could not be made
    held_reason = models.CharField(max_length=500, blank=True)
    held_params = models.JSONField(default=dict)
    source_id = models.UUIDField(null=True)  # the draft or document that it was made from, by its plain id
    created_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in RepeatState]), name="repeat_state_known"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="repeat_has_a_title"),
            models.CheckConstraint(
                condition=Q(state="ended", next_on=None) | ~Q(state="ended") & Q(next_on__isnull=False),
                name="repeat_over_has_no_next",
            ),
            models.CheckConstraint(condition=Q(held_code="") | Q(state="active"), name="repeat_held_would_run"),
            models.CheckConstraint(
                condition=Q(made_count=0, last_made_on=None) | Q(made_count__gte=1, last_made_on__isnull=False),
                name="repeat_made_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(next_on=None) | Q(last_made_on=None) | Q(next_on__gt=F("last_made_on")),
                name="repeat_goes_forward",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="repeat_of_customer"),
            models.Index(fields=["-changed_at", "-id"], name="repeat_by_change"),
            models.Index(fields=["next_on", "id"], name="repeat_due", condition=Q(state="active", held_code="")),
        ]


class RepeatVersion(models.Model):
    """What is agreed of a repeating invoice; a change is a new version, none is rewritten."""

    id = models.UUIDField(primary_key=True)
    repeat = models.ForeignKey(Repeat, on_delete=models.PROTECT, related_name="versions", db_index=False)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    interval = models.CharField(max_length=5)
    every = models.PositiveSmallIntegerField(default=1)
    anchor_on = models.DateField()
    ends_on = models.DateField(null=True)  # the last day that may make one
    most_invoices = models.PositiveSmallIntegerField(null=True)
    covers = models.CharField(max_length=8, default="ahead")
    does = models.CharField(max_length=5, default="draft")
    currency = models.CharField(max_length=3)
    price_mode = models.CharField(max_length=5, default="net")  # net | gross
    language = models.CharField(max_length=10)
    terms_days = models.PositiveSmallIntegerField()
    early_discount_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    early_discount_days = models.PositiveSmallIntegerField(null=True)
    buyer_reference = models.CharField(max_length=100, blank=True)
    order_reference = models.CharField(max_length=100, blank=True)
    contract_reference = models.CharField(max_length=100, blank=True)
    intro = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    allowances = models.JSONField(default=list)  # on the whole invoice, in their order
    line_count = models.PositiveSmallIntegerField()
    made_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repeat", "version"], name="repeat_version_once"),
            models.UniqueConstraint(fields=["id", "line_count"], name="repeat_line_target"),
            models.CheckConstraint(
                condition=Q(interval__in=[each.value for each in INTERVALS], every__gte=1, every__lte=MOST_EVERY),
                name="repeat_rhythm_known",
            ),
            models.CheckConstraint(
                condition=Q(most_invoices=None) | Q(most_invoices__gte=1), name="repeat_ends_after_one"
            ),
            models.CheckConstraint(condition=Q(covers__in=[each.value for each in Covers]), name="repeat_covers_known"),
            models.CheckConstraint(condition=Q(does__in=[each.value for each in Does]), name="repeat_does_known"),
            models.CheckConstraint(condition=Q(price_mode__in=["net", "gross"]), name="repeat_price_mode_known"),
            models.CheckConstraint(condition=Q(line_count__gte=1), name="repeat_has_lines"),
        ]


class RepeatLine(models.Model):
    """A line that comes again and again."""

    id = models.UUIDField(primary_key=True)
    version = models.ForeignKey(
        RepeatVersion, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    line_count = models.PositiveSmallIntegerField()  # of the version
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit_code = models.CharField(max_length=3, default="C62")
    unit_price = models.DecimalField(max_digits=24, decimal_places=12)
    base_quantity = models.DecimalField(max_digits=18, decimal_places=6, default=1)
    allowance_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    allowance_minor = models.BigIntegerField(default=0)
    supply = models.CharField(max_length=10, default="services")
    rate_class = models.CharField(max_length=20, default="standard")
    tax_category = models.CharField(max_length=2, blank=True)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="repeat_line_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=F("line_count")), name="repeat_line_in_count"
            ),
        ]


class RepeatInvoice(models.Model):
    """A day of a schedule and the invoice that it made: a draft until it is issued, by the same id."""

    id = models.UUIDField(primary_key=True)
    # Keys over two columns hold both: of its customer, of its version.
    repeat = models.ForeignKey(
        Repeat, on_delete=models.PROTECT, related_name="invoices", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    ordinal = models.PositiveIntegerField()
    due_on = models.DateField()
    version = models.SmallIntegerField()  # of what was agreed
    document_id = models.UUIDField()
    sending = models.CharField(max_length=7, blank=True, default="")
    refusal = models.JSONField(default=list)  # code, words and parameters of why it could not be sent
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repeat", "due_on"], name="repeat_day_once"),
            models.UniqueConstraint(fields=["repeat", "ordinal"], name="repeat_ordinal_once"),
            models.UniqueConstraint(fields=["document_id"], name="repeat_document_once"),
            models.CheckConstraint(condition=Q(sending__in=SENDINGS), name="repeat_sending_known"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="repeat_ordinal_from_one"),
        ]
        indexes = [
            models.Index(
                fields=["sending", "id"], name="repeat_to_send", condition=Q(sending__in=["waiting", "refused"])
            ),
        ]
