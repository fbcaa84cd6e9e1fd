"""Money that came in, what it paid, and what went back. Posted rows are append-only."""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.apps.ledger.models import Entry
from conto.domain.collection import CollectionState

METHODS = ["bank_transfer", "card", "cash", "cheque", "direct_debit", "other"]
CHECKOUT_STATES = ["created", "pending", "requires_action", "succeeded", "failed", "expired", "unknown"]
UNSETTLED_STATES = ["created", "pending", "requires_action", "unknown"]
METHOD_STATES = ["wanted", "saved", "removed", "failed"]
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


class SavedMethod(models.Model):
    """What a customer agreed to have saved and charged; our row comes first, its id is the key at the gateway.

    The gateway's token is sealed. What is removed keeps it only until the gateway has heard that it is to forget it.
    """

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    gateway = models.CharField(max_length=20)
    state = models.CharField(max_length=8, default="wanted")
    # Paid with and saved at once; nothing: saved on a page of its own.
    checkout = models.OneToOneField(Checkout, null=True, on_delete=models.PROTECT, related_name="saving")
    page_url = models.CharField(max_length=500, blank=True)
    token_sealed = models.TextField(blank=True)
    brand = models.CharField(max_length=40, blank=True)
    last_four = models.CharField(max_length=4, blank=True)
    expires_on = models.DateField(null=True)  # its last day
    consent = models.TextField()  # word for word, as the customer read it
    consent_version = models.CharField(max_length=20)
    agreed_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    forget_at = models.DateTimeField(null=True)  # when the gateway is told, again, to forget what was removed
    forget_attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    forgotten_at = models.DateTimeField(null=True)  # when the gateway confirmed it
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=METHOD_STATES), name="saved_method_state_known"),
            models.CheckConstraint(condition=~Q(consent="") & ~Q(consent_version=""), name="saved_method_agreed_to"),
            models.CheckConstraint(
                condition=(Q(state="saved") | Q(forget_at__isnull=False)) ^ Q(token_sealed=""),
                name="saved_method_token_while_needed",
            ),
            models.CheckConstraint(
                condition=Q(forget_at__isnull=True) | Q(state="removed"), name="saved_method_forgotten_once_removed"
            ),
            models.CheckConstraint(condition=Q(last_four__regex="^([0-9]{4})?$"), name="saved_method_shows_four"),
            models.UniqueConstraint(
                fields=["customer", "gateway"], condition=Q(state="saved"), name="saved_method_one_of_customer"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-agreed_at"], name="saved_method_of_customer"),
            models.Index(fields=["changed_at"], name="saved_method_unheard", condition=Q(state="wanted")),
            models.Index(fields=["forget_at"], name="saved_method_to_forget", condition=Q(forget_at__isnull=False)),
        ]


class Collection(models.Model):
    """That an invoice is charged by itself, and how far that is. Made with the draft; charged once it is issued."""

    document_id = models.UUIDField(primary_key=True)  # the draft, and the document that this becomes
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, default=CollectionState.WAITING.value)
    reason = models.CharField(max_length=20, blank=True)
    failure = models.CharField(max_length=300, blank=True)  # as the gateway said it last
    attempts = models.PositiveSmallIntegerField(default=0)
    first_on = models.DateField(null=True)  # the day of the first attempt
    next_at = models.DateTimeField(null=True)  # when it is tried
    told_at = models.DateTimeField(null=True)  # when the invoice went to the customer to be paid by hand
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in CollectionState]), name="collection_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False) | (~Q(state="waiting") & Q(next_at__isnull=True)),
                name="collection_waits_for_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["customer", "dropped"]) | ~Q(reason=""), name="collection_ended_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="collection_due", condition=Q(state="waiting")),
            models.Index(
                fields=["changed_at"], name="collection_untold", condition=Q(state="customer", told_at__isnull=True)
            ),
            models.Index(fields=["customer"], name="collection_of_customer"),
        ]


class Charge(models.Model):
    """One attempt to charge an invoice: a checkout without a page. At most one of an invoice is under way."""

    checkout = models.OneToOneField(Checkout, primary_key=True, on_delete=models.PROTECT, related_name="charge")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="charges", db_index=False)
    method = models.ForeignKey(SavedMethod, on_delete=models.PROTECT, related_name="+", db_index=False)
    attempt = models.PositiveSmallIntegerField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "attempt"], name="charge_attempt_once"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(ended_at__isnull=True), name="charge_one_under_way"
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="charge_from_one"),
        ]
        indexes = [models.Index(fields=["method"], name="charge_of_method")]
