from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON audit_alertrule TO conto_app;
GRANT SELECT, INSERT ON audit_alert TO conto_app;
GRANT UPDATE (seen_at, seen_by) ON audit_alert TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_alerts")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
