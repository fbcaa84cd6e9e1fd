from django.db import migrations

# A project keeps its customer, seller, number and currency: bills and work stand on them.
PROJECTS = """
GRANT SELECT, INSERT ON projects_project TO conto_app;
GRANT UPDATE (deal_id, quote_id, owner_id, item_id, name, state, budget_minor, step_minutes, version, changed_at)
    ON projects_project TO conto_app;

CREATE FUNCTION projects_counter_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_ordinal <> OLD.last_ordinal + 1 THEN
        RAISE EXCEPTION 'a number counter rises one by one' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER project_counter_rises BEFORE UPDATE ON projects_projectcounter
    FOR EACH ROW EXECUTE FUNCTION projects_counter_rises();
GRANT SELECT, INSERT, UPDATE ON projects_projectcounter TO conto_app;
GRANT SELECT, INSERT ON projects_projectrate TO conto_app;
GRANT UPDATE (amount, set_at) ON projects_projectrate TO conto_app;
"""
# What is billed stays as it is, until the bill does not count any more.
WORK = """
CREATE FUNCTION projects_billed_work_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_billedwork WHERE entry_id = OLD.id AND is_live) THEN
        RAISE EXCEPTION 'work % is billed and stays as it is', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER work_that_is_billed_stays BEFORE UPDATE OR DELETE ON projects_workentry
    FOR EACH ROW EXECUTE FUNCTION projects_billed_work_stays();
GRANT SELECT, INSERT, UPDATE, DELETE ON projects_workentry TO conto_app;
"""
# A bill names approved work of its project only, with at least the minutes that were worked, and is freed once.
BILLS = """
ALTER TABLE projects_projectbill ADD CONSTRAINT bill_of_projects_customer FOREIGN KEY (project_id, customer_id)
    REFERENCES projects_project (id, customer_id);
ALTER TABLE projects_billedwork
    ADD CONSTRAINT work_on_bill FOREIGN KEY (bill_id, project_id, is_live)
        REFERENCES projects_projectbill (id, project_id, is_live) ON UPDATE CASCADE,
    ADD CONSTRAINT billed_work_of_project FOREIGN KEY (entry_id, project_id)
        REFERENCES projects_workentry (id, project_id);

CREATE FUNCTION projects_billed_work_is_approved() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE done record;
BEGIN
    SELECT * INTO done FROM projects_workentry WHERE id = NEW.entry_id;
    IF done.approved_at IS NULL OR NOT done.is_billable OR NEW.minutes < done.minutes
        OR NEW.amount_minor IS DISTINCT FROM done.amount_minor THEN
        RAISE EXCEPTION 'work % cannot be billed like this', NEW.entry_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billed_work_is_approved BEFORE INSERT ON projects_billedwork
    FOR EACH ROW EXECUTE FUNCTION projects_billed_work_is_approved();

CREATE FUNCTION projects_bill_is_freed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT OLD.is_live OR NEW.is_live
        OR to_jsonb(NEW) - '{is_live,freed_at}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{is_live,freed_at}'::text[] THEN
        RAISE EXCEPTION 'a bill stays, and is freed once: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER project_bill_is_freed_once BEFORE UPDATE OR DELETE ON projects_projectbill
    FOR EACH ROW EXECUTE FUNCTION projects_bill_is_freed_once();
CREATE TRIGGER project_bill_is_not_truncated BEFORE TRUNCATE ON projects_projectbill
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();

CREATE FUNCTION projects_billed_work_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'is_live' IS DISTINCT FROM to_jsonb(OLD) - 'is_live' THEN
        RAISE EXCEPTION 'billed work stays on its bill: %', OLD.entry_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billed_work_follows_its_bill BEFORE UPDATE OR DELETE ON projects_billedwork
    FOR EACH ROW EXECUTE FUNCTION projects_billed_work_follows();
CREATE TRIGGER billed_work_is_not_truncated BEFORE TRUNCATE ON projects_billedwork
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON projects_projectbill, projects_billedwork TO conto_app;
GRANT UPDATE (is_live, freed_at) ON projects_projectbill TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_projects"), ("audit", "0005_seal_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (PROJECTS, WORK, BILLS)]
