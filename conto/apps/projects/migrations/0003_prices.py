import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("projects", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="FixedPrice",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="projects.project",
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("method", models.CharField(max_length=10)),
                ("retention_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ("agreed_by", models.CharField(max_length=200)),
                ("agreed_on", models.DateField()),
                ("set_at", models.DateTimeField()),
                ("accepted_by", models.CharField(blank=True, max_length=200)),
                ("accepted_on", models.DateField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="fixed_price_above_zero"),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["milestones", "percent"])), name="fixed_price_method_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("retention_percent__gte", 0), ("retention_percent__lt", 100)),
                        name="fixed_price_retention_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("agreed_by", ""), _negated=True), name="fixed_price_agreed_by_somebody"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at__isnull", True), ("accepted_on__isnull", True)),
                            models.Q(
                                ("accepted_at__isnull", False),
                                ("accepted_on__isnull", False),
                                models.Q(("accepted_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="fixed_price_accepted_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("percent", models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                ("due_on", models.DateField(null=True)),
                ("reached_on", models.DateField(null=True)),
                ("reached_at", models.DateTimeField(null=True)),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="projects.fixedprice",
                    ),
                ),
                (
                    "reached_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "position"), name="milestone_position_once"),
                    models.UniqueConstraint(fields=("id", "project"), name="milestone_of_project_target"),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="milestone_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount_minor__gt", 0), ("percent__isnull", True)),
                            models.Q(("amount_minor__isnull", True), ("percent__gt", 0), ("percent__lte", 100)),
                            _connector="OR",
                        ),
                        name="milestone_is_amount_or_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reached_at__isnull", False), ("reached_on__isnull", False)),
                            models.Q(
                                ("reached_at__isnull", True), ("reached_by__isnull", True), ("reached_on__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="milestone_reached_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BilledMilestone",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bill_id", "milestone_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("project_id", models.UUIDField()),
                ("is_live", models.BooleanField(default=True)),
                ("position", models.PositiveSmallIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                (
                    "bill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="projects.projectbill",
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.milestone",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["milestone"], name="billed_milestone_of_milestone")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_live", True)), fields=("milestone",), name="milestone_billed_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceProgress",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("percent", models.DecimalField(decimal_places=4, max_digits=7)),
                ("said_on", models.DateField()),
                ("said_at", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="progress",
                        to="projects.fixedprice",
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "position"), name="price_progress_once"),
                    models.CheckConstraint(
                        condition=models.Q(("percent__gte", 0), ("percent__lte", 100)), name="price_progress_in_bounds"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangeOrder",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("amount_minor", models.BigIntegerField()),
                ("agreed_by", models.CharField(max_length=200)),
                ("agreed_on", models.DateField()),
                ("noted_at", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="projects.fixedprice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "position"), name="change_order_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="change_order_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True), models.Q(("agreed_by", ""), _negated=True)
                        ),
                        name="change_order_says_what_and_who",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BilledPrice",
            fields=[
                (
                    "bill",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="price",
                        serialize=False,
                        to="projects.projectbill",
                    ),
                ),
                ("is_live", models.BooleanField(default=True)),
                ("work_minor", models.BigIntegerField()),
                ("held_minor", models.BigIntegerField()),
                ("price_minor", models.BigIntegerField()),
                ("done_minor", models.BigIntegerField()),
                ("line_count", models.PositiveSmallIntegerField()),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.fixedprice",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["project"], name="billed_price_of_project")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("work_minor__gte", 0)), name="billed_price_work_not_negative"
                    ),
                    models.CheckConstraint(condition=models.Q(("line_count__gt", 0)), name="billed_price_has_lines"),
                ],
            },
        ),
    ]
