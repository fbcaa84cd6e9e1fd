"""What of it that recurs a customer took: kept with the signature, and shown as the worth of the quote."""

from django.db import migrations, models

# As in 0002; what recurs a month is of the choice, so accepting may change it, as it may the total.
FUNCTION = """
CREATE OR REPLACE FUNCTION quotes_sent_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'a sent quote stays: %', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state = 'draft' THEN
        IF NEW.state NOT IN ('draft', 'sent') THEN
            RAISE EXCEPTION 'a quote is sent before it is answered: %', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state <> 'sent' OR NEW.state = 'draft')
        OR to_jsonb(NEW) - ARRAY['state', 'ended_at', 'changed_at', 'shown_total_minor',{more} 'owner_id', 'contact_id']
            IS DISTINCT FROM
            to_jsonb(OLD) - ARRAY['state', 'ended_at', 'changed_at', 'shown_total_minor',{more} 'owner_id', 'contact_id']
    THEN
        RAISE EXCEPTION 'a sent quote stays: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("quotes", "0005_renewals")]

    operations = [
        migrations.AddField("quoteacceptance", "chosen_recurring", models.JSONField(default=list, db_default=[])),
        migrations.RunSQL(FUNCTION.replace("{more}", " 'shown_monthly_minor',"), FUNCTION.replace("{more}", "")),
    ]
