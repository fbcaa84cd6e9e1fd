from django.db import migrations

# allauth's tables: what a member signs in with comes and goes; its table of mail addresses stays empty.
GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON mfa_authenticator TO conto_app;
GRANT SELECT ON account_emailaddress, account_emailconfirmation TO conto_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("accounts", "0002_grants"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
