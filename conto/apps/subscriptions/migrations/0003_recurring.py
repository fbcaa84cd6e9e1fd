import django.db.models.deletion
from django.db import migrations, models

# A movement stays. When a transaction ends, what a customer's movements say must hold: a subscription's never come to
# less than nothing, and each is called by what its day is to the customer.
GUARDS = """
CREATE FUNCTION subscriptions_movements_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM subscriptions_subscription WHERE id = NEW.subscription_id
        AND customer_id = NEW.customer_id AND currency = NEW.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'movement % is not of its subscription', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM (
        SELECT sum(sum(amount_minor)) OVER (PARTITION BY subscription_id ORDER BY counts_on) AS stands
        FROM subscriptions_recurringmovement WHERE customer_id = NEW.customer_id AND currency = NEW.currency
        GROUP BY subscription_id, counts_on
    ) told WHERE stands < 0;
    IF FOUND THEN
        RAISE EXCEPTION 'what recurs of subscription % is below nothing', NEW.subscription_id
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM (
        SELECT counts_on, kind FROM subscriptions_recurringmovement
        WHERE customer_id = NEW.customer_id AND currency = NEW.currency
        GROUP BY subscription_id, counts_on, kind HAVING sum(amount_minor) <> 0
    ) called JOIN (
        SELECT counts_on, moved, closing,
            max(closing) OVER (ORDER BY counts_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS most
        FROM (
            SELECT counts_on, sum(amount_minor) AS moved, sum(sum(amount_minor)) OVER (ORDER BY counts_on) AS closing
            FROM subscriptions_recurringmovement WHERE customer_id = NEW.customer_id AND currency = NEW.currency
            GROUP BY counts_on
        ) days
    ) told USING (counts_on)
    WHERE kind <> CASE WHEN closing = moved AND coalesce(most, 0) > 0 THEN 'reactivation'
        WHEN closing = moved THEN 'new' WHEN closing = 0 THEN 'churn'
        WHEN moved >= 0 THEN 'expansion' ELSE 'contraction' END;
    IF FOUND THEN
        RAISE EXCEPTION 'a movement of customer % is called otherwise', NEW.customer_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER recurringmovement_holds AFTER INSERT ON subscriptions_recurringmovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION subscriptions_movements_hold();
CREATE TRIGGER recurringmovement_is_append_only BEFORE UPDATE OR DELETE ON subscriptions_recurringmovement
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER recurringmovement_is_not_truncated BEFORE TRUNCATE ON subscriptions_recurringmovement
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_recurringmovement TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0005_orders_that_carry_their_filters"),
        ("subscriptions", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecurringMovement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("counts_on", models.DateField()),
                ("kind", models.CharField(max_length=12)),
                ("amount_minor", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.customer"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.subscription",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "currency", "counts_on"], name="recurring_of_customer"),
                    models.Index(fields=["subscription"], name="recurring_of_subscription"),
                    models.Index(
                        fields=["currency", "counts_on"], include=("kind", "amount_minor"), name="recurring_by_day"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["new", "expansion", "reactivation", "contraction", "churn"])),
                        name="recurring_movement_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="recurring_movement_moves"
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
