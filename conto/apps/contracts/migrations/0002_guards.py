from django.db import migrations

# A version is written once and whole: it follows the version before it, of the same contract, and arrives with all its
# lines. Later only that it is no longer the current one is written.
VERSIONS = """
CREATE FUNCTION contracts_version_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE before record;
BEGIN
    IF (SELECT count(*) FROM contracts_contractline WHERE contract_id = NEW.id) <> NEW.line_count THEN
        RAISE EXCEPTION 'contract % declares % lines and has others', NEW.id, NEW.line_count
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version = 1 THEN
        IF NEW.family_id <> NEW.id THEN
            RAISE EXCEPTION 'the first version names the contract: %', NEW.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO before FROM contracts_contract WHERE family_id = NEW.family_id AND version = NEW.version - 1;
    IF before IS NULL
        OR (NEW.customer_id, NEW.legal_entity_id, NEW.deal_id, NEW.quote_id, NEW.currency, NEW.price_mode)
            IS DISTINCT FROM
           (before.customer_id, before.legal_entity_id, before.deal_id, before.quote_id, before.currency,
            before.price_mode)
        OR before.number <> '' AND NEW.number <> before.number
        OR before.number <> '' AND NEW.starts_on <> before.starts_on
        OR before.state NOT IN ('draft', 'dropped') AND NEW.state IN ('draft', 'dropped')
    THEN
        RAISE EXCEPTION 'version % of contract % does not follow the one before', NEW.version, NEW.family_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contract_version_follows BEFORE INSERT ON contracts_contract
    FOR EACH ROW EXECUTE FUNCTION contracts_version_follows();

CREATE FUNCTION contracts_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a version of a contract stays: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NOT OLD.is_current OR NEW.is_current
        OR to_jsonb(NEW) - 'is_current' IS DISTINCT FROM to_jsonb(OLD) - 'is_current' THEN
        RAISE EXCEPTION 'a version of a contract stays: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contract_version_stays BEFORE UPDATE OR DELETE ON contracts_contract
    FOR EACH ROW EXECUTE FUNCTION contracts_version_stays();
CREATE TRIGGER contract_is_not_truncated BEFORE TRUNCATE ON contracts_contract
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON contracts_contract TO conto_app;
GRANT UPDATE (is_current) ON contracts_contract TO conto_app;

CREATE FUNCTION contracts_counter_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_ordinal <> OLD.last_ordinal + 1 THEN
        RAISE EXCEPTION 'a number counter rises one by one' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contract_counter_rises BEFORE UPDATE ON contracts_contractcounter
    FOR EACH ROW EXECUTE FUNCTION contracts_counter_rises();
GRANT SELECT, INSERT, UPDATE ON contracts_contractcounter TO conto_app;
"""
LINES = """
ALTER TABLE contracts_contractline ADD CONSTRAINT line_of_contract FOREIGN KEY (contract_id, line_count)
    REFERENCES contracts_contract (id, line_count) DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER contractline_is_append_only BEFORE UPDATE OR DELETE ON contracts_contractline
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER contractline_is_not_truncated BEFORE TRUNCATE ON contracts_contractline
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON contracts_contractline TO conto_app;
"""
# The rules of G-2 and G-3 for lists of thousands: the last day that is agreed, and the last day, from a day on, by which
# somebody decides about the next term. Tests hold them against `last_day` and `decide_by` of conto.domain.contract.
DATES = """
CREATE FUNCTION contracts_last_day(renewal text, starts date, ends date, first_months int, renewal_months int,
    renewals int) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE renewal
        WHEN 'ask' THEN least(ends, (starts + make_interval(months => first_months + renewals * renewal_months))::date - 1)
        ELSE ends
    END
$$;
CREATE FUNCTION contracts_term_after(starts date, first_months int, renewal_months int, on_day date) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT min(begins) FROM (
        SELECT (starts + make_interval(months => first_months + greatest(k, 0) * renewal_months))::date AS begins
        FROM (SELECT ((extract(year FROM on_day) - extract(year FROM starts)) * 12
            + extract(month FROM on_day) - extract(month FROM starts))::int - first_months AS past) p,
            generate_series(p.past / renewal_months - 1, p.past / renewal_months + 2) k
    ) terms WHERE begins > on_day
$$;
CREATE FUNCTION contracts_decide_by(renewal text, starts date, ends date, first_months int, renewal_months int,
    renewals int, notice_days int, on_day date) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN renewal = 'none' OR begins <= on_day OR ends < begins THEN NULL
        WHEN renewal = 'ask' AND begins - notice_days - 1 < on_day THEN begins - 1
        ELSE begins - notice_days - 1
    END
    FROM (SELECT CASE renewal
        WHEN 'auto' THEN contracts_term_after(starts, first_months, renewal_months, on_day + notice_days)
        WHEN 'ask' THEN (starts + make_interval(months => first_months + renewals * renewal_months))::date
    END AS begins) next_term
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_contracts"), ("audit", "0005_seal_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (VERSIONS, LINES, DATES)]
