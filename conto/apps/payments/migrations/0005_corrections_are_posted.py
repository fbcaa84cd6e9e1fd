from django.db import migrations

# What gives an amount up or back says what its entry posted, as payments and allocations do. What settles a receivable is
# the sum of the entry's transfers on it: one for each tax rate, and a leg may run the other way.
SETTLED = """
    SELECT c.id INTO wrong
    FROM added c
    JOIN ledger_entry e ON e.id = c.entry_id
    JOIN invoicing_document d ON d.id = c.document_id
    LEFT JOIN LATERAL (
        SELECT count(*) AS transfers,
            sum(CASE WHEN credited.role = 'receivable' THEN t.amount_minor ELSE -t.amount_minor END) AS settled_minor
        FROM ledger_transfer t JOIN ledger_account credited ON credited.id = t.credit_account_id
        WHERE t.entry_id = c.entry_id AND t.receivable_id = c.document_id AND t.credit_id IS NULL
            AND t.customer_id = c.customer_id AND t.currency = d.currency
    ) posted ON true
    WHERE e.subject_id <> c.id OR e.kind <> '{kind}' OR posted.transfers <> e.transfer_count
        OR posted.settled_minor IS DISTINCT FROM c.{amount} OR d.customer_id <> c.customer_id{more}
    LIMIT 1;
"""
REFUNDED = """
    SELECT r.id INTO wrong
    FROM added r
    JOIN ledger_entry e ON e.id = r.entry_id
    LEFT JOIN ledger_transfer t ON t.entry_id = r.entry_id AND t.ordinal = 1
    WHERE e.subject_id <> r.id OR e.kind <> 'payment_refunded' OR e.transfer_count <> 1 OR t.entry_id IS NULL
        OR t.amount_minor <> r.amount_minor OR t.currency <> r.currency
        OR t.customer_id IS DISTINCT FROM r.customer_id OR t.receivable_id IS NOT NULL
        OR t.credit_id IS DISTINCT FROM coalesce(r.payment_id, r.credit_note_id)
    LIMIT 1;
"""
REVERSED = """
    SELECT v.allocation_id AS id INTO wrong
    FROM added v
    JOIN payments_allocation a ON a.id = v.allocation_id
    JOIN ledger_entry e ON e.id = v.entry_id
    WHERE e.reverses_id IS DISTINCT FROM a.entry_id OR e.subject_id <> v.allocation_id
    LIMIT 1;
"""
PAID_EARLY = """
        OR NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.id = c.payment_id AND p.customer_id = c.customer_id)"""
GUARDED = [
    (
        "payments_earlydiscount",
        "early_discount",
        SETTLED.format(kind="early_discount_taken", amount="gross_minor", more=PAID_EARLY),
    ),
    ("invoicing_writeoff", "write_off", SETTLED.format(kind="written_off", amount="amount_minor", more="")),
    ("payments_refund", "refund", REFUNDED),
    ("payments_allocationreversal", "allocation_reversal", REVERSED),
]
GUARDS = "".join(
    f"""
CREATE FUNCTION {table}_is_posted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wrong record;
BEGIN{wrong}    IF FOUND THEN
        RAISE EXCEPTION '{word} % is not what its entry posted', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {word}_is_posted AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_posted();
"""
    for table, word, wrong in GUARDED
)
UNGUARDED = "".join(
    f"DROP TRIGGER {word}_is_posted ON {table}; DROP FUNCTION {table}_is_posted();" for table, word, _ in GUARDED
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_grants"), ("invoicing", "0003_document_kind_known"), ("ledger", "0002_guards")]
    operations = [migrations.RunSQL(GUARDS, UNGUARDED)]
