from django.db import migrations

# A repeating invoice keeps its customer and seller; what is over stays over, and what was made stays made.
REPEATS = """
CREATE FUNCTION repeats_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a repeating invoice stays: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'ended' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'repeating invoice % is over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.made_count NOT IN (OLD.made_count, OLD.made_count + 1) OR NEW.last_made_on < OLD.last_made_on
        OR (NEW.made_count = OLD.made_count) <> (NEW.last_made_on IS NOT DISTINCT FROM OLD.last_made_on)
        OR NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
        RAISE EXCEPTION 'repeating invoice % goes forward one by one', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repeat_goes_on BEFORE UPDATE OR DELETE ON repeats_repeat
    FOR EACH ROW EXECUTE FUNCTION repeats_goes_on();
CREATE TRIGGER repeat_is_not_truncated BEFORE TRUNCATE ON repeats_repeat
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
ALTER TABLE repeats_repeat ADD CONSTRAINT repeat_of_its_customer UNIQUE (id, customer_id);
GRANT SELECT, INSERT ON repeats_repeat TO conto_app;
GRANT UPDATE (title, state, version, next_on, made_count, last_made_on, held_code, held_reason, held_params, changed_at)
    ON repeats_repeat TO conto_app;
"""
# What is agreed arrives whole, follows the version before it, and is never rewritten.
VERSIONS = """
ALTER TABLE repeats_repeatline ADD CONSTRAINT line_of_repeat_version FOREIGN KEY (version_id, line_count)
    REFERENCES repeats_repeatversion (id, line_count) DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION repeats_version_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM repeats_repeatline WHERE version_id = NEW.id) <> NEW.line_count THEN
        RAISE EXCEPTION 'version % declares % lines and has others', NEW.id, NEW.line_count
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> 1 + coalesce((SELECT max(version) FROM repeats_repeatversion WHERE repeat_id = NEW.repeat_id), 0) THEN
        RAISE EXCEPTION 'version % of % does not follow the one before', NEW.version, NEW.repeat_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repeat_version_follows BEFORE INSERT ON repeats_repeatversion
    FOR EACH ROW EXECUTE FUNCTION repeats_version_follows();
CREATE TRIGGER repeat_version_is_append_only BEFORE UPDATE OR DELETE ON repeats_repeatversion
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER repeat_version_is_not_truncated BEFORE TRUNCATE ON repeats_repeatversion
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER repeat_line_is_append_only BEFORE UPDATE OR DELETE ON repeats_repeatline
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER repeat_line_is_not_truncated BEFORE TRUNCATE ON repeats_repeatline
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON repeats_repeatversion, repeats_repeatline TO conto_app;
"""
# A day makes one invoice, later than the last one, and that stays; only what became of its sending is noted.
INVOICES = """
ALTER TABLE repeats_repeatinvoice
    ADD CONSTRAINT repeat_invoice_of_customer FOREIGN KEY (repeat_id, customer_id)
        REFERENCES repeats_repeat (id, customer_id),
    ADD CONSTRAINT repeat_invoice_of_version FOREIGN KEY (repeat_id, version)
        REFERENCES repeats_repeatversion (repeat_id, version);
CREATE FUNCTION repeats_invoice_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE before record;
BEGIN
    SELECT max(ordinal) AS ordinal, max(due_on) AS due_on INTO before
        FROM repeats_repeatinvoice WHERE repeat_id = NEW.repeat_id;
    IF NEW.ordinal <> coalesce(before.ordinal, 0) + 1 OR NEW.due_on <= before.due_on THEN
        RAISE EXCEPTION 'invoice % of % does not follow the one before', NEW.ordinal, NEW.repeat_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repeat_invoice_follows BEFORE INSERT ON repeats_repeatinvoice
    FOR EACH ROW EXECUTE FUNCTION repeats_invoice_follows();
CREATE FUNCTION repeats_invoice_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.sending IN ('', 'sent', 'settled')
        OR to_jsonb(NEW) - '{sending,refusal}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{sending,refusal}'::text[] THEN
        RAISE EXCEPTION 'what a day made stays: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repeat_invoice_stays BEFORE UPDATE OR DELETE ON repeats_repeatinvoice
    FOR EACH ROW EXECUTE FUNCTION repeats_invoice_stays();
CREATE TRIGGER repeat_invoice_is_not_truncated BEFORE TRUNCATE ON repeats_repeatinvoice
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON repeats_repeatinvoice TO conto_app;
GRANT UPDATE (sending, refusal) ON repeats_repeatinvoice TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("repeats", "0001_repeats"), ("audit", "0005_seal_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (REPEATS, VERSIONS, INVOICES)]
