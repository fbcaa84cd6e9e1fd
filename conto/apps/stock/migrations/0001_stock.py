import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("catalog", "0002_grants"),
        ("crm", "0005_orders_that_carry_their_filters"),
        ("ledger", "0005_rebuild_open_items"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockItem",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("may_go_below_zero", models.BooleanField(default=True)),
                ("reorder_level", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("is_kept", models.BooleanField(default=True)),
                ("quantity", models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                ("value_minor", models.BigIntegerField(default=0)),
                ("average_minor", models.DecimalField(decimal_places=12, default=0, max_digits=30)),
                ("move_count", models.PositiveIntegerField(default=0)),
                ("begun_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.item"
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
                "constraints": [
                    models.UniqueConstraint(fields=("item", "legal_entity"), name="stock_of_item_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quantity", 0), ("value_minor", 0)),
                            models.Q(("quantity__gt", 0), ("value_minor__gte", 0)),
                            models.Q(("quantity__lt", 0), ("value_minor__lte", 0)),
                            _connector="OR",
                        ),
                        name="stock_value_fits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_kept", True), ("quantity", 0), _connector="OR"), name="stock_ends_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reorder_level", None), ("reorder_level__gte", 0), _connector="OR"),
                        name="stock_reorder_level_positive",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="StockMove",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("ordinal", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18)),
                ("value_minor", models.BigIntegerField()),
                ("quantity_after", models.DecimalField(decimal_places=6, max_digits=18)),
                ("value_after_minor", models.BigIntegerField()),
                ("average_after_minor", models.DecimalField(decimal_places=12, max_digits=30)),
                ("moved_on", models.DateField()),
                ("at", models.DateTimeField()),
                ("document_id", models.UUIDField(null=True)),
                ("position", models.PositiveSmallIntegerField(null=True)),
                ("is_opening", models.BooleanField(default=False)),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("actor_name", models.CharField(max_length=200)),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                (
                    "stock_item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="stock.stockitem",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stock_item", "ordinal"), name="stock_move_in_order"),
                    models.UniqueConstraint(
                        condition=models.Q(("document_id__isnull", False)),
                        fields=("document_id", "position", "kind"),
                        name="stock_line_moves_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "receipt"), models.Q(("reference", ""), _negated=True)),
                        fields=("stock_item", "reference"),
                        name="stock_receipt_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quantity_after", 0), ("value_after_minor", 0)),
                            models.Q(("quantity_after__gt", 0), ("value_after_minor__gte", 0)),
                            models.Q(("quantity_after__lt", 0), ("value_after_minor__lte", 0)),
                            _connector="OR",
                        ),
                        name="stock_move_value_fits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "receipt"), ("quantity__gt", 0), ("value_minor__gte", 0)),
                            models.Q(("kind", "issue"), ("quantity__lt", 0), ("value_minor__lte", 0)),
                            models.Q(("kind", "return"), ("quantity__gt", 0), ("value_minor__gte", 0)),
                            models.Q(
                                ("kind", "correction"), ("quantity", 0), models.Q(("value_minor", 0), _negated=True)
                            ),
                            models.Q(("kind", "count"), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="stock_move_direction",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("document_id", None),
                                ("position", None),
                                models.Q(("kind__in", ["issue", "return"]), _negated=True),
                            ),
                            models.Q(
                                ("document_id__isnull", False),
                                ("position__isnull", False),
                                ("kind__in", ["issue", "return", "correction"]),
                            ),
                            _connector="OR",
                        ),
                        name="stock_move_of_line",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry", None), ("value_minor", 0)),
                            models.Q(models.Q(("value_minor", 0), _negated=True), ("entry__isnull", False)),
                            _connector="OR",
                        ),
                        name="stock_move_is_booked",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="LineCost",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "document_id", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("document_id", models.UUIDField()),
                ("position", models.PositiveSmallIntegerField()),
                ("issued_on", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18)),
                ("net_minor", models.BigIntegerField(null=True)),
                ("cost_minor", models.BigIntegerField()),
                ("is_stocked", models.BooleanField()),
                ("corrects_id", models.UUIDField(null=True)),
                ("corrects_position", models.PositiveSmallIntegerField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.item"
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
                    models.Index(fields=["issued_on", "item"], name="line_cost_by_day"),
                    models.Index(
                        condition=models.Q(("corrects_id__isnull", False)),
                        fields=["corrects_id"],
                        name="line_cost_corrected",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects_id", None), ("corrects_position", None)),
                            models.Q(("corrects_id__isnull", False), ("corrects_position__isnull", False)),
                            _connector="OR",
                        ),
                        name="line_cost_corrects_a_line",
                    )
                ],
            },
        ),
    ]
