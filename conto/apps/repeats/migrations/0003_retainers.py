from django.db import migrations

# A retainer is billed by a repeating invoice of its customer, and each of its periods was brought by one of its days.
GUARD = """
ALTER TABLE projects_retainer ADD CONSTRAINT retainer_of_repeat FOREIGN KEY (repeat_id, customer_id)
    REFERENCES repeats_repeat (id, customer_id);
ALTER TABLE projects_retainerperiod
    ADD CONSTRAINT retainer_period_of_day FOREIGN KEY (repeat_id, starts_on)
        REFERENCES repeats_repeatinvoice (repeat_id, due_on),
    ADD CONSTRAINT retainer_period_of_invoice FOREIGN KEY (document_id) REFERENCES repeats_repeatinvoice (document_id);
"""


class Migration(migrations.Migration):
    dependencies = [("repeats", "0002_guards"), ("projects", "0006_retainer_guards")]
    operations = [
        migrations.RunSQL(
            GUARD,
            "ALTER TABLE projects_retainer DROP CONSTRAINT retainer_of_repeat;"
            "ALTER TABLE projects_retainerperiod DROP CONSTRAINT retainer_period_of_day,"
            " DROP CONSTRAINT retainer_period_of_invoice;",
        )
    ]
