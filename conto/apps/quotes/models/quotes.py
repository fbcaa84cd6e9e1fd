"""Quotes with their lines and versions. A sent one is frozen; triggers refuse what would change it."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Contact, Customer
from conto.apps.deals.models import Deal
from conto.domain.renewal import USUAL_DAYS

STATES = ["draft", "sent", "accepted", "declined", "withdrawn", "superseded"]
RULES = ["full", "deposit", "milestones", "on_delivery"]
KINDS = ["fixed", "optional", "choice"]


class Quote(models.Model):
    """One version of a quote. All versions share the family, the number and at most one acceptance."""

    id = models.UUIDField(primary_key=True)
    family_id = models.UUIDField()  # the id of the first version
    version = models.PositiveSmallIntegerField(default=1)
    previous = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="next")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    state = models.CharField(max_length=10, default="draft")  # expired is asked of the day, never stored
    number = models.CharField(max_length=60, blank=True, db_collation="C")  # of the family
    currency = models.CharField(max_length=3)
    price_mode = models.CharField(max_length=5, default="net")  # net | gross
    language = models.CharField(max_length=10)
    valid_until = models.DateField()  # the last day
    title = models.CharField(max_length=200, blank=True)
    introduction = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    billing_rule = models.CharField(max_length=12, default="full")
    deposit_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    milestones = models.JSONField(default=list)  # [{"name": …, "percent": "30"}]
    contract_terms = models.JSONField(null=True)  # of the contract that acceptance makes; none: it makes none
    recurring = models.JSONField(default=list)  # what becomes subscriptions, as conto.apps.quotes.entries writes it
    issues_at_once = models.BooleanField(default=False)
    terms_days = models.PositiveSmallIntegerField()
    shown_total_minor = models.BigIntegerField(default=0)  # of the default choice; of the accepted one afterwards
    shown_monthly_minor = models.BigIntegerField(default=0)  # of what recurs, as chosen; before discounts and tax
    revision = models.PositiveIntegerField(default=1)  # rises with every change; a stale form is refused
    body = models.TextField(blank=True)  # the canonical content, once sent
    sha256 = models.BinaryField(max_length=32, null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # accepted, declined, withdrawn or superseded
    created_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["family_id", "version"], name="quote_version_once"),
            models.UniqueConstraint(
                fields=["legal_entity", "number", "version"], name="quote_number_once", condition=~Q(number="")
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="quote_state_known"),
            models.CheckConstraint(condition=Q(billing_rule__in=RULES), name="quote_billing_rule_known"),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (Q(sent_at__isnull=False) & Q(sha256__isnull=False) & ~Q(body="") & ~Q(number="")),
                name="quote_sent_is_frozen",
            ),
        ]
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="quote_by_change"),
            models.Index(fields=["state", "valid_until"], name="quote_by_state"),
        ]


class QuoteLine(models.Model):
    """A line of a quote as it was typed; amounts are computed, never stored here."""

    id = models.UUIDField(primary_key=True)
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=8, default="fixed")
    choice_group = models.CharField(max_length=100, blank=True)
    is_chosen = models.BooleanField(default=False)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit_code = models.CharField(max_length=3, default="C62")
    unit_price = models.DecimalField(max_digits=24, decimal_places=12)
    list_price = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    allowance_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    supply = models.CharField(max_length=10, default="services")
    rate_class = models.CharField(max_length=20, default="standard")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quote", "position"], name="quote_line_position_once"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="quote_line_kind_known"),
        ]


class QuoteApproval(models.Model):
    """That somebody asked for a discount above the limit, and what was decided; it holds for one revision."""

    id = models.UUIDField(primary_key=True)
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="approvals", db_index=False)
    revision = models.PositiveIntegerField()
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4)
    note = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    is_given = models.BooleanField(null=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quote", "revision"], name="quote_approval_once"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, is_given__isnull=True)
                | Q(decided_at__isnull=False, is_given__isnull=False),
                name="quote_approval_decided_whole",
            ),
        ]


class QuoteCounter(models.Model):
    """The last number given in a year; raised in the last statements of sending."""

    pk = models.CompositePrimaryKey("legal_entity_id", "year")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    last_ordinal = models.PositiveIntegerField()


class QuoteRules(models.Model):
    """How a seller makes quotes: how long they hold, and from which discount on somebody has to approve."""

    legal_entity = models.OneToOneField(LegalEntity, primary_key=True, on_delete=models.PROTECT, related_name="+")
    valid_days = models.PositiveSmallIntegerField(default=30)
    discount_limit_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)  # none: nobody is asked
    terms = models.TextField(blank=True)
    renewal_days = models.PositiveSmallIntegerField(default=USUAL_DAYS, db_default=USUAL_DAYS)  # 0: never
    renewal_mails = models.BooleanField(default=False, db_default=False)  # whether customers are reminded by mail
    changed_at = models.DateTimeField()
