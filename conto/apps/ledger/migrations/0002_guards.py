from django.db import migrations

CLOSED = """
-- An entry is closed for ever by its control total: a transfer names (entry, count), its ordinal lies within the
-- count and is unique; so nothing can be added. Transfers are written before their entry, and the entry is refused
-- when it arrives before all of them.
ALTER TABLE ledger_transfer
    ADD CONSTRAINT transfer_of_entry FOREIGN KEY (entry_id, transfer_count)
        REFERENCES ledger_entry (id, transfer_count) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT transfer_debits_own_account FOREIGN KEY (debit_account_id, legal_entity_id, currency)
        REFERENCES ledger_account (id, legal_entity_id, currency),
    ADD CONSTRAINT transfer_credits_own_account FOREIGN KEY (credit_account_id, legal_entity_id, currency)
        REFERENCES ledger_account (id, legal_entity_id, currency);

CREATE FUNCTION ledger_entry_is_complete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE short record;
BEGIN
    SELECT e.id, e.transfer_count, count(t.entry_id) AS found INTO short
    FROM added e LEFT JOIN ledger_transfer t ON t.entry_id = e.id
    GROUP BY e.id, e.transfer_count, e.legal_entity_id
    HAVING count(t.entry_id) <> e.transfer_count
        OR count(t.entry_id) FILTER (WHERE t.legal_entity_id <> e.legal_entity_id) > 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % declares % transfers and has %', short.id, short.transfer_count, short.found
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_is_complete AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_is_complete();
"""

OPEN_ITEMS = """
-- The receivables sub-ledger follows the transfers in the same statement. The check constraint of ledger_openitem
-- (0 <= open <= charged) refuses what would pay an invoice twice or spend a credit twice; the row locks make two
-- that race queue up, always in the order of ids.
CREATE FUNCTION ledger_move_open_items() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE lost record;
BEGIN
    SELECT t.entry_id INTO lost
    FROM added t
    JOIN ledger_account d ON d.id = t.debit_account_id
    JOIN ledger_account c ON c.id = t.credit_account_id
    WHERE (t.receivable_id IS NOT NULL) <> ('receivable' IN (d.role, c.role))
       OR (t.credit_id IS NOT NULL) <> ('customer_credit' IN (d.role, c.role))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a transfer of entry % does not name the item whose account it moves', lost.entry_id
            USING ERRCODE = 'check_violation';
    END IF;

    PERFORM 1 FROM ledger_openitem
    WHERE item_id IN (SELECT receivable_id FROM added UNION SELECT credit_id FROM added)
    ORDER BY item_id FOR UPDATE;

    WITH move AS (
        SELECT t.receivable_id AS item_id, 'receivable' AS side, t.customer_id, t.legal_entity_id, t.currency,
            CASE WHEN NOT t.opens_item THEN 0 WHEN d.role = 'receivable' THEN t.amount_minor
                ELSE -t.amount_minor END AS charged,
            CASE WHEN d.role = 'receivable' THEN t.amount_minor ELSE -t.amount_minor END AS opened
        FROM added t JOIN ledger_account d ON d.id = t.debit_account_id
        WHERE t.receivable_id IS NOT NULL
        UNION ALL
        SELECT t.credit_id, 'credit', t.customer_id, t.legal_entity_id, t.currency,
            CASE WHEN NOT t.opens_item THEN 0 WHEN c.role = 'customer_credit' THEN t.amount_minor
                ELSE -t.amount_minor END,
            CASE WHEN c.role = 'customer_credit' THEN t.amount_minor ELSE -t.amount_minor END
        FROM added t JOIN ledger_account c ON c.id = t.credit_account_id
        WHERE t.credit_id IS NOT NULL
    ), delta AS (
        SELECT item_id, side, customer_id, legal_entity_id, currency,
            sum(charged)::bigint AS charged, sum(opened)::bigint AS opened
        FROM move GROUP BY 1, 2, 3, 4, 5
    ), kept AS (
        UPDATE ledger_openitem o
        SET charged_minor = o.charged_minor + delta.charged, open_minor = o.open_minor + delta.opened
        FROM delta
        WHERE o.item_id = delta.item_id AND o.side = delta.side AND o.customer_id = delta.customer_id
            AND o.legal_entity_id = delta.legal_entity_id AND o.currency = delta.currency AND delta.charged = 0
        RETURNING o.item_id
    )
    INSERT INTO ledger_openitem (item_id, side, customer_id, legal_entity_id, currency, charged_minor, open_minor)
    SELECT item_id, side, customer_id, legal_entity_id, currency, charged, opened FROM delta
    WHERE item_id NOT IN (SELECT item_id FROM kept);
    -- An item met with another customer, side or currency, or charged a second time, is inserted once more and refused
    -- by the primary key.
    RETURN NULL;
END $$;
CREATE TRIGGER transfer_moves_open_items AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_move_open_items();
"""

FROZEN = """
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER entry_is_not_truncated BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER transfer_is_append_only BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER transfer_is_not_truncated BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER account_is_not_removed BEFORE DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();

-- Debit and credit postings, one row each, as accountants read them.
CREATE VIEW ledger_posting AS
    SELECT entry_id, ordinal, debit_account_id AS account_id, legal_entity_id, currency, amount_minor AS signed_minor,
        customer_id, receivable_id, credit_id, tax_category, tax_rate
    FROM ledger_transfer
    UNION ALL
    SELECT entry_id, ordinal, credit_account_id, legal_entity_id, currency, -amount_minor,
        customer_id, receivable_id, credit_id, tax_category, tax_rate
    FROM ledger_transfer;

GRANT SELECT, INSERT ON ledger_account, ledger_entry, ledger_transfer TO conto_app;
GRANT SELECT ON ledger_openitem, ledger_posting TO conto_app;
REVOKE EXECUTE ON FUNCTION ledger_move_open_items(), ledger_entry_is_complete() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("audit", "0002_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (CLOSED, OPEN_ITEMS, FROZEN)]
