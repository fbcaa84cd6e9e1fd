from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="planversion",
            name="features",
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
