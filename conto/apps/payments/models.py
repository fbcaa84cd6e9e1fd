"""Money that came in, what it paid, and what went back. Posted rows are append-only."""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.apps.ledger.models import Entry

METHODS = ["bank_transfer", "card", "cash", "cheque", "direct_debit", "other"]
CHECKOUT_STATES = ["created", "pending", "requires_action", "succeeded", "failed", "expired", "unknown"]
UNSETTLED_STATES = ["created", "pending", "requires_action", "unknown"]
GATEWAY_REFUND_STATES = ["asked", "succeeded", "failed", "unknown"]


class Checkout(models.Model):
    """One attempt of a customer to pay a document online. Committed before the gateway is asked."""

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="checkouts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=20, default="created")
    gateway_session = models.CharField(max_length=200, null=True)  # noqa: DJ001 -- unknown until the gateway answers
    page_url = models.CharField(max_length=500, blank=True)
    failure_code = models.CharField(max_length=60, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "gateway_session"], name="checkout_session_once"),
            models.CheckConstraint(condition=Q(state__in=CHECKOUT_STATES), name="checkout_state_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="checkout_positive"),
        ]
        indexes = [
            models.Index(
                fields=["changed_at"],
                name="checkout_unsettled",
                condition=Q(state__in=UNSETTLED_STATES),
            ),
        ]


class GatewayEvent(models.Model):
    """A webhook event of a gateway, applied once whatever the order or number of deliveries."""

    id = models.UUIDField(primary_key=True)
    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="gateway_event_once")]


class Payment(models.Model):
    """Money received from a customer; it becomes the customer's credit until it is allocated."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    method = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    received_on = models.DateField()
    recorded_at = models.DateTimeField()
    reference = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    checkout = models.OneToOneField(Checkout, null=True, on_delete=models.PROTECT, related_name="payment")
    gateway = models.CharField(max_length=20, blank=True)
    gateway_ref = models.CharField(max_length=200, null=True)  # noqa: DJ001 -- none for payments by hand
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=40, blank=True)
    external_ref = models.CharField(max_length=100, null=True)  # noqa: DJ001 -- no reference is not an empty one

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_positive"),
            models.CheckConstraint(condition=Q(method__in=METHODS), name="payment_method_known"),
            models.UniqueConstraint(
                fields=["gateway", "gateway_ref"],
                condition=Q(gateway_ref__isnull=False),
                name="payment_gateway_ref_once",
            ),
            models.UniqueConstraint(
                fields=["source", "external_ref"], condition=Q(external_ref__isnull=False), name="payment_imported_once"
            ),
        ]
        indexes = [
            models.Index(fields=["-received_on", "-id"], name="payment_by_date"),
            models.Index(fields=["customer", "-received_on"], name="payment_of_customer"),
            models.Index(fields=["amount_minor"], name="payment_by_amount"),
        ]


class Allocation(models.Model):
    """A part of a payment or credit note that settles an invoice. Undone by a reversal, never deleted."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(
        Payment, null=True, on_delete=models.PROTECT, related_name="allocations", db_index=False
    )
    credit_note = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    allocated_on = models.DateField()
    at = models.DateTimeField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="allocation_positive"),
            models.CheckConstraint(
                condition=Q(payment__isnull=True) ^ Q(credit_note__isnull=True), name="allocation_one_credit"
            ),
        ]
        indexes = [
            models.Index(fields=["document"], name="allocation_of_document"),
            models.Index(fields=["payment"], name="allocation_of_payment", condition=Q(payment__isnull=False)),
            models.Index(
                fields=["credit_note"], name="allocation_of_credit_note", condition=Q(credit_note__isnull=False)
            ),
        ]


class AllocationReversal(models.Model):
    """An allocation undone, once."""

    allocation = models.OneToOneField(Allocation, primary_key=True, on_delete=models.PROTECT, related_name="reversal")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")


class EarlyDiscount(models.Model):
    """The early-payment discount that a payment inside its window took; it corrects its share of tax.

    When the payment is un-allocated its entry is reversed, and a later payment may take it again.
    """

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="early_discounts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="early_discounts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    gross_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    at = models.DateTimeField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")) & Q(gross_minor__gt=0),
                name="early_discount_adds_up",
            ),
        ]


class Refund(models.Model):
    """Money given back from a customer's credit: of a payment or of a credit note."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="refunds")
    credit_note = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    refunded_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    gateway = models.CharField(max_length=20, blank=True)
    gateway_ref = models.CharField(max_length=200, null=True)  # noqa: DJ001 -- none for refunds by hand
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(payment__isnull=True) ^ Q(credit_note__isnull=True), name="refund_one_credit"
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_ref"],
                condition=Q(gateway_ref__isnull=False),
                name="refund_gateway_ref_once",
            ),
        ]


class GatewayRefund(models.Model):
    """How a refund fares at its gateway. The credit is spent before the gateway is asked, so it is never paid twice."""

    refund = models.OneToOneField(Refund, primary_key=True, on_delete=models.PROTECT, related_name="at_gateway")
    gateway = models.CharField(max_length=20)
    state = models.CharField(max_length=20, default="asked")
    gateway_ref = models.CharField(max_length=200, null=True)  # noqa: DJ001 -- unknown until the gateway answers
    failure = models.CharField(max_length=300, blank=True)
    reversal = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")  # of a failed one
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=GATEWAY_REFUND_STATES), name="gateway_refund_state_known"),
            models.CheckConstraint(
                condition=Q(state="failed") ^ Q(reversal__isnull=True), name="gateway_refund_failed_is_reversed"
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_ref"],
                condition=Q(gateway_ref__isnull=False),
                name="gateway_refund_ref_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["changed_at"], name="gateway_refund_unsettled", condition=Q(state__in=["asked", "unknown"])
            ),
        ]


class VisitCount(models.Model):
    """How often an address or link asked for public pages within one span of time."""

    pk = models.CompositePrimaryKey("caller", "since")
    caller = models.CharField(max_length=80, db_collation="C")  # a hash, never the address itself
    since = models.DateTimeField()
    visits = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["since"], name="visit_count_by_time")]
