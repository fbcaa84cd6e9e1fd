from django.db import migrations

# Django writes no foreign keys of several columns. A deal stands in a stage of its own pipeline, and an activity of a
# deal is with the deal's customer.
KEYS = """
ALTER TABLE deals_deal ADD CONSTRAINT deal_in_stage_of_pipeline FOREIGN KEY (stage_id, pipeline_id)
    REFERENCES deals_stage (id, pipeline_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE deals_activity ADD CONSTRAINT activity_with_customer_of_deal FOREIGN KEY (deal_id, customer_id)
    REFERENCES deals_deal (id, customer_id) DEFERRABLE INITIALLY DEFERRED;
"""
# Pipelines, stages, reasons and deals have a history: they are archived, won or lost, never deleted. Of a visit only
# its end is written later.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON deals_pipeline, deals_stage, deals_lostreason, deals_deal, deals_activity TO conto_app;
GRANT SELECT, INSERT ON deals_stagevisit, deals_comment TO conto_app;
GRANT UPDATE (left_at) ON deals_stagevisit TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON deals_dealline, deals_dealfollower, deals_checklisttick TO conto_app;
"""
# A visit that ended stays as it is, whoever asks.
HISTORY = """
CREATE FUNCTION deals_visit_only_ends() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.left_at IS NOT NULL OR NEW.left_at IS NULL
        OR (NEW.id, NEW.deal_id, NEW.stage_id, NEW.entered_at) IS DISTINCT FROM
           (OLD.id, OLD.deal_id, OLD.stage_id, OLD.entered_at) THEN
        RAISE EXCEPTION 'the history of stages is not rewritten: visit %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visit_only_ends BEFORE UPDATE ON deals_stagevisit
    FOR EACH ROW EXECUTE FUNCTION deals_visit_only_ends();
"""


class Migration(migrations.Migration):
    dependencies = [("deals", "0001_pipelines_deals_activities")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (KEYS, GRANTS, HISTORY)]
