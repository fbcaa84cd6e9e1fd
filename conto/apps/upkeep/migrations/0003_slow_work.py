from django.db import migrations, models

# Figures, not records: they are forgotten when there are too many, and on request.
GRANTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON upkeep_slowwork TO conto_app"


class Migration(migrations.Migration):
    dependencies = [
        ("upkeep", "0002_grants"),
    ]

    operations = [
        migrations.CreateModel(
            name="SlowWork",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("shape", models.TextField()),
                ("asked_by", models.CharField(max_length=200)),
                ("times", models.IntegerField()),
                ("total_ms", models.BigIntegerField()),
                ("worst_ms", models.IntegerField()),
                ("last_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
