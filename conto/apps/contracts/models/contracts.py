"""Contracts, version by version, and the prices that they agree."""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Customer
from conto.apps.deals.models import Deal
from conto.apps.quotes.models import Quote

STATES = ["draft", "active", "cancelled", "ended", "dropped"]
RENEWALS = ["none", "auto", "ask"]


class Contract(models.Model):
    """One version of a contract. All versions share the family; exactly one is current, and none ever changes."""

    id = models.UUIDField(primary_key=True)
    family_id = models.UUIDField()  # the id of the first version, by which a contract is known
    version = models.PositiveSmallIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=60, blank=True, db_collation="C")  # of the family, once it is agreed
    state = models.CharField(max_length=10, default="draft")  # over when its last day is past, whatever stands here
    title = models.CharField(max_length=200)
    clauses = models.TextField(blank=True)
    currency = models.CharField(max_length=3)
    price_mode = models.CharField(max_length=5, default="net")  # net | gross
    applies_from = models.DateField()  # from this day on this version counts
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # the last day
    renewal = models.CharField(max_length=4, default="none")
    first_months = models.PositiveSmallIntegerField(default=0)
    renewal_months = models.PositiveSmallIntegerField(default=0)
    renewals = models.PositiveSmallIntegerField(default=0)  # of one that asks
    notice_days = models.PositiveSmallIntegerField(default=0)
    line_count = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500, blank=True)  # why there is this version
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["family_id", "version"], name="contract_version_once"),
            models.UniqueConstraint(fields=["family_id"], condition=Q(is_current=True), name="contract_current_once"),
            models.UniqueConstraint(fields=["quote"], condition=Q(version=1), name="contract_of_quote_once"),
            models.UniqueConstraint(
                fields=["legal_entity", "number", "version"], name="contract_number_once", condition=~Q(number="")
            ),
            models.UniqueConstraint(fields=["id", "line_count"], name="contract_line_target"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="contract_state_known"),
            models.CheckConstraint(condition=Q(renewal__in=RENEWALS), name="contract_renewal_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"]) | ~Q(number=""), name="contract_agreed_has_number"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="contract_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(renewal="none") | Q(first_months__gte=1, renewal_months__gte=1),
                name="contract_renews_by_months",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="contract_of_customer"),
            models.Index(fields=["-made_at", "-id"], name="contract_by_change", condition=Q(is_current=True)),
            models.Index(fields=["deal"], name="contract_of_deal", condition=Q(deal__isnull=False)),
        ]


class ContractLine(models.Model):
    """A price that a version of a contract agrees."""

    id = models.UUIDField(primary_key=True)
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    line_count = models.PositiveSmallIntegerField()  # of the version
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    unit_code = models.CharField(max_length=3, default="C62")
    unit_price = models.DecimalField(max_digits=24, decimal_places=12)
    allowance_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "position"], name="contract_line_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=F("line_count")), name="contract_line_in_count"
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="contract_line_not_negative"),
        ]


class ContractCounter(models.Model):
    """The last number given in a year; raised when a contract is agreed."""

    pk = models.CompositePrimaryKey("legal_entity_id", "year")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    last_ordinal = models.PositiveIntegerField()
