from django.db import migrations

# What a key is does not change once it is made: the application may note its use and revoke it.
GRANTS = """
GRANT SELECT, INSERT ON integrations_apikey TO conto_app;
GRANT UPDATE (last_used_at, last_used_from, revoked_at) ON integrations_apikey TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_api_keys")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
