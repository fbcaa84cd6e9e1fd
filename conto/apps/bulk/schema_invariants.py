"""What must always hold of the database itself: its types and the rights of the application's role."""

from conto.apps.bulk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I21",
        "No column of the book holds floating point or the money type",
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'",
        """SELECT table_name || '.' || column_name || ' is ' || data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type IN ('real', 'double precision', 'money')
            AND table_name NOT LIKE 'procrastinate%'""",
    ),
    Invariant(
        "I34",
        "The application's role owns nothing, is no superuser, and cannot change what is append-only",
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
        """SELECT 'role ' || rolname FROM pg_roles
        WHERE rolname = current_user AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)
        UNION ALL
        SELECT 'owns ' || relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) = current_user
        UNION ALL
        SELECT 'may change ' || c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                WHERE t.tgrelid = c.oid AND p.proname = 'conto_refuse_change' AND t.tgname LIKE '%append_only')
            AND (has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
                OR has_table_privilege(c.oid, 'TRUNCATE'))
        UNION ALL
        SELECT 'has no guard: ' || name FROM unnest(ARRAY['ledger_entry', 'ledger_transfer', 'invoicing_document',
            'invoicing_documentline', 'invoicing_documenttax', 'payments_payment', 'payments_allocation',
            'audit_fact', 'audit_factposition', 'audit_factseal']) AS name
        WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = name::regclass
            AND t.tgname LIKE '%append_only' AND t.tgenabled = 'O')""",
    ),
)
