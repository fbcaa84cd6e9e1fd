from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_second_step_roles"),
        ("crm", "0002_grants"),
        ("invoicing", "0002_guards"),
        ("ledger", "0004_closing_guards"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["invoice", "deposit", "final", "credit_note"])),
                name="document_kind_known",
            ),
        ),
    ]
