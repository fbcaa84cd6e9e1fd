from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON payments_gatewayrefund TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON payments_visitcount TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_gateway_refunds")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
