from django.db import migrations

# Leads and forms have a history: they are discarded or switched off, never deleted. Rules are written anew as a whole.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON leads_lead, leads_leadform TO conto_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON leads_routingrule TO conto_app;
"""
# What a lead became is not taken back, whoever asks.
ONCE = """
CREATE FUNCTION leads_converts_once() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.state, NEW.customer_id, NEW.deal_id, NEW.converted_at) IS DISTINCT FROM
       (OLD.state, OLD.customer_id, OLD.deal_id, OLD.converted_at) THEN
        RAISE EXCEPTION 'a lead becomes a customer once: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lead_converts_once BEFORE UPDATE ON leads_lead
    FOR EACH ROW WHEN (OLD.state = 'converted') EXECUTE FUNCTION leads_converts_once();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_leads_forms_routing")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (GRANTS, ONCE)]
