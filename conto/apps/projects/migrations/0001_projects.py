import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0010_preset_and_home"),
        ("catalog", "0002_grants"),
        ("crm", "0005_orders_that_carry_their_filters"),
        ("deals", "0006_imported_once"),
        ("quotes", "0003_contract_terms"),
    ]

    operations = [
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.CharField(db_collation="C", max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("state", models.CharField(default="open", max_length=6)),
                ("currency", models.CharField(max_length=3)),
                ("budget_minor", models.BigIntegerField(null=True)),
                ("step_minutes", models.PositiveSmallIntegerField(default=1)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
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
                    models.Index(fields=["customer"], name="project_of_customer"),
                    models.Index(fields=["-changed_at", "-id"], name="project_by_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("legal_entity", "number"), name="project_number_once"),
                    models.UniqueConstraint(fields=("id", "customer"), name="project_of_customer_target"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="project_has_a_name"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "closed"])), name="project_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="project_currency_is_a_code"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("step_minutes__in", (1, 5, 6, 10, 15, 30, 60))), name="project_step_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("budget_minor__isnull", True), ("budget_minor__gt", 0), _connector="OR"),
                        name="project_budget_above_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectBill",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("billed_minor", models.BigIntegerField()),
                ("is_live", models.BooleanField(default=True)),
                ("billed_at", models.DateTimeField()),
                ("freed_at", models.DateTimeField(null=True)),
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
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["project", "-billed_at"], name="project_bill_of_project")],
                "constraints": [
                    models.UniqueConstraint(fields=("id", "project", "is_live"), name="project_bill_target"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("freed_at__isnull", True), ("is_live", True)),
                            models.Q(("freed_at__isnull", False), ("is_live", False)),
                            _connector="OR",
                        ),
                        name="project_bill_freed_at_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectCounter",
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
            name="ProjectRate",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=13)),
                ("starts_on", models.DateField()),
                ("set_at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["member"], name="project_rate_of_member")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "member", "currency", "starts_on"),
                        name="project_rate_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("project__isnull", False), ("member__isnull", False), _connector="OR"),
                        name="project_rate_of_something",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="project_rate_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkEntry",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=7)),
                ("day", models.DateField()),
                ("minutes", models.PositiveSmallIntegerField(null=True)),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("markup_percent", models.DecimalField(decimal_places=4, default=0, max_digits=8)),
                ("rate_class", models.CharField(default="standard", max_length=20)),
                ("note", models.TextField(blank=True)),
                ("is_billable", models.BooleanField(default=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "approved_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project", "-day", "-id"], name="work_of_project"),
                    models.Index(fields=["member", "-day", "-id"], name="work_of_member"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("id", "project"), name="work_of_project_target"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount_minor__isnull", True),
                                ("kind", "time"),
                                ("minutes__gte", 1),
                                ("minutes__lte", 1440),
                            ),
                            models.Q(("amount_minor__gte", 1), ("kind", "expense"), ("minutes__isnull", True)),
                            _connector="OR",
                        ),
                        name="work_is_time_or_expense",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("markup_percent__gte", 0), ("markup_percent__lte", 1000)),
                        name="work_markup_in_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_at__isnull", False), ("approved_by__isnull", True), _connector="OR"
                        ),
                        name="work_approved_at_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BilledWork",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "bill_id", "entry_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("project_id", models.UUIDField()),
                ("is_live", models.BooleanField(default=True)),
                ("position", models.PositiveSmallIntegerField()),
                ("minutes", models.PositiveIntegerField(null=True)),
                ("rate", models.DecimalField(decimal_places=4, max_digits=13, null=True)),
                ("amount_minor", models.BigIntegerField(null=True)),
                (
                    "bill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="works",
                        to="projects.projectbill",
                    ),
                ),
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
            ],
            options={
                "indexes": [models.Index(fields=["entry"], name="billed_work_of_entry")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_live", True)), fields=("entry",), name="work_billed_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount_minor__isnull", True), ("minutes__isnull", False), ("rate__isnull", False)
                            ),
                            models.Q(
                                ("amount_minor__isnull", False), ("minutes__isnull", True), ("rate__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="billed_work_is_time_or_expense",
                    ),
                ],
            },
        ),
    ]
