"""Issued documents: written once, complete, and never changed.

The parts (lines, tax groups, allowances) are inserted before their document; when the document row arrives, the
database compares counts and sums, and the composite foreign keys refuse any later addition.
"""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import LegalEntity
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Customer
from conto.apps.deals.models import Deal
from conto.apps.invoicing.models.series import DocumentTemplate, NumberSeries
from conto.apps.ledger.models import Entry
from conto.apps.quotes.models import Quote

# The foreign keys of the parts are composite ones, (document, count), written in the migration of the guards.

DOCUMENT_KINDS = ["invoice", "deposit", "final", "credit_note"]


class Party(models.Model):
    """A seller or buyer as it stood on a document, kept once per content."""

    id = models.UUIDField(primary_key=True)
    sha256 = models.BinaryField(max_length=32, unique=True)
    body = models.JSONField()


class Document(models.Model):
    """An issued invoice, deposit invoice, final invoice or credit note."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=12)  # invoice | deposit | final | credit_note
    type_code = models.PositiveSmallIntegerField()  # BT-3: 380, 386, 381
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()  # of the counter; 0 without yearly restart
    ordinal = models.PositiveIntegerField()
    number = models.CharField(max_length=60, db_collation="C")  # BT-1
    issued_on = models.DateField()  # BT-2, in the legal entity's zone
    issued_at = models.DateTimeField()
    due_on = models.DateField()  # BT-9
    currency = models.CharField(max_length=3)  # BT-5
    minor_digits = models.PositiveSmallIntegerField()
    price_mode = models.CharField(max_length=5)
    language = models.CharField(max_length=10)
    seller = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    template = models.ForeignKey(
        DocumentTemplate, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="credit_notes", db_index=False
    )
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    lines_net_minor = models.BigIntegerField()  # BT-106
    allowances_minor = models.BigIntegerField(default=0)  # BT-107
    charges_minor = models.BigIntegerField(default=0)  # BT-108
    net_minor = models.BigIntegerField()  # BT-109
    tax_minor = models.BigIntegerField()  # BT-110
    gross_minor = models.BigIntegerField()  # BT-112
    prepaid_minor = models.BigIntegerField(default=0)  # BT-113
    rounding_minor = models.BigIntegerField(default=0)  # BT-114
    payable_minor = models.BigIntegerField()  # BT-115
    line_count = models.PositiveSmallIntegerField()
    tax_count = models.PositiveSmallIntegerField()
    allowance_count = models.PositiveSmallIntegerField(default=0)
    terms_days = models.PositiveSmallIntegerField()
    early_discount_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    early_discount_days = models.PositiveSmallIntegerField(null=True)
    details = models.JSONField(default=dict)  # references, dates of supply, texts: what only the paper shows
    content_sha256 = models.BinaryField(max_length=32)  # of the canonical computed document
    source = models.CharField(max_length=40, blank=True)
    external_ref = models.CharField(max_length=100, null=True)  # noqa: DJ001 -- no reference is not an empty one

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "ordinal"], name="document_ordinal_once"),
            models.UniqueConstraint(fields=["legal_entity", "number"], name="document_number_once"),
            models.UniqueConstraint(
                fields=["source", "external_ref"],
                name="document_imported_once",
                condition=Q(external_ref__isnull=False),
            ),
            models.UniqueConstraint(fields=["id", "line_count"], name="document_lines_declared"),
            models.UniqueConstraint(fields=["id", "tax_count"], name="document_taxes_declared"),
            models.UniqueConstraint(fields=["id", "allowance_count"], name="document_allowances_declared"),
            models.CheckConstraint(
                condition=Q(net_minor=F("lines_net_minor") - F("allowances_minor") + F("charges_minor")),
                name="document_net_adds_up",
            ),
            models.CheckConstraint(condition=Q(kind__in=DOCUMENT_KINDS), name="document_kind_known"),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="document_gross_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(payable_minor=F("gross_minor") - F("prepaid_minor") + F("rounding_minor")),
                name="document_payable_adds_up",
            ),
            models.CheckConstraint(condition=Q(payable_minor__gte=0), name="document_payable_not_negative"),
            models.CheckConstraint(
                condition=~Q(kind="credit_note") | Q(corrects__isnull=False), name="document_credit_note_corrects"
            ),
        ]
        indexes = [
            models.Index(fields=["-issued_on", "-id"], name="document_by_date"),
            models.Index(fields=["customer", "-issued_on", "-id"], name="document_of_customer"),
            models.Index(fields=["due_on", "id"], name="document_by_due"),
            models.Index(fields=["number"], name="document_by_number"),
            models.Index(fields=["payable_minor"], name="document_by_amount"),
            models.Index(fields=["quote"], name="document_of_quote", condition=Q(quote__isnull=False)),
            models.Index(fields=["deal"], name="document_of_deal", condition=Q(deal__isnull=False)),
            models.Index(fields=["corrects"], name="document_of_corrected", condition=Q(corrects__isnull=False)),
        ]


class DocumentLine(models.Model):
    """A line of an issued document (BG-25)."""

    pk = models.CompositePrimaryKey("document_id", "position")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    line_count = models.PositiveSmallIntegerField()
    customer_id = models.UUIDField()
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit_code = models.CharField(max_length=3)
    unit_price = models.DecimalField(max_digits=24, decimal_places=12)
    base_quantity = models.DecimalField(max_digits=18, decimal_places=6, default=1)
    minor_digits = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()  # quantity times price, rounded once
    allowance_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    allowance_minor = models.BigIntegerField(default=0)
    price_mode = models.CharField(max_length=5)
    net_minor = models.BigIntegerField()  # BT-131
    tax_category = models.CharField(max_length=2)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    tax_share_minor = models.BigIntegerField()  # the line's share of its group's tax, shown only
    period_start_on = models.DateField(null=True)
    period_end_on = models.DateField(null=True)
    corrects_position = models.PositiveSmallIntegerField(null=True)
    corrects_quantity = models.DecimalField(max_digits=18, decimal_places=6, null=True)  # 0: credited by amount only

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=F("line_count")), name="line_in_count"),
            models.CheckConstraint(
                condition=~Q(price_mode="net") | Q(net_minor=F("amount_minor") - F("allowance_minor")),
                name="line_net_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["item"], name="line_of_item", condition=Q(item__isnull=False))]


class DocumentTax(models.Model):
    """A tax group of an issued document (BG-23): once per category and rate."""

    pk = models.CompositePrimaryKey("document_id", "position")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="taxes", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    tax_count = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    exemption_code = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    taxable_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    is_by_line = models.BooleanField(default=False)  # rounded per line by setting, so the group's own rounding differs

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "category", "rate"], name="tax_group_once"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=F("tax_count")), name="tax_in_count"),
        ]


class DocumentAllowance(models.Model):
    """A discount or charge on an issued document (BG-20, BG-21), per tax category and rate."""

    pk = models.CompositePrimaryKey("document_id", "position")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="allowances", db_index=False, db_constraint=False
    )
    position = models.PositiveSmallIntegerField()
    allowance_count = models.PositiveSmallIntegerField()
    is_charge = models.BooleanField()
    source = models.PositiveSmallIntegerField()  # which of the allowances (or charges) as typed it is a part of
    reason = models.CharField(max_length=200)
    reason_code = models.CharField(max_length=10, blank=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    base_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()  # without tax
    tax_share_minor = models.BigIntegerField()  # shown only
    gross_minor = models.BigIntegerField()  # shown where prices include tax
    tax_category = models.CharField(max_length=2)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=F("allowance_count")), name="allowance_in_count"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="allowance_not_negative"),
        ]


class Prepayment(models.Model):
    """A deposit invoice deducted on a final invoice, once."""

    id = models.UUIDField(primary_key=True)
    final = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="prepayments")
    deposit = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="deducted_as")
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="prepayment_adds_up"),
        ]


class CheckOverride(models.Model):
    """A failed pre-issue check that a member let pass, with the reason."""

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="overrides")
    code = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    actor_name = models.CharField(max_length=200)
