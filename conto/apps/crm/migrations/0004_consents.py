import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was said stays said: who takes it back says so, with another row.
GUARDS = """
CREATE TRIGGER consent_is_append_only BEFORE UPDATE OR DELETE ON crm_consent
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER consent_is_not_truncated BEFORE TRUNCATE ON crm_consent
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON crm_consent TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_seal_guards"),
        ("crm", "0003_ways_through_a_crowd"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=10)),
                ("step", models.PositiveIntegerField()),
                ("is_given", models.BooleanField()),
                ("way", models.CharField(max_length=10)),
                ("wording", models.TextField(blank=True)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("agreed_at", models.DateTimeField()),
                ("noted_at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.contact"
                    ),
                ),
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("contact", "purpose", "step"), name="consent_step_once"),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["news", "measuring"])), name="consent_purpose_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["form", "by_hand", "api", "page", "one_click"])),
                        name="consent_way_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_given", False), models.Q(("wording", ""), _negated=True), _connector="OR"
                        ),
                        name="consent_given_in_words",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
