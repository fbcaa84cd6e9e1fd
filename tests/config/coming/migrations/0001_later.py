import os

from django.db import migrations

# Each breaks a promise in its own way; the first statement has been done by then.
WAYS = {
    "works": "",
    "fails": "SELECT 1 / 0;",
    "loses": "ALTER TABLE invoicing_document DISABLE TRIGGER USER;"
    " UPDATE invoicing_document SET content_sha256 = sha256(content_sha256);"
    " ALTER TABLE invoicing_document ENABLE TRIGGER USER;",
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("upkeep", "0002_grants")]
    operations = [
        migrations.RunSQL("CREATE TABLE coming_thing (id int)"),
        migrations.RunSQL(WAYS[os.environ.get("CONTO_TEST_COMING", "works")] or migrations.RunSQL.noop),
    ]
