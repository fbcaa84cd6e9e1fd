from django.db import migrations

CLOSED_PERIOD = """
-- One row per legal entity from its first moment on, so that there is always a row to hold.
INSERT INTO ledger_closedperiod (legal_entity_id, ordinal) SELECT id, 0 FROM accounts_legalentity;
CREATE FUNCTION ledger_open_first_period() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_closedperiod (legal_entity_id, ordinal) VALUES (NEW.id, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER legal_entity_has_open_period AFTER INSERT ON accounts_legalentity
    FOR EACH ROW EXECUTE FUNCTION ledger_open_first_period();

-- Whoever posts holds the row until the end of the transaction. A close changes it, so it waits for postings that
-- have begun; postings that come while it closes wait, and then see the new date.
CREATE FUNCTION ledger_entry_in_open_period() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE earliest record; closed date;
BEGIN
    FOR earliest IN
        SELECT legal_entity_id, min(dated_on) AS dated_on FROM added GROUP BY 1 ORDER BY 1
    LOOP
        SELECT closed_until INTO STRICT closed FROM ledger_closedperiod
        WHERE legal_entity_id = earliest.legal_entity_id FOR SHARE;
        IF earliest.dated_on <= closed THEN
            RAISE EXCEPTION 'an entry of % lies in a closed period', earliest.dated_on
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_in_open_period', DETAIL = closed::text;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_in_open_period AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_in_open_period();

CREATE FUNCTION ledger_hold_period(entity uuid, OUT closed_until date, OUT ordinal integer)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.closed_until, p.ordinal FROM ledger_closedperiod p WHERE p.legal_entity_id = entity FOR UPDATE
$$;

-- The closing date follows the steps that are written down, one after the other.
CREATE FUNCTION ledger_move_closing_date() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE current ledger_closedperiod;
BEGIN
    SELECT * INTO STRICT current FROM ledger_closedperiod WHERE legal_entity_id = NEW.legal_entity_id FOR UPDATE;
    IF NEW.ordinal <> current.ordinal + 1
        OR NEW.kind = 'closed' AND NEW.closed_until <= current.closed_until
        OR NEW.kind = 'reopened' AND (current.closed_until IS NULL OR NEW.closed_until >= current.closed_until)
    THEN
        RAISE EXCEPTION 'closing % does not follow the one before', NEW.ordinal USING ERRCODE = 'check_violation';
    END IF;
    UPDATE ledger_closedperiod SET ordinal = NEW.ordinal, closed_until = NEW.closed_until
    WHERE legal_entity_id = NEW.legal_entity_id;
    RETURN NEW;
END $$;
CREATE TRIGGER closing_moves_closing_date BEFORE INSERT ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION ledger_move_closing_date();
"""

GUARDS = """
CREATE TRIGGER closing_is_append_only BEFORE UPDATE OR DELETE ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER closing_is_not_truncated BEFORE TRUNCATE ON ledger_closing
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON ledger_closing TO conto_app;
GRANT SELECT ON ledger_closedperiod TO conto_app;
REVOKE EXECUTE ON FUNCTION ledger_open_first_period(), ledger_entry_in_open_period(), ledger_move_closing_date(),
    ledger_hold_period(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_hold_period(uuid) TO conto_app;
-- A firm may number and name its accounts; what an account is for never changes.
GRANT UPDATE (code, name) ON ledger_account TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_closing_date")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (CLOSED_PERIOD, GUARDS)]
