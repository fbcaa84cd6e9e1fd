from django.db import migrations

# What was sent stays: only where it stands may change, forward and one way. Its lines are those of a draft or nobody's.
FROZEN = """
CREATE FUNCTION quotes_sent_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'a sent quote stays: %', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state = 'draft' THEN
        IF NEW.state NOT IN ('draft', 'sent') THEN
            RAISE EXCEPTION 'a quote is sent before it is answered: %', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state <> 'sent' OR NEW.state = 'draft')
        OR to_jsonb(NEW) - ARRAY['state', 'ended_at', 'changed_at', 'shown_total_minor', 'owner_id', 'contact_id']
            IS DISTINCT FROM
            to_jsonb(OLD) - ARRAY['state', 'ended_at', 'changed_at', 'shown_total_minor', 'owner_id', 'contact_id']
    THEN
        RAISE EXCEPTION 'a sent quote stays: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sent_quote_stays BEFORE UPDATE OR DELETE ON quotes_quote
    FOR EACH ROW EXECUTE FUNCTION quotes_sent_stays();

CREATE FUNCTION quotes_lines_of_draft() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM quotes_quote
        WHERE state <> 'draft' AND id IN (
            CASE WHEN TG_OP <> 'INSERT' THEN OLD.quote_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.quote_id END
        )
    ) THEN
        RAISE EXCEPTION 'the lines of a sent quote stay' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER lines_of_sent_quote_stay BEFORE INSERT OR UPDATE OR DELETE ON quotes_quoteline
    FOR EACH ROW EXECUTE FUNCTION quotes_lines_of_draft();

CREATE FUNCTION quotes_counter_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_ordinal <> OLD.last_ordinal + 1 THEN
        RAISE EXCEPTION 'a number counter rises one by one' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quote_counter_rises BEFORE UPDATE ON quotes_quotecounter
    FOR EACH ROW EXECUTE FUNCTION quotes_counter_rises();
"""
# What a customer signed or declined is written once.
ANSWERS = "".join(
    f"""
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON quotes_{table}
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER {table}_is_not_truncated BEFORE TRUNCATE ON quotes_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON quotes_{table} TO conto_app;
"""
    for table in ("quoteacceptance", "quotedecline")
)
# An acceptance is of the family of its quote, and of its customer.
KEYS = """
ALTER TABLE quotes_quote ADD CONSTRAINT quote_of_family UNIQUE (id, family_id);
ALTER TABLE quotes_quoteacceptance ADD CONSTRAINT acceptance_of_family FOREIGN KEY (quote_id, family_id)
    REFERENCES quotes_quote (id, family_id) DEFERRABLE INITIALLY DEFERRED;
"""
GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON quotes_quote, quotes_quoteline, quotes_quoteapproval TO conto_app;
GRANT SELECT, INSERT, UPDATE ON quotes_quotecounter, quotes_quoterules, quotes_quotelink, quotes_quotequestion
    TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("quotes", "0001_quotes"), ("audit", "0005_seal_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (FROZEN, ANSWERS, KEYS, GRANTS)]
