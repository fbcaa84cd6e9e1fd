"""Drafts: documents before they have a number. They can change and be discarded."""

from django.db import models

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Contact, Customer
from conto.apps.deals.models import Deal
from conto.apps.invoicing.models.documents import DOCUMENT_KINDS, Document
from conto.apps.invoicing.models.series import DocumentTemplate, NumberSeries
from conto.apps.quotes.models import Quote


class Draft(models.Model):
    """A document in the making. Its id becomes the document's id when it is issued."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=12, default="invoice")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    series = models.ForeignKey(NumberSeries, null=True, on_delete=models.PROTECT, related_name="+")  # none: the default
    template = models.ForeignKey(DocumentTemplate, null=True, on_delete=models.SET_NULL, related_name="+")
    corrects = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")  # credit notes
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    deposits = models.ManyToManyField(Document, related_name="+")  # deducted on a final invoice
    currency = models.CharField(max_length=3)
    price_mode = models.CharField(max_length=5, default="net")  # net | gross
    language = models.CharField(max_length=10)
    terms_days = models.PositiveSmallIntegerField()
    early_discount_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    early_discount_days = models.PositiveSmallIntegerField(null=True)
    delivered_on = models.DateField(null=True)  # BT-72
    period_start_on = models.DateField(null=True)  # BT-73
    period_end_on = models.DateField(null=True)  # BT-74, the last day
    buyer_reference = models.CharField(max_length=100, blank=True)  # BT-10
    order_reference = models.CharField(max_length=100, blank=True)  # BT-13
    contract_reference = models.CharField(max_length=100, blank=True)  # BT-12
    intro = models.TextField(blank=True)
    notes = models.TextField(blank=True)  # BT-22
    overrides = models.JSONField(default=dict)  # {finding code: reason} accepted by a member who may
    keeps_lines = models.BooleanField(default=False, db_default=False)  # they bill a subscription
    charges_late = models.BooleanField(default=False, db_default=False)  # it charges for paying other invoices late
    held_for = models.CharField(max_length=400, blank=True, default="", db_default="")  # codes of findings, by spaces
    issues_at = models.DateTimeField(null=True)  # from when on it is issued by itself, unless somebody stops it
    goods_stay = models.BooleanField(default=False, db_default=False)  # with the customer, though they are credited
    carried_at = models.DateTimeField(null=True)  # since when it waits for more, below the minimum amount of a run
    carried_for = models.UUIDField(null=True)  # the subscription that has invoices of its own, by its plain id
    run_id = models.UUIDField(null=True)  # the billing run that made it, by its plain id
    # The first so many lines bill work of a project: their words and discounts can change, what they count cannot.
    bound_lines = models.PositiveSmallIntegerField(default=0, db_default=0)
    shown_total_minor = models.BigIntegerField(default=0)  # for lists; computed anew when it is issued
    version = models.PositiveIntegerField(default=1)  # rises with every change; a stale form is refused
    created_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=DOCUMENT_KINDS), name="draft_kind_known"),
            models.CheckConstraint(
                condition=~models.Q(kind="credit_note") | models.Q(corrects__isnull=False),
                name="draft_credit_note_corrects",
            ),
            models.CheckConstraint(
                condition=models.Q(issues_at=None) | models.Q(held_for=""), name="draft_held_is_not_issued_by_itself"
            ),
            models.CheckConstraint(
                condition=models.Q(carried_at=None) | models.Q(held_for="", issues_at=None, keeps_lines=True),
                name="draft_carried_waits_for_more",
            ),
        ]
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="draft_by_change"),
            models.Index(fields=["run_id"], name="draft_of_run", condition=models.Q(run_id__isnull=False)),
            models.Index(fields=["-changed_at", "-id"], name="draft_held", condition=~models.Q(held_for="")),
            models.Index(
                fields=["customer", "carried_at"], name="draft_carried", condition=models.Q(carried_at__isnull=False)
            ),
            models.Index(
                fields=["issues_at", "id"], name="draft_by_issue", condition=models.Q(issues_at__isnull=False)
            ),
        ]


class DraftLine(models.Model):
    """A line of a draft: what was typed; amounts are computed, never stored here."""

    id = models.UUIDField(primary_key=True)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
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
    tax_category = models.CharField(max_length=2, blank=True)  # blank: decided; else set by hand with the rate
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    period_start_on = models.DateField(null=True)
    period_end_on = models.DateField(null=True)
    corrects_position = models.PositiveSmallIntegerField(null=True)
    credit_minor = models.BigIntegerField(null=True)  # credit notes: what is credited of the line, if not its quantity

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "position"], name="draft_line_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]


class DraftAllowance(models.Model):
    """A discount or charge on the whole draft."""

    id = models.UUIDField(primary_key=True)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="allowances")
    position = models.PositiveSmallIntegerField()
    is_charge = models.BooleanField(default=False)
    reason = models.CharField(max_length=200)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    amount_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__isnull=True) ^ models.Q(amount_minor__isnull=True),
                name="draft_allowance_percent_or_amount",
            ),
        ]
