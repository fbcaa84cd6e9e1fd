from django.db import migrations

# Payloads go one by one, named by the fact that erases them, and never all at once.
GUARD = """
CREATE TRIGGER payload_is_not_truncated BEFORE TRUNCATE ON audit_factpayload
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_alert_grants")]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
