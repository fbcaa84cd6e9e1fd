from django.db import migrations, models

# Work that a draft bills is billed by something that is there: a draft, or the document that it became.
GUARD = """
CREATE FUNCTION invoicing_billed_work_is_freed() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_projectbill WHERE id = OLD.id AND is_live)
        AND NOT EXISTS (SELECT FROM invoicing_document WHERE id = OLD.id) THEN
        RAISE EXCEPTION 'draft % bills work, which is not freed', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER draft_that_bills_work_frees_it AFTER DELETE ON invoicing_draft
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.bound_lines > 0)
    EXECUTE FUNCTION invoicing_billed_work_is_freed();

CREATE FUNCTION invoicing_bill_has_its_draft() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_projectbill WHERE id = NEW.id AND is_live)
        AND NOT EXISTS (SELECT FROM invoicing_draft
            WHERE id = NEW.id AND customer_id = NEW.customer_id AND bound_lines > 0)
        AND NOT EXISTS (SELECT FROM invoicing_document WHERE id = NEW.id AND customer_id = NEW.customer_id) THEN
        RAISE EXCEPTION 'bill % has no draft', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER project_bill_has_its_draft AFTER INSERT ON projects_projectbill
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoicing_bill_has_its_draft();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0007_issue_batches"),
        ("projects", "0002_guards"),
    ]
    operations = [
        migrations.AddField(
            model_name="draft",
            name="bound_lines",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER draft_that_bills_work_frees_it ON invoicing_draft;"
            "DROP FUNCTION invoicing_billed_work_is_freed();"
            "DROP TRIGGER project_bill_has_its_draft ON projects_projectbill;"
            "DROP FUNCTION invoicing_bill_has_its_draft();",
        ),
    ]
