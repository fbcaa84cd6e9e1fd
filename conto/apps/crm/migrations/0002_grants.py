from django.db import migrations

# A customer is archived, not deleted: no DELETE on it.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON crm_customer TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm_contact, crm_address, crm_taxidentifier, crm_bankdetail, crm_tag,
    crm_tag_customers, crm_note, crm_searchtoken TO conto_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
