from django.db import migrations

# What was only shown may go; what somebody confirmed stays, with what became of each subscription.
GUARDS = """
CREATE FUNCTION subscriptions_confirmed_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.confirmed_at IS NOT NULL THEN
        RAISE EXCEPTION 'migration % is confirmed: it stays', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION subscriptions_confirmed_row_stays() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM subscriptions_planmigration
        WHERE id = OLD.migration_id AND confirmed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'migration % is confirmed: its rows stay', OLD.migration_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER planmigration_stays ON subscriptions_planmigration;
CREATE TRIGGER planmigration_stays BEFORE DELETE ON subscriptions_planmigration
    FOR EACH ROW EXECUTE FUNCTION subscriptions_confirmed_stays();
DROP TRIGGER migrationrow_stays ON subscriptions_migrationrow;
CREATE TRIGGER migrationrow_stays BEFORE DELETE ON subscriptions_migrationrow
    FOR EACH ROW EXECUTE FUNCTION subscriptions_confirmed_row_stays();
GRANT DELETE ON subscriptions_planmigration, subscriptions_migrationrow TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0007_prepaid")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
