from django.db import migrations

GUARDS = """
-- A payment is what its entry credited to the customer; an allocation is what its entry moved from that credit to
-- that invoice. The ledger's open items do the rest.
CREATE FUNCTION payments_payment_is_posted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wrong record;
BEGIN
    SELECT p.id INTO wrong
    FROM added p
    JOIN ledger_entry e ON e.id = p.entry_id
    LEFT JOIN ledger_openitem o ON o.item_id = p.id
    WHERE o.item_id IS NULL OR o.charged_minor <> p.amount_minor OR o.customer_id <> p.customer_id
        OR o.currency <> p.currency OR o.side <> 'credit' OR e.subject_id <> p.id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'payment % is not what its entry posted', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_is_posted AFTER INSERT ON payments_payment REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION payments_payment_is_posted();

CREATE FUNCTION payments_allocation_is_posted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wrong record;
BEGIN
    SELECT a.id INTO wrong
    FROM added a
    JOIN ledger_entry e ON e.id = a.entry_id
    LEFT JOIN ledger_transfer t ON t.entry_id = a.entry_id AND t.ordinal = 1
    WHERE e.subject_id <> a.id OR e.transfer_count <> 1 OR t.entry_id IS NULL
        OR t.amount_minor <> a.amount_minor OR t.customer_id <> a.customer_id
        OR t.receivable_id IS DISTINCT FROM a.document_id
        OR t.credit_id IS DISTINCT FROM coalesce(a.payment_id, a.credit_note_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation % is not what its entry moved', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocation_is_posted AFTER INSERT ON payments_allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION payments_allocation_is_posted();
"""

FROZEN = "".join(
    f"""
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON payments_{table}
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER {table}_is_not_truncated BEFORE TRUNCATE ON payments_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON payments_{table} TO conto_app;
"""
    for table in ["payment", "allocation", "allocationreversal", "earlydiscount", "refund"]
)
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON payments_checkout, payments_gatewayevent TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("invoicing", "0002_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (GUARDS, FROZEN, GRANTS)]
