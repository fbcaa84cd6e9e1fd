import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0007_address_links"),
        ("accounts", "__first__"),
        ("catalog", "0002_grants"),
        ("crm", "0002_grants"),
        ("deals", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Quote",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("family_id", models.UUIDField()),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("state", models.CharField(default="draft", max_length=10)),
                ("number", models.CharField(blank=True, db_collation="C", max_length=60)),
                ("currency", models.CharField(max_length=3)),
                ("price_mode", models.CharField(default="net", max_length=5)),
                ("language", models.CharField(max_length=10)),
                ("valid_until", models.DateField()),
                ("title", models.CharField(blank=True, max_length=200)),
                ("introduction", models.TextField(blank=True)),
                ("terms", models.TextField(blank=True)),
                ("discount_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ("billing_rule", models.CharField(default="full", max_length=12)),
                ("deposit_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ("milestones", models.JSONField(default=list)),
                ("issues_at_once", models.BooleanField(default=False)),
                ("terms_days", models.PositiveSmallIntegerField()),
                ("shown_total_minor", models.BigIntegerField(default=0)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("body", models.TextField(blank=True)),
                ("sha256", models.BinaryField(max_length=32, null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="crm.contact",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deals.deal"
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
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "previous",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="next", to="quotes.quote"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-changed_at", "-id"], name="quote_by_change"),
                    models.Index(fields=["state", "valid_until"], name="quote_by_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("family_id", "version"), name="quote_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("legal_entity", "number", "version"),
                        name="quote_number_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "sent", "accepted", "declined", "withdrawn", "superseded"])
                        ),
                        name="quote_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("billing_rule__in", ["full", "deposit", "milestones", "on_delivery"])),
                        name="quote_billing_rule_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "draft"),
                            models.Q(
                                ("sent_at__isnull", False),
                                ("sha256__isnull", False),
                                models.Q(("body", ""), _negated=True),
                                models.Q(("number", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="quote_sent_is_frozen",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuoteLine",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("section", models.CharField(blank=True, max_length=200)),
                ("kind", models.CharField(default="fixed", max_length=8)),
                ("choice_group", models.CharField(blank=True, max_length=100)),
                ("is_chosen", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=300)),
                ("description", models.TextField(blank=True)),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18)),
                ("unit_code", models.CharField(default="C62", max_length=3)),
                ("unit_price", models.DecimalField(decimal_places=12, max_digits=24)),
                ("list_price", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ("allowance_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
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
                    "quote",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="quotes.quote",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("quote", "position"), name="quote_line_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["fixed", "optional", "choice"])), name="quote_line_kind_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuoteApproval",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("revision", models.PositiveIntegerField()),
                ("discount_percent", models.DecimalField(decimal_places=4, max_digits=7)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("is_given", models.BooleanField(null=True)),
                ("answer", models.CharField(blank=True, max_length=500)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "quote",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="approvals",
                        to="quotes.quote",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("quote", "revision"), name="quote_approval_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("is_given__isnull", True)),
                            models.Q(("decided_at__isnull", False), ("is_given__isnull", False)),
                            _connector="OR",
                        ),
                        name="quote_approval_decided_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuoteCounter",
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
            name="QuoteRules",
            fields=[
                (
                    "legal_entity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.legalentity",
                    ),
                ),
                ("valid_days", models.PositiveSmallIntegerField(default=30)),
                ("discount_limit_percent", models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                ("terms", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="QuoteLink",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("token_sha256", models.BinaryField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("first_seen_at", models.DateTimeField(null=True)),
                ("last_seen_at", models.DateTimeField(null=True)),
                (
                    "quote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="quotes.quote"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuoteQuestion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("body", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "quote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="quotes.quote"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuoteAcceptance",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("family_id", models.UUIDField(unique=True)),
                ("name", models.CharField(max_length=200)),
                ("signature_kind", models.CharField(max_length=5)),
                ("signature", models.TextField()),
                ("address", models.CharField(blank=True, max_length=45)),
                ("agent", models.CharField(blank=True, max_length=300)),
                ("chosen", models.JSONField(default=list)),
                ("currency", models.CharField(max_length=3)),
                ("total_minor", models.BigIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                ("accepted_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"
                    ),
                ),
                (
                    "quote",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="acceptance", to="quotes.quote"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("signature_kind__in", ["drawn", "typed"])), name="quote_signature_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuoteDecline",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("reason", models.TextField(blank=True)),
                ("declined_at", models.DateTimeField()),
                (
                    "quote",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decline", to="quotes.quote"
                    ),
                ),
            ],
        ),
    ]
