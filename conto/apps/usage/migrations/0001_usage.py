import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("subscriptions", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("batch_id", models.UUIDField()),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
                ("event_key", models.CharField(db_collation="C", max_length=100)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("metric", models.CharField(db_collation="C", max_length=100)),
                ("happened_at", models.DateTimeField()),
                ("day", models.DateField()),
                ("value", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ("properties", models.JSONField(default=dict)),
                ("known_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subscription", "metric", "day"], name="usage_event_by_day"),
                    models.Index(fields=["subscription", "known_at"], name="usage_event_by_arrival"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "event_key", "revision"), name="usage_event_once"),
                    models.CheckConstraint(
                        condition=models.Q(("event_key", ""), _negated=True), name="usage_event_has_a_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("metric", ""), _negated=True), name="usage_event_has_a_metric"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__isnull", False), ("revision__gte", 1), _connector="OR"),
                        name="usage_event_begins_with_a_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyUsage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subscription_id",
                        "metric",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
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
                ("metric", models.CharField(db_collation="C", max_length=100)),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("total", models.DecimalField(decimal_places=12, max_digits=36)),
                ("greatest", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ("last_value", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("last_key", models.CharField(db_collation="C", max_length=100, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("count", 0),
                                ("greatest__isnull", True),
                                ("last_at__isnull", True),
                                ("last_key__isnull", True),
                                ("last_value__isnull", True),
                                ("total", 0),
                            ),
                            models.Q(
                                ("count__gte", 1),
                                ("greatest__isnull", False),
                                ("last_at__isnull", False),
                                ("last_key__isnull", False),
                                ("last_value__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="daily_usage_is_empty_or_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("greatest__isnull", True), ("last_value__lte", models.F("greatest")), _connector="OR"
                        ),
                        name="daily_usage_last_in_greatest",
                    ),
                ],
            },
        ),
    ]
