from django.db import migrations

GUARDS = """
-- A seal follows the last one, and covers facts from where that one ended.
CREATE FUNCTION conto_check_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last audit_factseal;
BEGIN
    SELECT * INTO last FROM audit_factseal ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.first_position <> coalesce(last.last_position, 0) + 1 THEN
        RAISE EXCEPTION 'seal % does not follow the last one', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seal_follows BEFORE INSERT ON audit_factseal FOR EACH ROW EXECUTE FUNCTION conto_check_seal();

-- What facts say is erased only if a fact names them, and that fact itself is never erased.
CREATE FUNCTION conto_erase_payloads(erasure uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM audit_factpayload p USING audit_fact f
        WHERE f.id = p.fact_id AND f.kind <> 'payloads_erased' AND p.fact_id IN (
            SELECT named::uuid FROM audit_fact e JOIN audit_factpayload said ON said.fact_id = e.id,
                jsonb_array_elements_text(said.body -> 'fact_ids') AS named
            WHERE e.id = erasure AND e.kind = 'payloads_erased')
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION conto_erase_payloads(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conto_erase_payloads(uuid) TO conto_app;

CREATE TRIGGER position_is_append_only BEFORE UPDATE OR DELETE ON audit_factposition
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER position_is_not_truncated BEFORE TRUNCATE ON audit_factposition
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER seal_is_append_only BEFORE UPDATE OR DELETE ON audit_factseal
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER seal_is_not_truncated BEFORE TRUNCATE ON audit_factseal
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();

GRANT SELECT, INSERT ON audit_factposition, audit_factseal TO conto_app;
GRANT SELECT, INSERT, UPDATE ON audit_factreader TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_seals")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
