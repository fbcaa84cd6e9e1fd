"""What the guardian looks at in this book, and below what billing runs issue nothing."""

from django.db import models
from django.db.models import Q

from conto.domain.guardian import BOUNDS, DEFAULT_RULES


class GuardianSettings(models.Model):
    """The switches and thresholds of the guardian: one row, made when they are first changed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    watches_amounts = models.BooleanField(default=DEFAULT_RULES.watches_amounts)
    watches_rhythm = models.BooleanField(default=DEFAULT_RULES.watches_rhythm)
    watches_duplicates = models.BooleanField(default=DEFAULT_RULES.watches_duplicates)
    least_documents = models.SmallIntegerField(default=DEFAULT_RULES.least_documents)
    amount_percent = models.SmallIntegerField(default=DEFAULT_RULES.amount_percent)
    rhythm_percent = models.SmallIntegerField(default=DEFAULT_RULES.rhythm_percent)
    rhythm_days = models.SmallIntegerField(default=DEFAULT_RULES.rhythm_days)
    duplicate_days = models.SmallIntegerField(default=DEFAULT_RULES.duplicate_days)
    review_hours = models.SmallIntegerField(default=DEFAULT_RULES.review_hours)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="guardian_settings_only_one"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__gte": low, f"{name}__lte": high}), name=f"guardian_{name}_in_bounds"
                )
                for name, (low, high) in BOUNDS.items()
            ),
        ]


class MinimumAmount(models.Model):
    """Below which amount to pay an invoice of a billing run is carried to the next one, in one currency."""

    currency = models.CharField(max_length=3, primary_key=True)
    amount_minor = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="minimum_above_zero"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="minimum_currency_is_a_code"),
        ]
