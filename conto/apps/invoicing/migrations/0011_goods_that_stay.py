from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0010_minimum_amounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="goods_stay",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
