"""Prepaid credit of subscriptions: what was granted or sold, and what of it was used on which invoice."""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import Member
from conto.apps.invoicing.models import Document
from conto.apps.subscriptions.models.billed import Settlement
from conto.apps.subscriptions.models.subscriptions import Subscription

ENDINGS = ["lapsed", "cancelled", "paid_back"]


class PrepaidCredit(models.Model):
    """Credit that pays what is used. What was agreed stays; it ends once, when it lapses or somebody ends it."""

    id = models.UUIDField(primary_key=True)  # the key by which the engine knows it
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    ordinal = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()  # before tax, in the price mode of the subscription
    granted_on = models.DateField()
    lapses_on = models.DateField(null=True)  # the day after the last on which it pays
    reason = models.CharField(max_length=500)
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    net_minor = models.BigIntegerField(default=0)  # what of its deposit becomes revenue; nothing where it was given
    tax_category = models.CharField(max_length=2, blank=True)  # of its deposit
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    ended_kind = models.CharField(max_length=9, blank=True)
    ended_minor = models.BigIntegerField(null=True)  # what was left of it then
    ended_because = models.CharField(max_length=500, blank=True)
    ended_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "ordinal"], name="prepaid_credit_once"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="prepaid_credit_from_one"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="prepaid_credit_above_zero"),
            models.CheckConstraint(
                condition=Q(lapses_on__isnull=True) | Q(lapses_on__gt=F("granted_on")),
                name="prepaid_credit_lapses_after_it_begins",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="prepaid_credit_has_a_reason"),
            models.CheckConstraint(
                condition=Q(document__isnull=True, net_minor=0, tax_category="", tax_rate__isnull=True)
                | (Q(document__isnull=False, net_minor__gt=0, tax_rate__isnull=False) & ~Q(tax_category="")),
                name="prepaid_credit_given_or_sold",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_kind="", ended_minor__isnull=True)
                | Q(
                    ended_on__isnull=False, ended_kind__in=ENDINGS, ended_minor__gte=0,
                    ended_minor__lte=F("amount_minor"),
                ),
                name="prepaid_credit_ends_whole",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["lapses_on"], name="prepaid_credit_lapsing",
                condition=Q(lapses_on__isnull=False, ended_on__isnull=True),
            ),
        ]  # fmt: skip


class PrepaidUse(models.Model):
    """What was used of a credit with a settlement, and the line that says so; below zero it was given back."""

    id = models.UUIDField(primary_key=True)
    credit = models.ForeignKey(PrepaidCredit, on_delete=models.PROTECT, related_name="+")
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    document_id = models.UUIDField()  # a draft until it is issued, by the same id
    position = models.PositiveSmallIntegerField()  # of its first line there
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credit", "settlement"], name="prepaid_use_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="prepaid_use_moves"),
        ]
