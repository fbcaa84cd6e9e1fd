import django.db.models.deletion
from django.db import migrations, models

# How often, and when last, is counted; that it happened stays.
GRANTS = """
GRANT SELECT, INSERT ON correspondence_lettersight TO conto_app;
GRANT UPDATE (count, last_at) ON correspondence_lettersight TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("correspondence", "0002_grants"),
    ]

    operations = [
        migrations.CreateModel(
            name="LetterSight",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=5)),
                ("mark", models.CharField(blank=True, max_length=16)),
                ("link", models.CharField(blank=True, max_length=2000)),
                ("count", models.PositiveIntegerField(default=1)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                (
                    "letter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sights",
                        to="correspondence.letter",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("letter", "kind", "mark"), name="letter_sight_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["sent", "open", "click"])), name="letter_sight_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "click"), models.Q(("link", ""), _negated=True)),
                            models.Q(models.Q(("kind", "click"), _negated=True), ("link", "")),
                            _connector="OR",
                        ),
                        name="letter_sight_of_link",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
