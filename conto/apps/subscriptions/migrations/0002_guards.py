from django.db import migrations

# What was agreed never changes; what is written again is how the subscription is handled and how far it was billed.
SUBSCRIPTIONS = """
CREATE FUNCTION subscriptions_agreement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version < OLD.version OR NEW.settled_count < OLD.settled_count OR NEW.settled_on < OLD.settled_on
        OR (OLD.settled_on IS NOT NULL AND NEW.settled_on IS NULL) THEN
        RAISE EXCEPTION 'subscription % goes forward only', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subscription_agreement_stays BEFORE UPDATE ON subscriptions_subscription
    FOR EACH ROW EXECUTE FUNCTION subscriptions_agreement_stays();
CREATE TRIGGER subscription_stays BEFORE DELETE ON subscriptions_subscription
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER subscription_is_not_truncated BEFORE TRUNCATE ON subscriptions_subscription
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_subscription TO conto_app;
GRANT UPDATE (owner_id, title, collection, is_reviewed, bills_alone, version, next_bill_on, settled_on, settled_count,
    drawn, final_on, changed_at) ON subscriptions_subscription TO conto_app;
"""
APPENDED = """
CREATE TRIGGER {name}_is_append_only BEFORE UPDATE OR DELETE ON subscriptions_{table}
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER {name}_is_not_truncated BEFORE TRUNCATE ON subscriptions_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_{table} TO conto_app;
"""
# The changes of a subscription follow one another without a hole.
CHANGES = """
CREATE FUNCTION subscriptions_change_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.ordinal <> coalesce((SELECT max(ordinal) FROM subscriptions_subscriptionchange
        WHERE subscription_id = NEW.subscription_id), 0) + 1 THEN
        RAISE EXCEPTION 'change % of subscription % does not follow', NEW.ordinal, NEW.subscription_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subscriptionchange_follows BEFORE INSERT ON subscriptions_subscriptionchange
    FOR EACH ROW EXECUTE FUNCTION subscriptions_change_follows();
"""
# What was billed of a charge is the sum of its lines, numbered without a hole: said when the transaction ends, by the
# charge, so that a line that is missing, doubled or changed on the way stops all of it.
CHARGES = """
CREATE FUNCTION subscriptions_charge_adds_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE told record; kept record;
BEGIN
    SELECT line_count, gross_minor, discount_minor INTO kept FROM subscriptions_billedcharge WHERE id = NEW.id;
    SELECT count(*) AS lines, coalesce(max(number), 0) AS last, coalesce(sum(gross_minor), 0) AS gross,
        coalesce(sum(discount_minor), 0) AS discount
        INTO told FROM subscriptions_billedline WHERE charge_id = NEW.id;
    IF (told.lines, told.last, told.gross, told.discount)
        IS DISTINCT FROM (kept.line_count, kept.line_count, kept.gross_minor, kept.discount_minor) THEN
        RAISE EXCEPTION 'charge % is not the sum of its lines', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billedcharge_adds_up AFTER INSERT OR UPDATE ON subscriptions_billedcharge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION subscriptions_charge_adds_up();
CREATE FUNCTION subscriptions_charge_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.subscription_id, NEW.item_key, NEW.first_day, NEW.price_version, NEW.quantity_pico)
        IS DISTINCT FROM
       (OLD.id, OLD.subscription_id, OLD.item_key, OLD.first_day, OLD.price_version, OLD.quantity_pico)
        OR NEW.line_count < OLD.line_count THEN
        RAISE EXCEPTION 'a charge stays what it is: %', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billedcharge_stays BEFORE UPDATE ON subscriptions_billedcharge
    FOR EACH ROW EXECUTE FUNCTION subscriptions_charge_stays();
CREATE TRIGGER billedcharge_is_kept BEFORE DELETE ON subscriptions_billedcharge
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER billedcharge_is_not_truncated BEFORE TRUNCATE ON subscriptions_billedcharge
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT, UPDATE ON subscriptions_billedcharge TO conto_app;
"""
COUNTERS = """
CREATE FUNCTION subscriptions_counter_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_ordinal <> OLD.last_ordinal + 1 THEN
        RAISE EXCEPTION 'a number counter rises one by one' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subscription_counter_rises BEFORE UPDATE ON subscriptions_subscriptioncounter
    FOR EACH ROW EXECUTE FUNCTION subscriptions_counter_rises();
GRANT SELECT, INSERT, UPDATE ON subscriptions_subscriptioncounter TO conto_app;
"""
RUNS = """
CREATE TRIGGER billingrun_stays BEFORE DELETE ON subscriptions_billingrun
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_billingrun TO conto_app;
GRANT UPDATE (alive_at, ended_at, settled_count, aside_count, document_count, totals_minor)
    ON subscriptions_billingrun TO conto_app;
CREATE TRIGGER setaside_stays BEFORE DELETE ON subscriptions_setaside
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_setaside TO conto_app;
GRANT UPDATE (code, params, reason, noted_at, solved_at, run_id) ON subscriptions_setaside TO conto_app;
"""
APPEND_ONLY = ("subscriptionitem", "subscriptionchange", "settlement", "billedline")


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_subscriptions"), ("audit", "0005_seal_guards")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (
            SUBSCRIPTIONS,
            *(APPENDED.format(name=table, table=table) for table in APPEND_ONLY),
            CHANGES,
            CHARGES,
            COUNTERS,
            RUNS,
        )
    ]
