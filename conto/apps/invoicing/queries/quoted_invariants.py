"""What must always hold between accepted quotes and the invoices that they made."""

from conto.apps.bulk.invariants import Invariant

# The bills of a quote as its facts tell them; what a fact says may have been erased, that it was recorded stays.
_BILLS = """(SELECT f.subject_id AS quote_id, p.fact_id IS NOT NULL AS is_told, p.body->>'document_id' AS document_id
    FROM audit_fact f LEFT JOIN audit_factpayload p ON p.fact_id = f.id WHERE f.kind = 'quote_billed')"""

INVARIANTS = (
    Invariant(
        "I52",
        "An accepted quote has made the invoices of its billing rule, each once; no other quote has made any",
        "SELECT count(*) FROM quotes_quote WHERE state = 'accepted'",
        f"""SELECT 'quote ' || coalesce(nullif(q.number, ''), q.id::text) || ' (' || q.billing_rule || ') made '
            || coalesce(b.n, 0) || ' invoices'
        FROM quotes_quote q LEFT JOIN (
            SELECT quote_id, count(*) AS n, count(*) FILTER (WHERE is_told) AS told,
                count(DISTINCT document_id) AS documents
            FROM {_BILLS} bill GROUP BY quote_id
        ) b ON b.quote_id = q.id
        WHERE coalesce(b.documents, 0) <> coalesce(b.told, 0) OR coalesce(b.n, 0) <> CASE
            WHEN q.state <> 'accepted' THEN 0
            WHEN q.billing_rule = 'deposit' THEN 2
            WHEN q.billing_rule = 'milestones' THEN jsonb_array_length(q.milestones) ELSE 1 END
        UNION ALL
        SELECT 'the bill ' || bill.document_id || ' of a quote is nowhere'
        FROM {_BILLS} bill
        LEFT JOIN invoicing_document d ON d.id::text = bill.document_id
        LEFT JOIN invoicing_draft w ON w.id::text = bill.document_id
        LEFT JOIN audit_fact gone ON gone.subject_id::text = bill.document_id AND gone.kind = 'document_discarded'
        WHERE bill.is_told AND gone.id IS NULL AND coalesce(d.quote_id, w.quote_id) IS DISTINCT FROM bill.quote_id
        UNION ALL
        SELECT 'invoice ' || made.number || ' names a quote that did not make it'
        FROM (
            SELECT id, number, kind, quote_id FROM invoicing_document
            UNION ALL SELECT id, 'draft ' || id, kind, quote_id FROM invoicing_draft
        ) made LEFT JOIN {_BILLS} bill
            ON bill.quote_id = made.quote_id AND (NOT bill.is_told OR bill.document_id = made.id::text)
        WHERE made.quote_id IS NOT NULL AND made.kind IN ('invoice', 'deposit') AND bill.quote_id IS NULL""",  # noqa: S608 -- no input
    ),
)
