from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON messaging_mail, messaging_mailserver TO conto_app;
GRANT SELECT, INSERT ON messaging_mailattachment TO conto_app;
GRANT DELETE ON messaging_mailserver TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
