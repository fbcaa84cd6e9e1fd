from django.db import migrations

# A project has a price or a retainer; what is agreed of a retainer changes, and what a period brought stays.
RETAINERS = """
ALTER TABLE projects_retainer ADD CONSTRAINT retainer_of_projects_customer FOREIGN KEY (project_id, customer_id)
    REFERENCES projects_project (id, customer_id);

CREATE FUNCTION projects_retainer_without_price() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_fixedprice WHERE project_id = NEW.project_id) THEN
        RAISE EXCEPTION 'project % has a price', NEW.project_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retainer_without_price BEFORE INSERT ON projects_retainer
    FOR EACH ROW EXECUTE FUNCTION projects_retainer_without_price();
CREATE FUNCTION projects_price_without_retainer() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_retainer WHERE project_id = NEW.project_id) THEN
        RAISE EXCEPTION 'project % has a retainer', NEW.project_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fixed_price_without_retainer BEFORE INSERT ON projects_fixedprice
    FOR EACH ROW EXECUTE FUNCTION projects_price_without_retainer();
GRANT SELECT, INSERT ON projects_retainer TO conto_app;
GRANT UPDATE (repeat_id, minutes, carry_periods, overage_rate, version, changed_at) ON projects_retainer TO conto_app;

CREATE FUNCTION projects_retainer_period_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.is_revoked
        OR to_jsonb(NEW) - 'is_revoked' IS DISTINCT FROM to_jsonb(OLD) - 'is_revoked' THEN
        RAISE EXCEPTION 'what a period brought stays, and is revoked once: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retainer_period_stays BEFORE UPDATE OR DELETE ON projects_retainerperiod
    FOR EACH ROW EXECUTE FUNCTION projects_retainer_period_stays();
CREATE TRIGGER retainer_period_is_not_truncated BEFORE TRUNCATE ON projects_retainerperiod
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON projects_retainerperiod TO conto_app;
GRANT UPDATE (is_revoked) ON projects_retainerperiod TO conto_app;
"""
# What is closed counts as long as its bill does, covers approved work only, within what its period brought and until
# that lapses, and settles a piece of work whole.
CLOSINGS = """
ALTER TABLE projects_retainerclosing ADD CONSTRAINT closing_of_bill FOREIGN KEY (bill_id, project_id, is_live)
    REFERENCES projects_projectbill (id, project_id, is_live) ON UPDATE CASCADE;
ALTER TABLE projects_coveredwork
    ADD CONSTRAINT covered_by_closing FOREIGN KEY (closing_id, project_id, is_live)
        REFERENCES projects_retainerclosing (id, project_id, is_live) ON UPDATE CASCADE,
    ADD CONSTRAINT covered_work_of_project FOREIGN KEY (entry_id, project_id)
        REFERENCES projects_workentry (id, project_id),
    ADD CONSTRAINT covered_by_period FOREIGN KEY (period_id, project_id)
        REFERENCES projects_retainerperiod (id, project_id);

CREATE FUNCTION projects_retainer_closing_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT OLD.is_live OR NEW.is_live
        OR to_jsonb(NEW) - 'is_live' IS DISTINCT FROM to_jsonb(OLD) - 'is_live' THEN
        RAISE EXCEPTION 'a closing stays, and is opened once: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retainer_closing_stays BEFORE UPDATE OR DELETE ON projects_retainerclosing
    FOR EACH ROW EXECUTE FUNCTION projects_retainer_closing_stays();
CREATE TRIGGER retainer_closing_is_not_truncated BEFORE TRUNCATE ON projects_retainerclosing
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();

CREATE FUNCTION projects_work_is_covered() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    done projects_workentry;
    brought projects_retainerperiod;
BEGIN
    SELECT * INTO done FROM projects_workentry WHERE id = NEW.entry_id FOR UPDATE;
    SELECT * INTO brought FROM projects_retainerperiod WHERE id = NEW.period_id FOR UPDATE;
    IF done.approved_at IS NULL OR NOT done.is_billable OR done.kind <> 'time'
        OR EXISTS (SELECT FROM projects_billedwork WHERE entry_id = NEW.entry_id AND is_live)
        OR EXISTS (SELECT FROM projects_coveredwork
            WHERE entry_id = NEW.entry_id AND is_live AND closing_id <> NEW.closing_id) THEN
        RAISE EXCEPTION 'work % cannot be covered', NEW.entry_id USING ERRCODE = 'check_violation';
    END IF;
    IF brought.is_revoked OR done.day < brought.starts_on OR done.day >= brought.lapses_on OR brought.minutes <
        (SELECT sum(minutes) FROM projects_coveredwork WHERE period_id = NEW.period_id AND is_live) THEN
        RAISE EXCEPTION 'period % does not cover work %', NEW.period_id, NEW.entry_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER work_is_covered AFTER INSERT ON projects_coveredwork
    FOR EACH ROW EXECUTE FUNCTION projects_work_is_covered();

CREATE FUNCTION projects_covered_work_is_settled() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_workentry e WHERE e.id = NEW.entry_id AND e.minutes > (
            SELECT sum(minutes) FROM projects_coveredwork WHERE entry_id = e.id AND is_live
        ) + coalesce((SELECT minutes FROM projects_billedwork WHERE entry_id = e.id AND is_live), 0)) THEN
        RAISE EXCEPTION 'work % is covered in part and the rest is not billed', NEW.entry_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER covered_work_is_settled AFTER INSERT ON projects_coveredwork
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION projects_covered_work_is_settled();

CREATE FUNCTION projects_covered_work_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'is_live' IS DISTINCT FROM to_jsonb(OLD) - 'is_live' THEN
        RAISE EXCEPTION 'covered work stays in its closing: %', OLD.entry_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER covered_work_follows_its_closing BEFORE UPDATE OR DELETE ON projects_coveredwork
    FOR EACH ROW EXECUTE FUNCTION projects_covered_work_follows();
CREATE TRIGGER covered_work_is_not_truncated BEFORE TRUNCATE ON projects_coveredwork
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON projects_retainerclosing, projects_coveredwork TO conto_app;
GRANT UPDATE (is_live) ON projects_retainerclosing TO conto_app;
"""
# What is covered stays as it is, as what is billed does, and a bill takes what goes beyond.
WORK = """
CREATE OR REPLACE FUNCTION projects_billed_work_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_billedwork WHERE entry_id = OLD.id AND is_live)
        OR EXISTS (SELECT FROM projects_coveredwork WHERE entry_id = OLD.id AND is_live) THEN
        RAISE EXCEPTION 'work % is billed and stays as it is', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION projects_billed_work_is_approved() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    done projects_workentry;
    covered bigint;
BEGIN
    SELECT * INTO done FROM projects_workentry WHERE id = NEW.entry_id FOR UPDATE;
    SELECT coalesce(sum(minutes), 0) INTO covered FROM projects_coveredwork
        WHERE entry_id = NEW.entry_id AND is_live;
    IF done.approved_at IS NULL OR NOT done.is_billable OR NEW.minutes + covered < done.minutes
        OR NEW.amount_minor IS DISTINCT FROM done.amount_minor
        OR EXISTS (SELECT FROM projects_coveredwork w JOIN projects_retainerclosing c ON c.id = w.closing_id
            WHERE w.entry_id = NEW.entry_id AND w.is_live AND c.bill_id IS DISTINCT FROM NEW.bill_id) THEN
        RAISE EXCEPTION 'work % cannot be billed like this', NEW.entry_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_retainers")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (RETAINERS, CLOSINGS, WORK)]
