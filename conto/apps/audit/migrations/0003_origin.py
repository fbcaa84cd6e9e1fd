from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_guards")]
    operations = [
        migrations.AddField(model_name="factpayload", name="origin", field=models.JSONField(null=True)),
    ]
