"""What a subscription lets its customer use otherwise than its plan does."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.subscriptions.models.subscriptions import Subscription

EFFECTS = ["grant", "refuse", "as_plan"]


class FeatureOverride(models.Model):
    """What was said of a feature for one subscription. It stays; the latest of a key counts."""

    id = models.UUIDField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    ordinal = models.PositiveIntegerField()
    key = models.CharField(max_length=40, db_collation="C")
    name = models.CharField(max_length=200)
    effect = models.CharField(max_length=7)
    most = models.DecimalField(max_digits=24, decimal_places=12, null=True)  # nothing: as much as they like
    unit = models.CharField(max_length=40, blank=True)
    until = models.DateField(null=True)  # the last day on which it counts
    reason = models.CharField(max_length=500)
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "ordinal"], name="feature_override_once"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="feature_override_from_one"),
            models.CheckConstraint(condition=Q(effect__in=EFFECTS), name="feature_override_known"),
            models.CheckConstraint(condition=~Q(key="") & ~Q(name=""), name="feature_override_is_named"),
            models.CheckConstraint(condition=~Q(reason=""), name="feature_override_has_a_reason"),
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(most__gte=0, effect="grant"), name="feature_override_most_granted"
            ),
        ]
