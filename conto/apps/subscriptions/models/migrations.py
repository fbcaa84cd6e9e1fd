"""Migrations: subscriptions that are taken to another version of their plan together, and what became of each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.plans.models import Plan, PlanVersion
from conto.apps.subscriptions.models.subscriptions import Subscription

COUNTS_FROM = ["period", "day"]
OUTCOMES = ["planned", "moved", "stays", "changed"]  # changed: something had happened since it was shown


class PlanMigration(models.Model):
    """One act. It is worked out first, then shown, and done as it was shown when somebody confirms it."""

    id = models.UUIDField(primary_key=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_versions = ArrayField(models.PositiveSmallIntegerField())
    counts_from = models.CharField(max_length=6)
    on = models.DateField(null=True)  # the local day; nothing: when it was made, or each subscription's next period
    chosen_ids = ArrayField(models.UUIDField(), null=True)  # nothing: all subscriptions
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    alive_at = models.DateTimeField()  # when it last wrote a chunk
    shown_at = models.DateTimeField(null=True)  # when all of it was worked out
    confirmed_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(counts_from__in=COUNTS_FROM), name="plan_migration_counts_known"),
            models.CheckConstraint(
                condition=Q(counts_from="day") | Q(on__isnull=True), name="plan_migration_day_only_where_asked"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(shown_at__isnull=False),
                name="plan_migration_shown_first",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="plan_migration_confirmed_first",
            ),
        ]
        indexes = [models.Index(fields=["plan", "-made_at"], name="plan_migration_of_plan")]


class MigrationRow(models.Model):
    """What a migration does with one subscription: as it was shown, and what became of it."""

    id = models.UUIDField(primary_key=True)  # of the change that it makes, too: so it is made once
    migration = models.ForeignKey(PlanMigration, on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_version = models.PositiveSmallIntegerField()
    subscription_version = models.PositiveIntegerField()  # as it was shown
    outcome = models.CharField(max_length=7)
    reason = models.CharField(max_length=20, blank=True)  # why it stays
    item = models.CharField(max_length=200, blank=True)  # for which it stays
    counts_on = models.DateField(null=True)
    before_minor = models.BigIntegerField()  # what recurs a month on that day
    after_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["migration", "subscription"], name="migration_row_once"),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="migration_row_outcome_known"),
            models.CheckConstraint(
                condition=(Q(outcome="stays") & ~Q(reason="")) | (~Q(outcome="stays") & Q(reason="")),
                name="migration_row_stays_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(outcome="stays") | Q(counts_on__isnull=False), name="migration_row_counts_on_a_day"
            ),
            models.CheckConstraint(
                condition=Q(before_minor__gte=0, after_minor__gte=0), name="migration_row_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["migration", "outcome", "id"], name="migration_row_by_outcome"),
            models.Index(fields=["subscription", "-id"], name="migration_row_moved", condition=Q(outcome="moved")),
        ]
