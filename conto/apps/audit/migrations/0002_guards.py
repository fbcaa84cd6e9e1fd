from django.db import migrations

# One function refuses every change of an append-only table, whoever asks; the application's role has no grant for it
# either. A table's trigger names it in its message.
GUARDS = """
CREATE FUNCTION conto_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- The application's role owns no table and so may not ANALYZE; this counts the tables of mass runs for it.
CREATE FUNCTION conto_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname = 'public' AND split_part(tablename, '_', 1)
            IN ('audit', 'crm', 'catalog', 'ledger', 'invoicing', 'payments')
    LOOP
        EXECUTE 'ANALYZE ' || name;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION conto_analyze() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conto_analyze() TO conto_app;

CREATE TRIGGER fact_is_append_only BEFORE UPDATE OR DELETE ON audit_fact
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER fact_is_not_truncated BEFORE TRUNCATE ON audit_fact
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER payload_is_not_rewritten BEFORE UPDATE ON audit_factpayload
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();

GRANT SELECT, INSERT ON audit_fact, audit_factpayload TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
