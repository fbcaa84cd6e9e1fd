from django.db import migrations, models

# A draft whose lines were billed elsewhere is issued, or stays: whoever throws it away loses what is owed.
GUARD = """
CREATE FUNCTION invoicing_kept_draft_was_issued() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM invoicing_document WHERE id = OLD.id) THEN
        RAISE EXCEPTION 'draft % bills a subscription and cannot be discarded', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER draft_that_keeps_lines_is_issued AFTER DELETE ON invoicing_draft
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.keeps_lines) EXECUTE FUNCTION invoicing_kept_draft_was_issued();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0004_quotes_and_deals")]
    operations = [
        migrations.AddField(
            model_name="draft",
            name="keeps_lines",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER draft_that_keeps_lines_is_issued ON invoicing_draft;"
            "DROP FUNCTION invoicing_kept_draft_was_issued();",
        ),
    ]
