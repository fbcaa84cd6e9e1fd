from django.db import migrations

# The application may not write open items. It may ask for them to be made anew, from the transfers and nothing else.
REBUILD = """
CREATE FUNCTION conto_rebuild_open_items() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE changed bigint;
BEGIN
    -- Whoever is posting is waited for, so that the statement below sees every transfer that has moved an item.
    LOCK TABLE ledger_openitem IN SHARE ROW EXCLUSIVE MODE;
    WITH move AS (
        SELECT t.receivable_id AS item_id, 'receivable' AS side, t.customer_id, t.legal_entity_id, t.currency,
            CASE WHEN NOT t.opens_item THEN 0 WHEN d.role = 'receivable' THEN t.amount_minor
                ELSE -t.amount_minor END AS charged,
            CASE WHEN d.role = 'receivable' THEN t.amount_minor ELSE -t.amount_minor END AS opened
        FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_account_id
        WHERE t.receivable_id IS NOT NULL
        UNION ALL
        SELECT t.credit_id, 'credit', t.customer_id, t.legal_entity_id, t.currency,
            CASE WHEN NOT t.opens_item THEN 0 WHEN c.role = 'customer_credit' THEN t.amount_minor
                ELSE -t.amount_minor END,
            CASE WHEN c.role = 'customer_credit' THEN t.amount_minor ELSE -t.amount_minor END
        FROM ledger_transfer t JOIN ledger_account c ON c.id = t.credit_account_id
        WHERE t.credit_id IS NOT NULL
    ), made AS (
        SELECT item_id, side, customer_id, legal_entity_id, currency,
            sum(charged)::bigint AS charged, sum(opened)::bigint AS opened
        FROM move GROUP BY 1, 2, 3, 4, 5
    ), gone AS (
        DELETE FROM ledger_openitem o WHERE NOT EXISTS (SELECT 1 FROM made WHERE made.item_id = o.item_id) RETURNING 1
    ), written AS (
        INSERT INTO ledger_openitem AS o
            (item_id, side, customer_id, legal_entity_id, currency, charged_minor, open_minor)
        SELECT item_id, side, customer_id, legal_entity_id, currency, charged, opened FROM made
        ON CONFLICT (item_id) DO UPDATE SET side = excluded.side, customer_id = excluded.customer_id,
            legal_entity_id = excluded.legal_entity_id, currency = excluded.currency,
            charged_minor = excluded.charged_minor, open_minor = excluded.open_minor
        WHERE (o.side, o.customer_id, o.legal_entity_id, o.currency, o.charged_minor, o.open_minor)
            IS DISTINCT FROM (excluded.side, excluded.customer_id, excluded.legal_entity_id, excluded.currency,
                excluded.charged_minor, excluded.open_minor)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) INTO changed;
    RETURN changed;
END $$;
REVOKE EXECUTE ON FUNCTION conto_rebuild_open_items() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conto_rebuild_open_items() TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_closing_guards")]
    operations = [migrations.RunSQL(REBUILD, "DROP FUNCTION conto_rebuild_open_items()")]
