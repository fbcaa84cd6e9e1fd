from django.db import migrations, models

# What a check cannot say, since it sees one state only: the clock of a book never goes back, and a book that people
# work in never becomes one whose clock could be moved.
GUARD = """
CREATE FUNCTION conto_guard_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.is_sandbox AND NOT OLD.is_sandbox THEN
        RAISE EXCEPTION 'a real book never becomes a sandbox' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.clock_ahead_seconds < OLD.clock_ahead_seconds THEN
        RAISE EXCEPTION 'the clock of a book never goes back' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER business_clock_goes_forward BEFORE UPDATE ON accounts_business
    FOR EACH ROW EXECUTE FUNCTION conto_guard_clock();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_grants")]
    operations = [
        migrations.AddField(model_name="business", name="lived_until", field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name="business",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_sandbox", True), ("lived_until", None), _connector="OR"),
                name="business_demo_is_sandbox",
            ),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
