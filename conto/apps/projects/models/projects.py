"""Projects and what an hour in them costs."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Customer
from conto.apps.deals.models import Deal
from conto.apps.quotes.models import Quote
from conto.domain.project import STEPS


class Project(models.Model):
    """Work for a customer under one name."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    deal = models.ForeignKey(Deal, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    quote = models.ForeignKey(Quote, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)  # an hour
    number = models.CharField(max_length=60, db_collation="C")
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=6, default="open")
    currency = models.CharField(max_length=3)
    budget_minor = models.BigIntegerField(null=True)
    step_minutes = models.PositiveSmallIntegerField(default=1)  # time is billed in whole steps, rounded up
    version = models.PositiveIntegerField(default=1)  # rises with every change; a stale form is refused
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "number"], name="project_number_once"),
            models.UniqueConstraint(fields=["id", "customer"], name="project_of_customer_target"),
            models.CheckConstraint(condition=~Q(name=""), name="project_has_a_name"),
            models.CheckConstraint(condition=Q(state__in=["open", "closed"]), name="project_state_known"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="project_currency_is_a_code"),
            models.CheckConstraint(condition=Q(step_minutes__in=STEPS), name="project_step_known"),
            models.CheckConstraint(
                condition=Q(budget_minor__isnull=True) | Q(budget_minor__gt=0), name="project_budget_above_zero"
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="project_of_customer"),
            models.Index(fields=["-changed_at", "-id"], name="project_by_change"),
        ]


class ProjectCounter(models.Model):
    """The last number given in a year; raised when a project is opened."""

    pk = models.CompositePrimaryKey("legal_entity_id", "year")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    last_ordinal = models.PositiveIntegerField()


class ProjectRate(models.Model):
    """What an hour costs from a day on: of a person in a project, of a project, or of a person everywhere."""

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=13, decimal_places=4)  # major units
    starts_on = models.DateField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "member", "currency", "starts_on"], nulls_distinct=False, name="project_rate_once"
            ),
            models.CheckConstraint(
                condition=Q(project__isnull=False) | Q(member__isnull=False), name="project_rate_of_something"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="project_rate_not_negative"),
        ]
        indexes = [models.Index(fields=["member"], name="project_rate_of_member")]
