from django.db import migrations

# A field is archived, never deleted: its values stay. Values go with a draft that goes.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON fields_ownfield TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON fields_ownvalues TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("fields", "0001_own_fields")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
