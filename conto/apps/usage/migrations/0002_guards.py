from django.db import migrations

# What was sent stays as it was sent; who corrects it sends a higher revision.
EVENTS = """
CREATE TRIGGER usageevent_is_append_only BEFORE UPDATE OR DELETE ON usage_usageevent
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER usageevent_is_not_truncated BEFORE TRUNCATE ON usage_usageevent
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON usage_usageevent TO conto_app;
"""
DAYS = """
GRANT SELECT, INSERT ON usage_dailyusage TO conto_app;
GRANT UPDATE (count, total, greatest, last_value, last_at, last_key) ON usage_dailyusage TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_usage"), ("audit", "0005_seal_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (EVENTS, DAYS)]
