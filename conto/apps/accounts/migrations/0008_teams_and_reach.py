import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

# A reach of all has no row, and a team can go: both are told by facts.
GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_team TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_rolereach TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_address_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoleReach",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=20)),
                ("area", models.CharField(max_length=20)),
                ("reach", models.CharField(max_length=10)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("role", "area"), name="reach_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["owner", "admin", "sales", "finance", "support", "marketing", "auditor"])
                        ),
                        name="reach_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("area__in", ["leads", "deals", "customers"])), name="reach_area_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reach__in", ["own", "team", "all"])), name="reach_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="team_name_once"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="team_has_a_name"),
                ],
            },
        ),
        migrations.AddField(
            model_name="member",
            name="team",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="members", to="accounts.team"
            ),
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
