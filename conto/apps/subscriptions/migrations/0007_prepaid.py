import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was agreed of a credit stays; it ends once. What was used of it is never below nothing nor more than there is.
GUARDS = """
GRANT UPDATE (has_prepaid) ON subscriptions_subscription TO conto_app;
CREATE FUNCTION subscriptions_credit_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_on IS NOT NULL THEN
        RAISE EXCEPTION 'credit % has ended already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prepaidcredit_ends_once BEFORE UPDATE ON subscriptions_prepaidcredit
    FOR EACH ROW EXECUTE FUNCTION subscriptions_credit_ends_once();
CREATE FUNCTION subscriptions_credit_is_enough() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE used bigint; kept record; key uuid;
BEGIN
    IF TG_TABLE_NAME = 'subscriptions_prepaiduse' THEN key := NEW.credit_id; ELSE key := NEW.id; END IF;
    SELECT amount_minor - coalesce(ended_minor, 0) AS most, subscription_id INTO kept
        FROM subscriptions_prepaidcredit WHERE id = key;
    SELECT coalesce(sum(amount_minor), 0) INTO used FROM subscriptions_prepaiduse WHERE credit_id = key;
    IF used < 0 OR used > kept.most THEN
        RAISE EXCEPTION 'credit %: % is used of %', key, used, kept.most USING ERRCODE = 'check_violation';
    END IF;
    IF TG_TABLE_NAME = 'subscriptions_prepaiduse' THEN
        IF NOT EXISTS (SELECT FROM subscriptions_settlement
            WHERE id = NEW.settlement_id AND subscription_id = kept.subscription_id) THEN
            RAISE EXCEPTION 'credit % pays for another subscription', key USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER prepaidcredit_is_enough AFTER UPDATE ON subscriptions_prepaidcredit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION subscriptions_credit_is_enough();
CREATE TRIGGER prepaidcredit_stays BEFORE DELETE ON subscriptions_prepaidcredit
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER prepaidcredit_is_not_truncated BEFORE TRUNCATE ON subscriptions_prepaidcredit
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_prepaidcredit TO conto_app;
GRANT UPDATE (ended_on, ended_kind, ended_minor, ended_because, ended_by_id) ON subscriptions_prepaidcredit TO conto_app;
CREATE CONSTRAINT TRIGGER prepaiduse_is_covered AFTER INSERT ON subscriptions_prepaiduse
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION subscriptions_credit_is_enough();
CREATE TRIGGER prepaiduse_is_append_only BEFORE UPDATE OR DELETE ON subscriptions_prepaiduse
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER prepaiduse_is_not_truncated BEFORE TRUNCATE ON subscriptions_prepaiduse
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
GRANT SELECT, INSERT ON subscriptions_prepaiduse TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0012_late_charges"),
        ("subscriptions", "0006_dry_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="has_prepaid",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="PrepaidCredit",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("ordinal", models.PositiveSmallIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("granted_on", models.DateField()),
                ("lapses_on", models.DateField(null=True)),
                ("reason", models.CharField(max_length=500)),
                ("net_minor", models.BigIntegerField(default=0)),
                ("tax_category", models.CharField(blank=True, max_length=2)),
                ("tax_rate", models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                ("made_at", models.DateTimeField()),
                ("ended_on", models.DateField(null=True)),
                ("ended_kind", models.CharField(blank=True, max_length=9)),
                ("ended_minor", models.BigIntegerField(null=True)),
                ("ended_because", models.CharField(blank=True, max_length=500)),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoicing.document",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "ordinal"), name="prepaid_credit_once"),
                    models.CheckConstraint(condition=models.Q(("ordinal__gte", 1)), name="prepaid_credit_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="prepaid_credit_above_zero"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lapses_on__isnull", True), ("lapses_on__gt", models.F("granted_on")), _connector="OR"
                        ),
                        name="prepaid_credit_lapses_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="prepaid_credit_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("document__isnull", True),
                                ("net_minor", 0),
                                ("tax_category", ""),
                                ("tax_rate__isnull", True),
                            ),
                            models.Q(
                                ("document__isnull", False),
                                ("net_minor__gt", 0),
                                ("tax_rate__isnull", False),
                                models.Q(("tax_category", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="prepaid_credit_given_or_sold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_kind", ""),
                                ("ended_minor__isnull", True),
                                ("ended_on__isnull", True),
                            ),
                            models.Q(
                                ("ended_kind__in", ["lapsed", "cancelled", "paid_back"]),
                                ("ended_minor__gte", 0),
                                ("ended_minor__lte", models.F("amount_minor")),
                                ("ended_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="prepaid_credit_ends_whole",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_on__isnull", True), ("lapses_on__isnull", False)),
                        fields=["lapses_on"],
                        name="prepaid_credit_lapsing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PrepaidUse",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("amount_minor", models.BigIntegerField()),
                ("document_id", models.UUIDField()),
                ("position", models.PositiveSmallIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "credit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.prepaidcredit"
                    ),
                ),
                (
                    "settlement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.settlement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("credit", "settlement"), name="prepaid_use_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="prepaid_use_moves"
                    ),
                ]
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
