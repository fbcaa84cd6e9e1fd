from django.db import migrations

PARTS = """
ALTER TABLE invoicing_documentline
    ADD CONSTRAINT line_of_document FOREIGN KEY (document_id, line_count)
        REFERENCES invoicing_document (id, line_count) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT line_amount_is_quantity_times_price CHECK (
        amount_minor = round(quantity * unit_price / base_quantity
            * CASE minor_digits WHEN 2 THEN 100 WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 10000 END)
    );
ALTER TABLE invoicing_documenttax
    ADD CONSTRAINT tax_of_document FOREIGN KEY (document_id, tax_count)
        REFERENCES invoicing_document (id, tax_count) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT tax_is_base_times_rate CHECK (is_by_line OR tax_minor = round(taxable_minor * rate / 100));
ALTER TABLE invoicing_documentallowance
    ADD CONSTRAINT allowance_of_document FOREIGN KEY (document_id, allowance_count)
        REFERENCES invoicing_document (id, allowance_count) DEFERRABLE INITIALLY DEFERRED;
"""

COMPLETE = """
-- When a document arrives, its parts are all there and add up, its number was taken from its counter, and the ledger
-- was charged exactly what it asks for.
CREATE FUNCTION invoicing_document_is_complete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wrong record;
BEGIN
    SELECT d.number, 'lines' AS part INTO wrong
    FROM added d LEFT JOIN invoicing_documentline l ON l.document_id = d.id
    GROUP BY d.id, d.number, d.line_count, d.lines_net_minor
    HAVING count(l.document_id) <> d.line_count OR coalesce(sum(l.net_minor), 0) <> d.lines_net_minor
    LIMIT 1;
    IF NOT FOUND THEN
        SELECT d.number, 'line facts' AS part INTO wrong
        FROM added d JOIN invoicing_documentline l ON l.document_id = d.id
        WHERE l.customer_id <> d.customer_id OR l.minor_digits <> d.minor_digits OR l.price_mode <> d.price_mode
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT d.number, 'tax groups' AS part INTO wrong
        FROM added d LEFT JOIN invoicing_documenttax t ON t.document_id = d.id
        GROUP BY d.id, d.number, d.tax_count, d.net_minor, d.tax_minor
        HAVING count(t.document_id) <> d.tax_count OR coalesce(sum(t.tax_minor), 0) <> d.tax_minor
            OR coalesce(sum(t.taxable_minor), 0) <> d.net_minor
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT d.number, 'allowances' AS part INTO wrong
        FROM added d LEFT JOIN invoicing_documentallowance a ON a.document_id = d.id
        GROUP BY d.id, d.number, d.allowance_count, d.allowances_minor, d.charges_minor
        HAVING count(a.document_id) <> d.allowance_count
            OR coalesce(sum(a.amount_minor) FILTER (WHERE NOT a.is_charge), 0) <> d.allowances_minor
            OR coalesce(sum(a.amount_minor) FILTER (WHERE a.is_charge), 0) <> d.charges_minor
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT part.document_id::text AS number, 'base of a tax group' AS part INTO wrong
        FROM (
            SELECT l.document_id, l.tax_category AS category, l.tax_rate AS rate, l.net_minor AS minor
            FROM added d JOIN invoicing_documentline l ON l.document_id = d.id
            UNION ALL
            SELECT a.document_id, a.tax_category, a.tax_rate,
                CASE WHEN a.is_charge THEN a.amount_minor ELSE -a.amount_minor END
            FROM added d JOIN invoicing_documentallowance a ON a.document_id = d.id
            WHERE d.allowance_count > 0
            UNION ALL
            SELECT t.document_id, t.category, t.rate, -t.taxable_minor
            FROM added d JOIN invoicing_documenttax t ON t.document_id = d.id
        ) part
        GROUP BY part.document_id, part.category, part.rate HAVING sum(part.minor) <> 0
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT d.number, 'number outside its counter' AS part INTO wrong
        FROM added d LEFT JOIN invoicing_numbercounter c ON c.series_id = d.series_id AND c.year = d.year
        WHERE c.series_id IS NULL OR d.ordinal NOT BETWEEN c.first_ordinal AND c.last_ordinal
            OR d.issued_on > c.last_issued_on
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT d.number, 'ledger entry' AS part INTO wrong
        FROM added d
        JOIN ledger_entry e ON e.id = d.entry_id
        LEFT JOIN ledger_openitem o ON o.item_id = d.id
        WHERE e.subject_id <> d.id OR e.legal_entity_id <> d.legal_entity_id
            OR coalesce(o.charged_minor, 0) <> d.payable_minor
            OR o.customer_id <> d.customer_id OR o.currency <> d.currency
            OR o.side <> CASE d.kind WHEN 'credit_note' THEN 'credit' ELSE 'receivable' END
        LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'document % is not complete: %', wrong.number, wrong.part USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER document_is_complete AFTER INSERT ON invoicing_document REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_document_is_complete();

-- Credit notes never exceed what they correct: two that race queue up on the corrected document.
CREATE FUNCTION invoicing_credit_is_within() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wrong record;
BEGIN
    PERFORM 1 FROM invoicing_document WHERE id IN (SELECT corrects_id FROM added) ORDER BY id
    FOR NO KEY UPDATE; -- the stronger lock would wait for allocations, and they for us
    SELECT o.number INTO wrong
    FROM invoicing_document o JOIN invoicing_document c ON c.corrects_id = o.id
    WHERE o.id IN (SELECT corrects_id FROM added)
    GROUP BY o.id
    HAVING sum(c.gross_minor) > o.gross_minor OR sum(c.net_minor) > o.net_minor
        OR bool_or(c.customer_id <> o.customer_id OR c.currency <> o.currency
            OR c.legal_entity_id <> o.legal_entity_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more would be credited than % charged', wrong.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_is_within AFTER INSERT ON invoicing_document REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_credit_is_within();

-- A counter only ever rises.
CREATE FUNCTION invoicing_counter_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_ordinal < OLD.last_ordinal OR NEW.first_ordinal <> OLD.first_ordinal
        OR NEW.last_issued_on < OLD.last_issued_on THEN
        RAISE EXCEPTION 'a number counter never goes back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER counter_rises BEFORE UPDATE ON invoicing_numbercounter
    FOR EACH ROW EXECUTE FUNCTION invoicing_counter_rises();
"""

_FROZEN_TABLES = [
    "document",
    "documentline",
    "documenttax",
    "documentallowance",
    "prepayment",
    "party",
    "checkoverride",
    "rendering",
    "writeoff",
]
FROZEN = "".join(
    f"""
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON invoicing_{table}
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER {table}_is_not_truncated BEFORE TRUNCATE ON invoicing_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON invoicing_{table} TO conto_app;
"""
    for table in _FROZEN_TABLES
)
GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON invoicing_draft, invoicing_draftline, invoicing_draftallowance,
    invoicing_draft_deposits, invoicing_attachment, invoicing_documenttemplate TO conto_app;
GRANT SELECT, INSERT, UPDATE ON invoicing_numberseries, invoicing_numbercounter, invoicing_portallink,
    invoicing_question TO conto_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial"), ("ledger", "0002_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (PARTS, COMPLETE, FROZEN, GRANTS)]
