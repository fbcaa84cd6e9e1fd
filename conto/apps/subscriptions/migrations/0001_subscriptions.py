import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0010_preset_and_home"),
        ("catalog", "0002_grants"),
        ("crm", "0005_orders_that_carry_their_filters"),
        ("deals", "0005_calendar_feeds"),
        ("plans", "0002_guards"),
        ("quotes", "0003_contract_terms"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.CharField(db_collation="C", max_length=60)),
                (
                    "legal_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.legalentity",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"
                    ),
                ),
                (
                    "plan_version",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="plans.planversion",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deals.deal",
                    ),
                ),
                (
                    "quote",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="quotes.quote",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("currency", models.CharField(max_length=3)),
                ("price_mode", models.CharField(default="net", max_length=5)),
                ("zone", models.CharField(max_length=64)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("anchor_on", models.DateField(null=True)),
                ("interval", models.CharField(max_length=10)),
                ("count", models.PositiveSmallIntegerField()),
                ("is_calendar_aligned", models.BooleanField(default=False)),
                ("trial_days", models.PositiveSmallIntegerField(default=0)),
                ("proration", models.CharField(default="day", max_length=10)),
                ("downgrade", models.CharField(default="period_end", max_length=20)),
                ("keeps_anchor", models.BooleanField(default=False)),
                ("bills_changes_now", models.BooleanField(default=True)),
                ("bills_end_day", models.BooleanField(default=False)),
                ("commitment", models.DecimalField(decimal_places=12, default=0, max_digits=24)),
                ("coupons", models.JSONField(default=list)),
                ("collection", models.CharField(default="send", max_length=6)),
                ("is_reviewed", models.BooleanField(default=False)),
                ("bills_alone", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("next_bill_on", models.DateField(null=True)),
                ("settled_on", models.DateField(null=True)),
                ("settled_count", models.PositiveIntegerField(default=0)),
                ("drawn", models.JSONField(default=list)),
                ("final_on", models.DateField(null=True)),
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
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-made_at", "-id"], name="subscription_by_making"),
                    models.Index(fields=["customer", "-made_at"], name="subscription_of_customer"),
                    models.Index(
                        condition=models.Q(("next_bill_on__isnull", False)),
                        fields=["next_bill_on", "customer"],
                        name="subscription_due",
                    ),
                    models.Index(
                        condition=models.Q(("next_bill_on__isnull", False)),
                        fields=["customer", "next_bill_on"],
                        name="subscription_due_of_customer",
                    ),
                    models.Index(
                        condition=models.Q(("plan_version__isnull", False)),
                        fields=["plan_version"],
                        name="subscription_of_plan",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("legal_entity", "number"), name="subscription_number_once"),
                    models.UniqueConstraint(fields=("quote", "plan_version"), name="subscription_of_quote_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number", ""), _negated=True), name="subscription_has_a_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="subscription_has_a_title"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_mode__in", ["net", "gross"])), name="subscription_price_mode_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("interval__in", ["day", "week", "month", "quarter", "half_year", "year"])),
                        name="subscription_interval_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("collection__in", ["send", "charge"])), name="subscription_collection_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("proration__in", ["day", "second", "none"])),
                        name="subscription_proration_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("downgrade__in", ["now", "period_end", "now_without_credit"])),
                        name="subscription_downgrade_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 1)), name="subscription_count_at_least_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("commitment__gte", 0)), name="subscription_commitment_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="subscription_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionItem",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="subscriptions.subscription",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("change_ordinal", models.PositiveIntegerField(default=0)),
                ("key", models.CharField(db_collation="C", max_length=40)),
                ("name", models.CharField(max_length=200)),
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
                ("price", models.JSONField()),
                ("quantity", models.DecimalField(decimal_places=12, default=1, max_digits=24)),
                ("timing", models.CharField(default="advance", max_length=10)),
                ("measure", models.JSONField(null=True)),
                ("is_once", models.BooleanField(default=False)),
                ("ramp", models.JSONField(default=list)),
                ("unit_code", models.CharField(default="C62", max_length=3)),
                ("supply", models.CharField(default="services", max_length=10)),
                ("rate_class", models.CharField(default="standard", max_length=20)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "position"), name="subscription_item_once"),
                    models.UniqueConstraint(fields=("subscription", "key"), name="subscription_item_key_once"),
                    models.CheckConstraint(condition=models.Q(("position__gte", 1)), name="subscription_item_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 0)), name="subscription_item_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("timing__in", ["advance", "arrears"])),
                        name="subscription_item_timing_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionChange",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="subscriptions.subscription",
                    ),
                ),
                ("ordinal", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("takes_at", models.DateTimeField()),
                ("body", models.JSONField()),
                ("reason", models.CharField(blank=True, max_length=500)),
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
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "ordinal"), name="subscription_change_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ordinal__gte", 1)), name="subscription_change_from_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionCounter",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "legal_entity_id", "year", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "legal_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.legalentity",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("last_ordinal", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="BillingRun",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("until", models.DateField()),
                ("started_at", models.DateTimeField()),
                (
                    "started_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("alive_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("due_count", models.PositiveIntegerField(default=0)),
                ("settled_count", models.PositiveIntegerField(default=0)),
                ("aside_count", models.PositiveIntegerField(default=0)),
                ("document_count", models.PositiveIntegerField(default=0)),
                ("totals_minor", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [models.Index(fields=["-started_at", "-id"], name="billing_run_by_start")],
            },
        ),
        migrations.CreateModel(
            name="SetAside",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.billingrun",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("params", models.JSONField(default=dict)),
                ("reason", models.TextField()),
                ("noted_at", models.DateTimeField()),
                ("solved_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("run__isnull", False)), fields=["run"], name="set_aside_of_run")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("solved_at__isnull", True)), fields=("subscription",), name="set_aside_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
                ("ordinal", models.PositiveIntegerField()),
                ("settled_on", models.DateField()),
                ("net_minor", models.BigIntegerField()),
                ("document_ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.billingrun",
                    ),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("run__isnull", False)), fields=["run"], name="settlement_of_run")
                ],
                "constraints": [models.UniqueConstraint(fields=("subscription", "ordinal"), name="settlement_once")],
            },
        ),
        migrations.CreateModel(
            name="BilledCharge",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
                ("item_key", models.CharField(db_collation="C", max_length=40)),
                ("first_day", models.DateField()),
                ("price_version", models.CharField(db_collation="C", max_length=40)),
                ("quantity_pico", models.DecimalField(decimal_places=0, max_digits=30)),
                ("price", models.JSONField()),
                ("kind", models.CharField(max_length=12)),
                ("gross_minor", models.BigIntegerField(default=0)),
                ("discount_minor", models.BigIntegerField(default=0)),
                ("fixed_minor", models.JSONField(default=dict)),
                ("starts_at", models.BigIntegerField(default=0)),
                ("ends_at", models.BigIntegerField(default=0)),
                ("period_ends_at", models.BigIntegerField(default=0)),
                (
                    "left_minor",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("line_count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subscription", "item_key", "first_day", "price_version", "quantity_pico"),
                        name="billed_charge_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_minor__gte", 0), ("discount_minor__lte", models.F("gross_minor"))
                        ),
                        name="billed_charge_discount_in_gross",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BilledLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "charge_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "charge",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.billedcharge",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "settlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.settlement"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("gross_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField()),
                ("document_id", models.UUIDField(null=True)),
                ("position", models.PositiveSmallIntegerField(null=True)),
                ("credits", models.JSONField(default=list)),
                ("why", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="billed_line_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("document_id__isnull", True), ("position__isnull", True)),
                            models.Q(("document_id__isnull", False), ("position__isnull", False)),
                            _connector="OR",
                        ),
                        name="billed_line_has_its_place",
                    ),
                ],
            },
        ),
    ]
