import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("catalog", "0002_grants"),
    ]

    operations = [
        migrations.CreateModel(
            name="Coupon",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.CharField(db_collation="C", max_length=40, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "item_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), null=True, size=None
                    ),
                ),
                ("periods", models.PositiveSmallIntegerField(null=True)),
                ("given_until", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="coupon_has_a_code"),
                    models.CheckConstraint(
                        condition=models.Q(("percent__gte", 0), ("percent__lte", 100)), name="coupon_percent_is_share"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount_minor", 0), ("currency", ""), ("percent__gt", 0)),
                            models.Q(
                                ("amount_minor__gt", 0), ("percent", 0), models.Q(("currency", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="coupon_percent_or_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("periods__isnull", True), ("periods__gte", 1), _connector="OR"),
                        name="coupon_for_a_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.CharField(db_collation="C", max_length=40, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True)),
                ("currency", models.CharField(max_length=3)),
                ("price_mode", models.CharField(default="net", max_length=5)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="plan_has_a_code"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="plan_has_a_name"),
                    models.CheckConstraint(
                        condition=models.Q(("price_mode__in", ["net", "gross"])), name="plan_price_mode_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("version", models.PositiveSmallIntegerField()),
                ("interval", models.CharField(default="month", max_length=10)),
                ("count", models.PositiveSmallIntegerField(default=1)),
                ("is_calendar_aligned", models.BooleanField(default=False)),
                ("trial_days", models.PositiveSmallIntegerField(default=0)),
                ("proration", models.CharField(default="day", max_length=10)),
                ("downgrade", models.CharField(default="period_end", max_length=20)),
                ("keeps_anchor", models.BooleanField(default=False)),
                ("bills_changes_now", models.BooleanField(default=True)),
                ("bills_end_day", models.BooleanField(default=False)),
                ("commitment", models.DecimalField(decimal_places=12, default=0, max_digits=24)),
                ("item_count", models.PositiveSmallIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="plans.plan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "version"), name="plan_version_once"),
                    models.UniqueConstraint(fields=("id", "item_count"), name="plan_item_target"),
                    models.CheckConstraint(
                        condition=models.Q(("interval__in", ["day", "week", "month", "quarter", "half_year", "year"])),
                        name="plan_interval_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("proration__in", ["day", "second", "none"])), name="plan_proration_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("downgrade__in", ["now", "period_end", "now_without_credit"])),
                        name="plan_downgrade_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="plan_count_at_least_one"),
                    models.CheckConstraint(
                        condition=models.Q(("commitment__gte", 0)), name="plan_commitment_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanItem",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("item_count", models.PositiveSmallIntegerField()),
                ("key", models.CharField(db_collation="C", max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("price", models.JSONField()),
                ("quantity", models.DecimalField(decimal_places=12, default=1, max_digits=24)),
                ("timing", models.CharField(default="advance", max_length=10)),
                ("measure", models.JSONField(null=True)),
                ("is_once", models.BooleanField(default=False)),
                ("ramp", models.JSONField(default=list)),
                ("unit_code", models.CharField(default="C62", max_length=3)),
                ("supply", models.CharField(default="services", max_length=10)),
                ("rate_class", models.CharField(default="standard", max_length=20)),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.item",
                    ),
                ),
                (
                    "plan_version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="plans.planversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("plan_version", "position"), name="plan_item_once"),
                    models.UniqueConstraint(fields=("plan_version", "key"), name="plan_item_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", models.F("item_count"))),
                        name="plan_item_in_count",
                    ),
                    models.CheckConstraint(condition=models.Q(("quantity__gte", 0)), name="plan_item_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("timing__in", ["advance", "arrears"])), name="plan_item_timing_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_once", False), ("measure__isnull", True), _connector="OR"),
                        name="plan_item_measured_again",
                    ),
                ],
            },
        ),
    ]
