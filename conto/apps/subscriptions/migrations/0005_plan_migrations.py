import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was shown stays, and what became of it is said once; an act that was confirmed is not taken back.
GUARDS = """
CREATE FUNCTION subscriptions_migration_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL
        OR (OLD.shown_at IS NOT NULL AND NEW.shown_at IS DISTINCT FROM OLD.shown_at)
        OR (OLD.confirmed_at IS NOT NULL
            AND (NEW.confirmed_at, NEW.confirmed_by_id) IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id)) THEN
        RAISE EXCEPTION 'migration % goes forward only', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER planmigration_goes_on BEFORE UPDATE ON subscriptions_planmigration
    FOR EACH ROW EXECUTE FUNCTION subscriptions_migration_goes_on();
CREATE TRIGGER planmigration_stays BEFORE DELETE ON subscriptions_planmigration
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER planmigration_is_not_truncated BEFORE TRUNCATE ON subscriptions_planmigration
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_planmigration TO conto_app;
GRANT UPDATE (alive_at, shown_at, confirmed_by_id, confirmed_at, ended_at) ON subscriptions_planmigration TO conto_app;
CREATE FUNCTION subscriptions_migration_row_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome <> 'planned' THEN
        RAISE EXCEPTION 'what became of % is said already', OLD.subscription_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER migrationrow_said_once BEFORE UPDATE ON subscriptions_migrationrow
    FOR EACH ROW EXECUTE FUNCTION subscriptions_migration_row_once();
CREATE TRIGGER migrationrow_stays BEFORE DELETE ON subscriptions_migrationrow
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER migrationrow_is_not_truncated BEFORE TRUNCATE ON subscriptions_migrationrow
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_migrationrow TO conto_app;
GRANT UPDATE (outcome) ON subscriptions_migrationrow TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0003_features"),
        ("subscriptions", "0004_features"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanMigration",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "from_versions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None),
                ),
                ("counts_from", models.CharField(max_length=6)),
                ("on", models.DateField(null=True)),
                (
                    "chosen_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                ("alive_at", models.DateTimeField()),
                ("shown_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "plan",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.plan"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="plans.planversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("counts_from__in", ["period", "day"])), name="plan_migration_counts_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("counts_from", "day"), ("on__isnull", True), _connector="OR"),
                        name="plan_migration_day_only_where_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at__isnull", True), ("shown_at__isnull", False), _connector="OR"
                        ),
                        name="plan_migration_shown_first",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True), ("confirmed_at__isnull", False), _connector="OR"
                        ),
                        name="plan_migration_confirmed_first",
                    ),
                ],
                "indexes": [models.Index(fields=["plan", "-made_at"], name="plan_migration_of_plan")],
            },
        ),
        migrations.CreateModel(
            name="MigrationRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("from_version", models.PositiveSmallIntegerField()),
                ("subscription_version", models.PositiveIntegerField()),
                ("outcome", models.CharField(max_length=7)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("item", models.CharField(blank=True, max_length=200)),
                ("counts_on", models.DateField(null=True)),
                ("before_minor", models.BigIntegerField()),
                ("after_minor", models.BigIntegerField()),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
                (
                    "migration",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.planmigration",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("migration", "subscription"), name="migration_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["planned", "moved", "stays", "changed"])),
                        name="migration_row_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "stays"), models.Q(("reason", ""), _negated=True)),
                            models.Q(models.Q(("outcome", "stays"), _negated=True), ("reason", "")),
                            _connector="OR",
                        ),
                        name="migration_row_stays_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome", "stays"), ("counts_on__isnull", False), _connector="OR"),
                        name="migration_row_counts_on_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("after_minor__gte", 0), ("before_minor__gte", 0)),
                        name="migration_row_not_negative",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["migration", "outcome", "id"], name="migration_row_by_outcome"),
                    models.Index(
                        condition=models.Q(("outcome", "moved")),
                        fields=["subscription", "-id"],
                        name="migration_row_moved",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
