from django.db import migrations

# What was made and what was found is noted and never forgotten by the application.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON upkeep_backupplan, upkeep_backupplace, upkeep_backup, upkeep_backupcopy TO conto_app;
GRANT SELECT, INSERT ON upkeep_rehearsal TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("upkeep", "0001_backups"), ("audit", "0002_guards")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
