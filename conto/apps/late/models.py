"""The rule for late charges, the charges and what became of them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.domain.late import BOUNDS, DEFAULT_RULE, LARGEST_MINOR

_AMOUNTS = ("fee_minor", "least_minor", "cap_minor")


class LateRule(models.Model):
    """What the business charges for paying late: one row, made when it is first set."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_on = models.BooleanField(default=False)
    counts_from = models.DateField(null=True)  # only invoices that fall due on this day or later
    grace_days = models.SmallIntegerField(default=DEFAULT_RULE.grace_days)
    yearly_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    cap_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    charge_day = models.SmallIntegerField(default=DEFAULT_RULE.charge_day)
    terms_days = models.SmallIntegerField(default=DEFAULT_RULE.terms_days)
    companies_only = models.BooleanField(default=True)
    issues_itself = models.BooleanField(default=False)
    last_run_on = models.DateField(null=True)  # the day of the last run that was not cut off
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="late_rule_only_one"),
            models.CheckConstraint(condition=Q(is_on=False) | Q(counts_from__isnull=False), name="late_rule_has_start"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__gte": low, f"{name}__lte": high}), name=f"late_{name}_in_bounds"
                )
                for name, (low, high) in BOUNDS.items()
            ),
        ]


class LateAmount(models.Model):
    """Fee, smallest amount and cap in one currency; 0 is none."""

    currency = models.CharField(max_length=3, primary_key=True)
    fee_minor = models.BigIntegerField(default=0)
    least_minor = models.BigIntegerField(default=0)
    cap_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="late_currency_is_a_code"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__gte": 0, f"{name}__lte": LARGEST_MINOR}), name=f"late_{name}_in_bounds"
                )
                for name in _AMOUNTS
            ),
        ]


class LateCharge(models.Model):
    """A fee, or the interest of some days, of one invoice. Append-only."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8)  # fee | interest
    document_id = models.UUIDField()  # the draft that charges it, and the document that this becomes
    position = models.PositiveSmallIntegerField()  # its line there, as the draft was made
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    capped_minor = models.BigIntegerField(default=0)  # interest that the cap kept off
    days = DateRangeField(null=True)  # of interest, half-open
    yearly_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    charged_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0, capped_minor__gte=0), name="late_charge_positive"),
            models.CheckConstraint(
                condition=Q(kind="fee", days=None) | Q(kind="interest", days__isnull=False, days__isempty=False),
                name="late_charge_is_fee_or_interest",
            ),
            models.UniqueConstraint(fields=["invoice"], condition=Q(kind="fee"), name="late_fee_once"),
            models.UniqueConstraint(fields=["document_id", "position"], name="late_charge_line_once"),
            ExclusionConstraint(
                name="late_day_once",
                expressions=[("invoice", RangeOperators.EQUAL), ("days", RangeOperators.OVERLAPS)],
            ),
        ]
        indexes = [
            models.Index(fields=["invoice", "at"], name="late_charge_of_invoice"),
            models.Index(fields=["-at", "-id"], name="late_charge_by_time"),
        ]


class LateWaiver(models.Model):
    """That a charge is not to be paid, why, and by whom it was said. Append-only."""

    charge = models.OneToOneField(LateCharge, on_delete=models.PROTECT, related_name="waiver", primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=300)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    # Where it was on paper already.
    credit_note = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="late_waiver_says_why")]


class LateExclusion(models.Model):
    """An invoice that is charged nothing more, with the reason."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+", primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=300)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="late_exclusion_says_why")]


class LateExemption(models.Model):
    """A customer who is charged nothing for paying late, with the reason."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="+", primary_key=True)
    reason = models.CharField(max_length=300)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="late_exemption_says_why")]
