from django.db import migrations

# That a delivery is finished or due says which states there are; a second check of them never spoke.


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0004_webhooks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="webhookdelivery",
            name="webhook_state_known",
        ),
    ]
