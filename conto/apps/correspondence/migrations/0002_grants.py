from django.db import migrations

# A letter's words never change; where it stands may. Of the ledger nothing is removed: it says what became of every
# message. Conversations and mailboxes stay for what refers to them.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON correspondence_thread, correspondence_mailbox, correspondence_mailboxfolder,
    correspondence_letterledger, correspondence_lettertemplate TO conto_app;
GRANT SELECT, INSERT ON correspondence_letter, correspondence_letterfile TO conto_app;
GRANT UPDATE (thread_id, customer_id, contact_id) ON correspondence_letter TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("correspondence", "0001_mailboxes_threads_letters")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
