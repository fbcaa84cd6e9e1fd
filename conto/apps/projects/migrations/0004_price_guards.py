from django.db import migrations

# A price is agreed where no hour waits to be billed, accepted once, and never rewritten.
PRICES = """
CREATE FUNCTION projects_price_is_agreed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_workentry e WHERE e.project_id = NEW.project_id AND e.kind = 'time' AND e.is_billable
        AND NOT EXISTS (SELECT FROM projects_billedwork w WHERE w.entry_id = e.id AND w.is_live)) THEN
        RAISE EXCEPTION 'project % has hours to bill', NEW.project_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fixed_price_without_hours BEFORE INSERT ON projects_fixedprice
    FOR EACH ROW EXECUTE FUNCTION projects_price_is_agreed();

CREATE FUNCTION projects_price_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.accepted_at IS NOT NULL
        OR to_jsonb(NEW) - '{accepted_by,accepted_on,accepted_at}'::text[]
            IS DISTINCT FROM to_jsonb(OLD) - '{accepted_by,accepted_on,accepted_at}'::text[] THEN
        RAISE EXCEPTION 'a price stays, and is accepted once: %', OLD.project_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fixed_price_stays BEFORE UPDATE OR DELETE ON projects_fixedprice
    FOR EACH ROW EXECUTE FUNCTION projects_price_stays();
CREATE TRIGGER fixed_price_is_not_truncated BEFORE TRUNCATE ON projects_fixedprice
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON projects_fixedprice TO conto_app;
GRANT UPDATE (accepted_by, accepted_on, accepted_at) ON projects_fixedprice TO conto_app;

CREATE FUNCTION projects_time_is_in_the_price() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_fixedprice WHERE project_id = NEW.project_id) THEN
        RAISE EXCEPTION 'time of project % is in its price', NEW.project_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER time_is_in_the_price BEFORE INSERT ON projects_workentry
    FOR EACH ROW WHEN (NEW.kind = 'time' AND NEW.is_billable) EXECUTE FUNCTION projects_time_is_in_the_price();
CREATE TRIGGER time_stays_in_the_price BEFORE UPDATE ON projects_workentry
    FOR EACH ROW WHEN (NEW.kind = 'time' AND NEW.is_billable AND NOT OLD.is_billable)
    EXECUTE FUNCTION projects_time_is_in_the_price();
"""
# Whatever is written: no more is billed than the price, milestones are no more than it, and what is accepted is closed.
PARTS = """
CREATE FUNCTION projects_price_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    of_project uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.project_id ELSE NEW.project_id END;
    agreed projects_fixedprice;
    price bigint;
BEGIN
    SELECT * INTO agreed FROM projects_fixedprice WHERE project_id = of_project FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'project % has no price', of_project USING ERRCODE = 'check_violation';
    END IF;
    IF agreed.accepted_at IS NOT NULL AND TG_TABLE_NAME <> 'projects_billedprice' THEN
        RAISE EXCEPTION 'project % is accepted', of_project USING ERRCODE = 'check_violation';
    END IF;
    price := agreed.amount_minor
        + (SELECT coalesce(sum(amount_minor), 0) FROM projects_changeorder WHERE project_id = of_project);
    IF price < (SELECT coalesce(sum(work_minor), 0) FROM projects_billedprice WHERE project_id = of_project AND is_live)
        OR price < (SELECT coalesce(sum(amount_minor), 0) + round(price * coalesce(sum(percent), 0) / 100)
            FROM projects_milestone WHERE project_id = of_project) THEN
        RAISE EXCEPTION 'more than the price of project %', of_project USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER change_order_within_price AFTER INSERT ON projects_changeorder
    FOR EACH ROW EXECUTE FUNCTION projects_price_holds();
CREATE TRIGGER milestone_within_price AFTER INSERT OR UPDATE OR DELETE ON projects_milestone
    FOR EACH ROW EXECUTE FUNCTION projects_price_holds();
CREATE TRIGGER price_progress_before_acceptance AFTER INSERT ON projects_priceprogress
    FOR EACH ROW EXECUTE FUNCTION projects_price_holds();
CREATE TRIGGER billed_within_price AFTER INSERT ON projects_billedprice
    FOR EACH ROW EXECUTE FUNCTION projects_price_holds();

CREATE TRIGGER changeorder_is_append_only BEFORE UPDATE OR DELETE ON projects_changeorder
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER changeorder_is_not_truncated BEFORE TRUNCATE ON projects_changeorder
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER priceprogress_is_append_only BEFORE UPDATE OR DELETE ON projects_priceprogress
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER priceprogress_is_not_truncated BEFORE TRUNCATE ON projects_priceprogress
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON projects_changeorder, projects_priceprogress TO conto_app;

CREATE FUNCTION projects_milestone_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.project_id, NEW.name, NEW.amount_minor, NEW.percent)
        IS DISTINCT FROM (OLD.project_id, OLD.name, OLD.amount_minor, OLD.percent) THEN
        RAISE EXCEPTION 'a milestone keeps its name and amount: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER milestone_stays BEFORE UPDATE ON projects_milestone
    FOR EACH ROW EXECUTE FUNCTION projects_milestone_stays();
GRANT SELECT, INSERT, UPDATE, DELETE ON projects_milestone TO conto_app;
"""
# What a bill takes of a price counts as long as the bill does, and names milestones that are reached.
BILLS = """
ALTER TABLE projects_billedprice ADD CONSTRAINT price_on_bill FOREIGN KEY (bill_id, project_id, is_live)
    REFERENCES projects_projectbill (id, project_id, is_live) ON UPDATE CASCADE;
ALTER TABLE projects_billedmilestone
    ADD CONSTRAINT milestone_on_bill FOREIGN KEY (bill_id, project_id, is_live)
        REFERENCES projects_projectbill (id, project_id, is_live) ON UPDATE CASCADE,
    ADD CONSTRAINT billed_milestone_of_project FOREIGN KEY (milestone_id, project_id)
        REFERENCES projects_milestone (id, project_id);

CREATE FUNCTION projects_billed_milestone_is_reached() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM projects_milestone WHERE id = NEW.milestone_id AND reached_at IS NOT NULL) THEN
        RAISE EXCEPTION 'milestone % is not reached', NEW.milestone_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billed_milestone_is_reached BEFORE INSERT ON projects_billedmilestone
    FOR EACH ROW EXECUTE FUNCTION projects_billed_milestone_is_reached();

CREATE FUNCTION projects_billed_price_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'is_live' IS DISTINCT FROM to_jsonb(OLD) - 'is_live' THEN
        RAISE EXCEPTION 'what a bill takes of a price stays on it: %', OLD.bill_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billed_price_follows_its_bill BEFORE UPDATE OR DELETE ON projects_billedprice
    FOR EACH ROW EXECUTE FUNCTION projects_billed_price_follows();
CREATE TRIGGER billed_price_is_not_truncated BEFORE TRUNCATE ON projects_billedprice
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER billed_milestone_follows_its_bill BEFORE UPDATE OR DELETE ON projects_billedmilestone
    FOR EACH ROW EXECUTE FUNCTION projects_billed_price_follows();
CREATE TRIGGER billed_milestone_is_not_truncated BEFORE TRUNCATE ON projects_billedmilestone
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON projects_billedprice, projects_billedmilestone TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_prices")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (PRICES, PARTS, BILLS)]
