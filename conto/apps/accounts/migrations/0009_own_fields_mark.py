from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_teams_and_reach"),
    ]

    operations = [
        migrations.AddField(
            model_name="business",
            name="own_fields_mark",
            field=models.UUIDField(null=True),
        ),
    ]
