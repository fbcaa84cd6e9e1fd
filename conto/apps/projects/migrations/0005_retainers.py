import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0005_orders_that_carry_their_filters"),
        ("projects", "0004_price_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Retainer",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="projects.project",
                    ),
                ),
                ("repeat_id", models.UUIDField()),
                ("minutes", models.PositiveIntegerField()),
                ("carry_periods", models.PositiveSmallIntegerField(default=0)),
                ("overage_rate", models.DecimalField(decimal_places=4, max_digits=13, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("set_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repeat_id",), name="retainer_of_one_repeat"),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__gte", 1), ("minutes__lte", 600000)),
                        name="retainer_minutes_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("carry_periods__lte", 24)), name="retainer_carries_not_too_far"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("overage_rate__isnull", True), ("overage_rate__gte", 0), _connector="OR"),
                        name="retainer_overage_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetainerClosing",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("until", models.DateField()),
                ("is_live", models.BooleanField(default=True)),
                ("closed_at", models.DateTimeField()),
                (
                    "bill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.projectbill",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closings",
                        to="projects.retainer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["project"], name="retainer_closing_of_project")],
                "constraints": [
                    models.UniqueConstraint(fields=("id", "project", "is_live"), name="retainer_closing_target"),
                    models.UniqueConstraint(fields=("bill",), name="retainer_closing_of_bill"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetainerPeriod",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("repeat_id", models.UUIDField()),
                ("document_id", models.UUIDField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("lapses_on", models.DateField()),
                ("minutes", models.PositiveIntegerField()),
                ("overage_rate", models.DecimalField(decimal_places=4, max_digits=13, null=True)),
                ("is_revoked", models.BooleanField(default=False)),
                ("granted_at", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="periods",
                        to="projects.retainer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "starts_on"), name="retainer_period_once"),
                    models.UniqueConstraint(fields=("document_id",), name="retainer_period_by_one_invoice"),
                    models.UniqueConstraint(fields=("id", "project"), name="retainer_period_target"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__lte", models.F("lapses_on")), ("starts_on__lt", models.F("ends_on"))
                        ),
                        name="retainer_period_has_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__gte", 1)), name="retainer_period_brings_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoveredWork",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "closing_id",
                        "entry_id",
                        "period_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("project_id", models.UUIDField()),
                ("is_live", models.BooleanField(default=True)),
                ("minutes", models.PositiveIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.workentry",
                    ),
                ),
                (
                    "closing",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="works",
                        to="projects.retainerclosing",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.retainerperiod",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["entry"], name="covered_work_of_entry"),
                    models.Index(fields=["period"], name="covered_work_of_period"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_live", True)),
                        fields=("entry", "period"),
                        name="work_covered_once_by_a_period",
                    ),
                    models.CheckConstraint(condition=models.Q(("minutes__gte", 1)), name="covered_work_of_something"),
                ],
            },
        ),
    ]
