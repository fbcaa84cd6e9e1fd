from django.db import migrations

# The conversation of a deal is with the deal's customer. Deals stand above correspondence, so they add the key.
KEY = """
ALTER TABLE correspondence_thread ADD CONSTRAINT thread_with_customer_of_deal FOREIGN KEY (deal_id, customer_id)
    REFERENCES deals_deal (id, customer_id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0003_first_pipeline"), ("correspondence", "0002_grants")]
    operations = [migrations.RunSQL(KEY, migrations.RunSQL.noop)]
