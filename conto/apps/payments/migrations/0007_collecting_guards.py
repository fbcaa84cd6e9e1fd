from django.db import migrations

# What is charged is what this very customer has saved, for the document that the checkout is about.
CHARGES = """
CREATE FUNCTION payments_charge_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM payments_checkout c
        JOIN payments_savedmethod m ON m.id = NEW.method_id AND m.customer_id = c.customer_id AND m.gateway = c.gateway
        WHERE c.id = NEW.checkout_id AND c.document_id = NEW.document_id) THEN
        RAISE EXCEPTION 'charge % is not of what its customer has saved', NEW.checkout_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER charge_fits BEFORE INSERT ON payments_charge FOR EACH ROW EXECUTE FUNCTION payments_charge_fits();
"""
GRANTS = """
GRANT SELECT, INSERT ON payments_savedmethod, payments_collection, payments_charge TO conto_app;
GRANT UPDATE (state, page_url, token_sealed, brand, last_four, expires_on, saved_at, removed_at, changed_at)
    ON payments_savedmethod TO conto_app;
GRANT UPDATE (state, reason, failure, attempts, first_on, next_at, told_at, changed_at)
    ON payments_collection TO conto_app;
GRANT UPDATE (ended_at) ON payments_charge TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_collecting")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (CHARGES, GRANTS)]
