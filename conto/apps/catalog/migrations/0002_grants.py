from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON catalog_item TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog_itemtext, catalog_price, catalog_taxrate TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
