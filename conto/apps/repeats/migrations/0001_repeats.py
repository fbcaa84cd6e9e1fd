import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0010_preset_and_home"),
        ("catalog", "0002_grants"),
        ("crm", "0005_orders_that_carry_their_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Repeat",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("state", models.CharField(default="active", max_length=6)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("next_on", models.DateField(null=True)),
                ("made_count", models.PositiveIntegerField(default=0)),
                ("last_made_on", models.DateField(null=True)),
                ("held_code", models.CharField(blank=True, max_length=60)),
                ("held_reason", models.CharField(blank=True, max_length=500)),
                ("held_params", models.JSONField(default=dict)),
                ("source_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
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
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"
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
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer"], name="repeat_of_customer"),
                    models.Index(fields=["-changed_at", "-id"], name="repeat_by_change"),
                    models.Index(
                        condition=models.Q(("held_code", ""), ("state", "active")),
                        fields=["next_on", "id"],
                        name="repeat_due",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "paused", "ended"])), name="repeat_state_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="repeat_has_a_title"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_on", None), ("state", "ended")),
                            models.Q(models.Q(("state", "ended"), _negated=True), ("next_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="repeat_over_has_no_next",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_code", ""), ("state", "active"), _connector="OR"),
                        name="repeat_held_would_run",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("last_made_on", None), ("made_count", 0)),
                            models.Q(("last_made_on__isnull", False), ("made_count__gte", 1)),
                            _connector="OR",
                        ),
                        name="repeat_made_on_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("next_on", None),
                            ("last_made_on", None),
                            ("next_on__gt", models.F("last_made_on")),
                            _connector="OR",
                        ),
                        name="repeat_goes_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepeatInvoice",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("ordinal", models.PositiveIntegerField()),
                ("due_on", models.DateField()),
                ("version", models.SmallIntegerField()),
                ("document_id", models.UUIDField()),
                ("sending", models.CharField(blank=True, default="", max_length=7)),
                ("refusal", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm.customer",
                    ),
                ),
                (
                    "repeat",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="repeats.repeat",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sending__in", ["waiting", "refused"])),
                        fields=["sending", "id"],
                        name="repeat_to_send",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("repeat", "due_on"), name="repeat_day_once"),
                    models.UniqueConstraint(fields=("repeat", "ordinal"), name="repeat_ordinal_once"),
                    models.UniqueConstraint(fields=("document_id",), name="repeat_document_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sending__in", ["", "waiting", "sent", "refused", "settled"])),
                        name="repeat_sending_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("ordinal__gte", 1)), name="repeat_ordinal_from_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepeatVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("version", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("interval", models.CharField(max_length=5)),
                ("every", models.PositiveSmallIntegerField(default=1)),
                ("anchor_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("most_invoices", models.PositiveSmallIntegerField(null=True)),
                ("covers", models.CharField(default="ahead", max_length=8)),
                ("does", models.CharField(default="draft", max_length=5)),
                ("currency", models.CharField(max_length=3)),
                ("price_mode", models.CharField(default="net", max_length=5)),
                ("language", models.CharField(max_length=10)),
                ("terms_days", models.PositiveSmallIntegerField()),
                ("early_discount_percent", models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                ("early_discount_days", models.PositiveSmallIntegerField(null=True)),
                ("buyer_reference", models.CharField(blank=True, max_length=100)),
                ("order_reference", models.CharField(blank=True, max_length=100)),
                ("contract_reference", models.CharField(blank=True, max_length=100)),
                ("intro", models.TextField(blank=True)),
                ("notes", models.TextField(blank=True)),
                ("allowances", models.JSONField(default=list)),
                ("line_count", models.PositiveSmallIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repeat",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="repeats.repeat",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repeat", "version"), name="repeat_version_once"),
                    models.UniqueConstraint(fields=("id", "line_count"), name="repeat_line_target"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("every__gte", 1), ("every__lte", 120), ("interval__in", ["week", "month", "year"])
                        ),
                        name="repeat_rhythm_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("most_invoices", None), ("most_invoices__gte", 1), _connector="OR"),
                        name="repeat_ends_after_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("covers__in", ["ahead", "behind", "calendar"])), name="repeat_covers_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("does__in", ["draft", "issue", "send"])), name="repeat_does_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_mode__in", ["net", "gross"])), name="repeat_price_mode_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("line_count__gte", 1)), name="repeat_has_lines"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepeatLine",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("line_count", models.PositiveSmallIntegerField()),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=300)),
                ("description", models.TextField(blank=True)),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18)),
                ("unit_code", models.CharField(default="C62", max_length=3)),
                ("unit_price", models.DecimalField(decimal_places=12, max_digits=24)),
                ("base_quantity", models.DecimalField(decimal_places=6, default=1, max_digits=18)),
                ("allowance_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ("allowance_minor", models.BigIntegerField(default=0)),
                ("supply", models.CharField(default="services", max_length=10)),
                ("rate_class", models.CharField(default="standard", max_length=20)),
                ("tax_category", models.CharField(blank=True, max_length=2)),
                ("tax_rate", models.DecimalField(decimal_places=4, max_digits=7, null=True)),
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
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="repeats.repeatversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "position"), name="repeat_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1), ("position__lte", models.F("line_count"))),
                        name="repeat_line_in_count",
                    ),
                ],
            },
        ),
    ]
