"""Customers: one record for companies and people."""

from django.db import models

from conto.apps.accounts.models import Member
from conto.domain.consent import Purpose, Way

DELIVERY_METHODS = ["email_pdf", "einvoice", "portal", "post"]


class Customer(models.Model):
    """A company or person that buys, with the profile that a new invoice takes its terms from."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=10)  # company | person
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=200, db_collation="C")
    legal_name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)  # E.164
    website = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=10, default="en")
    currency = models.CharField(max_length=3)
    zone = models.CharField(max_length=50, blank=True)
    terms_days = models.PositiveSmallIntegerField(null=True)  # none: the seller's
    early_discount_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    early_discount_days = models.PositiveSmallIntegerField(null=True)
    delivery_method = models.CharField(max_length=20, default="email_pdf")
    payment_methods = models.JSONField(default=list)  # empty: all that the seller offers
    buyer_reference = models.CharField(max_length=100, blank=True)  # BT-10, Leitweg-ID
    electronic_address_scheme = models.CharField(max_length=10, blank=True)  # BT-49
    electronic_address = models.CharField(max_length=100, blank=True)
    is_tax_exempt = models.BooleanField(default=False)
    source = models.CharField(max_length=40, blank=True)
    external_ref = models.CharField(max_length=100, null=True)  # noqa: DJ001 -- no reference is not an empty one
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_ref"], name="customer_imported_once"),
            models.CheckConstraint(condition=models.Q(kind__in=["company", "person"]), name="customer_kind_known"),
            models.CheckConstraint(
                condition=models.Q(delivery_method__in=DELIVERY_METHODS), name="customer_delivery_known"
            ),
        ]
        indexes = [
            # What lists ask of each customer goes along, so that those whom they pass over are not read.
            models.Index(
                fields=["sort_key", "id"], name="customer_name_order", include=["archived_at", "owner", "kind"]
            ),
            models.Index(
                fields=["-created_at", "-id"], name="customer_age_order", include=["archived_at", "owner", "kind"]
            ),
            models.Index(fields=["owner", "sort_key", "id"], name="customer_of_owner"),
            models.Index(
                fields=["sort_key", "id"], name="customer_archived", condition=models.Q(archived_at__isnull=False)
            ),
        ]


class Contact(models.Model):
    """A person at a customer."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=200, db_collation="C")
    job_title = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    receives_invoices = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True)


class Consent(models.Model):
    """What a person agreed to or took back, for one purpose: a step after those before it, which stay."""

    id = models.UUIDField(primary_key=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=10)
    step = models.PositiveIntegerField()
    is_given = models.BooleanField()
    way = models.CharField(max_length=10)
    wording = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=45, blank=True)  # of the network, from where it was said
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    agreed_at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "purpose", "step"], name="consent_step_once"),
            models.CheckConstraint(
                condition=models.Q(purpose__in=[each.value for each in Purpose]), name="consent_purpose_known"
            ),
            models.CheckConstraint(condition=models.Q(way__in=[each.value for each in Way]), name="consent_way_known"),
            models.CheckConstraint(
                condition=models.Q(is_given=False) | ~models.Q(wording=""), name="consent_given_in_words"
            ),
        ]


class Address(models.Model):
    """Where a customer is billed or delivered to."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10)  # billing | delivery
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(kind="billing"), name="address_one_billing"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["billing", "delivery"]), name="address_kind_known"),
        ]
        indexes = [
            models.Index(fields=["country", "customer"], name="address_by_country", condition=models.Q(kind="billing")),
        ]


class TaxIdentifier(models.Model):
    """A tax number of a customer, and what is known of its validity."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tax_identifiers")
    country = models.CharField(max_length=2)
    value = models.CharField(max_length=40)
    is_vat = models.BooleanField(default=True)
    is_confirmed = models.BooleanField(default=False)  # by the authority or by hand, not only well formed
    confirmed_at = models.DateTimeField(null=True)
    consultation_number = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "value"], name="tax_identifier_once")]


class BankDetail(models.Model):
    """A bank account of a customer. The number is sealed; the last four digits are for the eye."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="bank_details")
    holder = models.CharField(max_length=200)
    iban_sealed = models.TextField()
    iban_last4 = models.CharField(max_length=4)
    bic = models.CharField(max_length=11, blank=True)
    changed_at = models.DateTimeField()


class Tag(models.Model):
    """A word that groups customers."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=50)
    folded = models.CharField(max_length=50, unique=True, db_collation="C")
    customers = models.ManyToManyField(Customer, related_name="tags")


class Note(models.Model):
    """What a member wrote down about a customer."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField()
    at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)


class SearchToken(models.Model):
    """A folded word by which a customer is found: of names, mails, phones (digits, also from the end)."""

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=80, db_collation="C")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+")
    is_person = models.BooleanField(db_default=False)  # as the customer is: a common word is asked for one kind alone

    class Meta:
        indexes = [
            models.Index(fields=["token", "customer"], include=["is_person"], name="search_by_word"),
            models.Index(fields=["customer", "token"], name="search_of_customer"),
        ]
