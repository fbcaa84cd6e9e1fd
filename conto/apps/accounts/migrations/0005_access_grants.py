from django.db import migrations

# Invitations and links to passwords are kept: they tell who was let in by whom. Sessions go when they end.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON accounts_invitation, accounts_passwordlink TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_membersession TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_invitations_sessions_links")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
