"""What recurs a month of all subscriptions: its movements, each counting from its day."""

from django.db import models
from django.db.models import Q

from conto.apps.crm.models import Customer
from conto.apps.subscriptions.models.subscriptions import Subscription

MOVEMENTS = ["new", "expansion", "reactivation", "contraction", "churn"]


class RecurringMovement(models.Model):
    """A difference of what recurs a month of a subscription. It stays; what is known better is a further one."""

    id = models.UUIDField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    counts_on = models.DateField()  # a local day of the subscription; it may lie ahead
    kind = models.CharField(max_length=12)  # what the day is to the customer, by all of its subscriptions
    amount_minor = models.BigIntegerField()  # a month
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MOVEMENTS), name="recurring_movement_known"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="recurring_movement_moves"),
        ]
        indexes = [
            models.Index(fields=["customer", "currency", "counts_on"], name="recurring_of_customer"),
            models.Index(fields=["subscription"], name="recurring_of_subscription"),
            models.Index(fields=["currency", "counts_on"], include=["kind", "amount_minor"], name="recurring_by_day"),
        ]
