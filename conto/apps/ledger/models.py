"""The ledger: accounts, journal entries and two-account transfers. Append-only.

An imbalance cannot be written down: every transfer debits one account and credits another by the same amount.
"""

from django.db import models

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.models import Customer


class Account(models.Model):
    """A ledger account of a legal entity in one currency."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=20)
    role = models.CharField(max_length=30)  # conto.domain.journal.AccountRole
    kind = models.CharField(max_length=10)  # asset | liability | equity | income | expense
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "currency", "code"], name="account_code_once"),
            models.UniqueConstraint(fields=["legal_entity", "currency", "role"], name="account_role_once"),
            models.UniqueConstraint(fields=["id", "legal_entity", "currency"], name="account_of_entity_currency"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["asset", "liability", "equity", "income", "expense"]),
                name="account_kind_known",
            ),
        ]


class Entry(models.Model):
    """A journal entry: `transfer_count` transfers that belong together and are complete for ever."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=30)  # conto.domain.journal.EntryKind
    dated_on = models.DateField()
    at = models.DateTimeField()
    subject_id = models.UUIDField()  # the document, payment, allocation … that caused it
    transfer_count = models.PositiveSmallIntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    memo = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "transfer_count"], name="entry_count_declared"),
            models.UniqueConstraint(fields=["subject_id", "kind"], name="entry_once_per_subject"),
        ]
        indexes = [models.Index(fields=["dated_on", "id"], name="entry_by_date")]


class Transfer(models.Model):
    """One amount from the credited to the debited account. Insert the transfers before their entry."""

    pk = models.CompositePrimaryKey("entry_id", "ordinal")
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="transfers", db_index=False, db_constraint=False
    )
    ordinal = models.PositiveSmallIntegerField()
    transfer_count = models.PositiveSmallIntegerField()
    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    currency = models.CharField(max_length=3)
    debit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    credit_account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    amount_minor = models.BigIntegerField()
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    receivable_id = models.UUIDField(null=True)  # the document whose receivable is debited or credited
    credit_id = models.UUIDField(null=True)  # the payment or credit note whose credit is made or used
    opens_item = models.BooleanField(default=False)  # makes the receivable or credit, rather than settling it
    tax_category = models.CharField(max_length=2, null=True)  # noqa: DJ001 -- no tax is not an empty category
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="transfer_positive"),
            models.CheckConstraint(
                condition=models.Q(ordinal__gte=1, ordinal__lte=models.F("transfer_count")), name="transfer_in_count"
            ),
            models.CheckConstraint(
                condition=~models.Q(debit_account=models.F("credit_account")), name="transfer_two_accounts"
            ),
            models.CheckConstraint(
                condition=models.Q(receivable_id=None, credit_id=None) | models.Q(customer__isnull=False),
                name="transfer_item_has_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="transfer_of_customer", condition=models.Q(customer__isnull=False)),
            models.Index(
                fields=["receivable_id"], name="transfer_of_receivable", condition=models.Q(receivable_id__isnull=False)
            ),
            models.Index(fields=["credit_id"], name="transfer_of_credit", condition=models.Q(credit_id__isnull=False)),
        ]


class OpenItem(models.Model):
    """What is still open of a receivable (invoice) or a credit (payment, credit note).

    The database keeps it from the transfers, in the same statement; nobody else may write it. `open_minor` can
    neither fall below zero nor rise above `charged_minor`: an over-allocation is refused here, whatever its way.
    """

    item_id = models.UUIDField(primary_key=True)
    side = models.CharField(max_length=10)  # receivable | credit
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    charged_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(open_minor__gte=0, open_minor__lte=models.F("charged_minor")),
                name="open_item_within_charge",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="open_item_of_customer", condition=models.Q(open_minor__gt=0)),
            models.Index(fields=["side", "item_id"], name="open_item_open", condition=models.Q(open_minor__gt=0)),
        ]


class Closing(models.Model):
    """A step in the life of a closing date: closed up to a day, or opened again. Append-only.

    A close keeps what every account had been debited and credited up to its day, and the hash of that and of the
    step before; both can be computed anew from the transfers at any time.
    """

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)  # closed | reopened
    closed_until = models.DateField(null=True)  # the last closed day after this step; nothing: all is open
    at = models.DateTimeField()
    actor_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True)
    totals = models.JSONField(default=list)  # [[account id, debited, credited], …] of a close
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "ordinal"], name="closing_in_order"),
            models.CheckConstraint(
                condition=models.Q(kind="closed", closed_until__isnull=False)
                | models.Q(kind="reopened") & ~models.Q(reason=""),
                name="closing_says_what_and_why",
            ),
        ]


class ClosedPeriod(models.Model):
    """How far a legal entity's books are closed now. The database keeps it from the closings; nobody else writes it.

    Whoever posts holds this row against changes until the end of the transaction, so a close waits for postings that
    have begun, and postings that come while it closes wait for it.
    """

    legal_entity = models.OneToOneField(LegalEntity, on_delete=models.PROTECT, related_name="+", primary_key=True)
    ordinal = models.PositiveIntegerField(default=0)  # of the last closing
    closed_until = models.DateField(null=True)
