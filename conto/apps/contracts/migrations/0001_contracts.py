import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0009_own_fields_mark"),
        ("accounts", "__first__"),
        ("catalog", "0002_grants"),
        ("crm", "0002_grants"),
        ("deals", "0005_calendar_feeds"),
        ("quotes", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("family_id", models.UUIDField()),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("is_current", models.BooleanField(default=True)),
                ("number", models.CharField(blank=True, db_collation="C", max_length=60)),
                ("state", models.CharField(default="draft", max_length=10)),
                ("title", models.CharField(max_length=200)),
                ("clauses", models.TextField(blank=True)),
                ("currency", models.CharField(max_length=3)),
                ("price_mode", models.CharField(default="net", max_length=5)),
                ("applies_from", models.DateField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("renewal", models.CharField(default="none", max_length=4)),
                ("first_months", models.PositiveSmallIntegerField(default=0)),
                ("renewal_months", models.PositiveSmallIntegerField(default=0)),
                ("renewals", models.PositiveSmallIntegerField(default=0)),
                ("notice_days", models.PositiveSmallIntegerField(default=0)),
                ("line_count", models.PositiveSmallIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"
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
                    "legal_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.legalentity",
                    ),
                ),
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
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer"], name="contract_of_customer"),
                    models.Index(
                        condition=models.Q(("is_current", True)), fields=["-made_at", "-id"], name="contract_by_change"
                    ),
                    models.Index(condition=models.Q(("deal__isnull", False)), fields=["deal"], name="contract_of_deal"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("family_id", "version"), name="contract_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)), fields=("family_id",), name="contract_current_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("version", 1)), fields=("quote",), name="contract_of_quote_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("legal_entity", "number", "version"),
                        name="contract_number_once",
                    ),
                    models.UniqueConstraint(fields=("id", "line_count"), name="contract_line_target"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "active", "cancelled", "ended", "dropped"])),
                        name="contract_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("renewal__in", ["none", "auto", "ask"])), name="contract_renewal_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "dropped"]),
                            models.Q(("number", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="contract_agreed_has_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="contract_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("renewal", "none"),
                            models.Q(("first_months__gte", 1), ("renewal_months__gte", 1)),
                            _connector="OR",
                        ),
                        name="contract_renews_by_months",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContractCounter",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "legal_entity_id", "year", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("last_ordinal", models.PositiveIntegerField()),
                (
                    "legal_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.legalentity",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContractLine",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("line_count", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=300)),
                ("description", models.TextField(blank=True)),
                ("unit_code", models.CharField(default="C62", max_length=3)),
                ("unit_price", models.DecimalField(decimal_places=12, max_digits=24)),
                ("allowance_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                (
                    "contract",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="contracts.contract",
                    ),
                ),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "position"), name="contract_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", models.F("line_count"))),
                        name="contract_line_in_count",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="contract_line_not_negative"
                    ),
                ],
            },
        ),
    ]
