from django.db import migrations

# A version is written once and whole: it follows the version before it and arrives with all its items. The plan points
# to one that is there.
VERSIONS = """
CREATE FUNCTION plans_version_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM plans_planitem WHERE plan_version_id = NEW.id) <> NEW.item_count OR NEW.item_count = 0 THEN
        RAISE EXCEPTION 'version % of plan % declares % items and has others', NEW.version, NEW.plan_id, NEW.item_count
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> coalesce((SELECT max(version) FROM plans_planversion WHERE plan_id = NEW.plan_id), 0) + 1 THEN
        RAISE EXCEPTION 'version % of plan % does not follow the one before', NEW.version, NEW.plan_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_version_follows BEFORE INSERT ON plans_planversion
    FOR EACH ROW EXECUTE FUNCTION plans_version_follows();
CREATE TRIGGER planversion_is_append_only BEFORE UPDATE OR DELETE ON plans_planversion
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER planversion_is_not_truncated BEFORE TRUNCATE ON plans_planversion
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON plans_planversion TO conto_app;
"""
PLANS = """
CREATE FUNCTION plans_plan_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version < OLD.version OR (NEW.currency, NEW.price_mode, NEW.code) IS DISTINCT FROM
        (OLD.currency, OLD.price_mode, OLD.code)
        OR NOT EXISTS (SELECT 1 FROM plans_planversion WHERE plan_id = NEW.id AND version = NEW.version) THEN
        RAISE EXCEPTION 'a plan keeps its code, currency and versions: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_stays BEFORE UPDATE ON plans_plan FOR EACH ROW EXECUTE FUNCTION plans_plan_stays();
GRANT SELECT, INSERT, UPDATE ON plans_plan TO conto_app;
"""
ITEMS = """
ALTER TABLE plans_planitem ADD CONSTRAINT item_of_plan_version FOREIGN KEY (plan_version_id, item_count)
    REFERENCES plans_planversion (id, item_count) DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER planitem_is_append_only BEFORE UPDATE OR DELETE ON plans_planitem
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER planitem_is_not_truncated BEFORE TRUNCATE ON plans_planitem
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON plans_planitem TO conto_app;
"""
COUPONS = """
CREATE FUNCTION plans_coupon_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'archived_at' IS DISTINCT FROM to_jsonb(OLD) - 'archived_at' THEN
        RAISE EXCEPTION 'a coupon keeps its meaning: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER coupon_stays BEFORE UPDATE ON plans_coupon FOR EACH ROW EXECUTE FUNCTION plans_coupon_stays();
GRANT SELECT, INSERT ON plans_coupon TO conto_app;
GRANT UPDATE (archived_at) ON plans_coupon TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_plans"), ("audit", "0005_seal_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (VERSIONS, PLANS, ITEMS, COUPONS)]
