from django.db import migrations

# A charge stands on a draft that charges for paying late, or on the document that it became, and is for another
# invoice of the same customer and currency.
CHARGES = """
CREATE FUNCTION late_charge_has_its_paper() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM late_latewaiver WHERE charge_id = NEW.id AND credit_note_id IS NULL) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM invoicing_document
        WHERE id = NEW.invoice_id AND customer_id = NEW.customer_id AND currency = NEW.currency
            AND kind <> 'credit_note' AND source <> 'late_charges') THEN
        RAISE EXCEPTION 'late charge % is for no invoice of its customer', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM invoicing_draft WHERE id = NEW.document_id AND customer_id = NEW.customer_id
            AND currency = NEW.currency AND charges_late)
        AND NOT EXISTS (SELECT FROM invoicing_document WHERE id = NEW.document_id AND customer_id = NEW.customer_id
            AND currency = NEW.currency AND source = 'late_charges') THEN
        RAISE EXCEPTION 'late charge % stands on no paper', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER late_charge_has_its_paper AFTER INSERT ON late_latecharge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late_charge_has_its_paper();
CREATE TRIGGER late_charge_is_append_only BEFORE UPDATE OR DELETE ON late_latecharge
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER late_charge_is_not_truncated BEFORE TRUNCATE ON late_latecharge
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON late_latecharge TO conto_app;
"""
# What is on paper is waived by a credit note of that paper.
WAIVERS = """
CREATE FUNCTION late_waiver_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM late_latecharge c WHERE c.id = NEW.charge_id AND (
        c.customer_id <> NEW.customer_id
        OR EXISTS (SELECT FROM invoicing_document WHERE id = c.document_id) <> (NEW.credit_note_id IS NOT NULL)
        OR (NEW.credit_note_id IS NOT NULL AND NOT EXISTS (SELECT FROM invoicing_document
            WHERE id = NEW.credit_note_id AND corrects_id = c.document_id)))) THEN
        RAISE EXCEPTION 'late charge % is not waived like this', NEW.charge_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER late_waiver_fits BEFORE INSERT ON late_latewaiver
    FOR EACH ROW EXECUTE FUNCTION late_waiver_fits();
CREATE TRIGGER late_waiver_is_append_only BEFORE UPDATE OR DELETE ON late_latewaiver
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER late_waiver_is_not_truncated BEFORE TRUNCATE ON late_latewaiver
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON late_latewaiver TO conto_app;
"""
# A draft that charges for paying late goes only by becoming its document, or when all that it charged is waived.
DRAFTS = """
CREATE FUNCTION late_draft_goes_by_rule() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM late_latecharge c WHERE c.document_id = OLD.id
            AND NOT EXISTS (SELECT FROM late_latewaiver w WHERE w.charge_id = c.id))
        AND NOT EXISTS (SELECT FROM invoicing_document WHERE id = OLD.id AND source = 'late_charges') THEN
        RAISE EXCEPTION 'draft % charges for paying late, which is not waived', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER late_draft_goes_by_rule AFTER DELETE ON invoicing_draft
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.charges_late) EXECUTE FUNCTION late_draft_goes_by_rule();
"""
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON late_laterule TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON late_lateamount TO conto_app;
GRANT SELECT, INSERT, DELETE ON late_lateexclusion, late_lateexemption TO conto_app;
"""
UNDONE = "DROP TRIGGER late_draft_goes_by_rule ON invoicing_draft; DROP FUNCTION late_draft_goes_by_rule();"


class Migration(migrations.Migration):
    dependencies = [("late", "0001_late_charges"), ("audit", "0005_seal_guards")]
    operations = [
        migrations.RunSQL(CHARGES, migrations.RunSQL.noop),
        migrations.RunSQL(WAIVERS, migrations.RunSQL.noop),
        migrations.RunSQL(DRAFTS, UNDONE),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
