from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON accounts_member, accounts_business, accounts_legalentity TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_sellerbankaccount TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO conto_app;
GRANT SELECT ON django_content_type, django_migrations, auth_permission, auth_group, auth_group_permissions
    TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
