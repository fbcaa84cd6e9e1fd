"""Count the tables of billing runs too when a mass run lets the database count its rows."""

from django.db import migrations

COUNT = """
CREATE OR REPLACE FUNCTION conto_analyze() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname = 'public' AND split_part(tablename, '_', 1)
            IN ('audit', 'crm', 'catalog', 'ledger', 'invoicing', 'payments', 'subscriptions', 'usage')
    LOOP
        EXECUTE 'ANALYZE ' || name;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """Count more tables; the function keeps its grants."""

    dependencies = [("audit", "0009_payload_not_truncated")]
    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
