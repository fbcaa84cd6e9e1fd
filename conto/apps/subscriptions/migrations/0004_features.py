import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was said of a feature stays; who knows better says it again.
GUARDS = """
CREATE TRIGGER featureoverride_is_append_only BEFORE UPDATE OR DELETE ON subscriptions_featureoverride
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER featureoverride_is_not_truncated BEFORE TRUNCATE ON subscriptions_featureoverride
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_featureoverride TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0003_recurring"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FeatureOverride",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("ordinal", models.PositiveIntegerField()),
                ("key", models.CharField(db_collation="C", max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("effect", models.CharField(max_length=7)),
                ("most", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("until", models.DateField(null=True)),
                ("reason", models.CharField(max_length=500)),
                ("made_at", models.DateTimeField()),
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
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "ordinal"), name="feature_override_once"),
                    models.CheckConstraint(condition=models.Q(("ordinal__gte", 1)), name="feature_override_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("effect__in", ["grant", "refuse", "as_plan"])),
                        name="feature_override_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("key", ""), _negated=True), models.Q(("name", ""), _negated=True)),
                        name="feature_override_is_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="feature_override_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("most__isnull", True), models.Q(("effect", "grant"), ("most__gte", 0)), _connector="OR"
                        ),
                        name="feature_override_most_granted",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
