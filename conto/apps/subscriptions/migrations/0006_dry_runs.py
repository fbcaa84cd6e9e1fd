import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What one came to is said once; afterwards it is only dropped.
GUARDS = """
CREATE FUNCTION subscriptions_dry_run_is_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'dry run % is over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dryrun_over_stays BEFORE UPDATE ON subscriptions_dryrun
    FOR EACH ROW EXECUTE FUNCTION subscriptions_dry_run_is_over();
GRANT SELECT, INSERT, UPDATE, DELETE ON subscriptions_dryrun TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0005_plan_migrations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DryRun",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField()),
                ("counts_from", models.DateTimeField(null=True)),
                ("until", models.DateField(null=True)),
                ("alive_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("is_whole", models.BooleanField(default=False)),
                ("due_count", models.PositiveIntegerField(default=0)),
                ("settled_count", models.PositiveIntegerField(default=0)),
                ("aside_count", models.PositiveIntegerField(default=0)),
                ("document_count", models.PositiveIntegerField(default=0)),
                ("draft_count", models.PositiveIntegerField(default=0)),
                ("totals_minor", models.JSONField(default=dict)),
                ("aside", models.JSONField(default=list)),
                ("papers", models.JSONField(default=list)),
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
            ],
            options={
                "indexes": [models.Index(fields=["-started_at", "-id"], name="dry_run_by_start")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("is_whole",),
                        name="dry_run_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_whole", False),
                            models.Q(("counts_from__isnull", False), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="dry_run_whole_when_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("counts_from__isnull", True), ("until__isnull", True)),
                            models.Q(("counts_from__isnull", False), ("until__isnull", False)),
                            _connector="OR",
                        ),
                        name="dry_run_begun_has_a_day",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
