"""What must always hold of late charges."""

from conto.apps.bulk.invariants import Invariant

_CHARGES = "SELECT count(*) FROM late_latecharge"

INVARIANTS = (
    Invariant(
        "I91",
        "Every document that charges for paying late comes to its charges, but for those dropped before it was issued",
        "SELECT count(*) FROM invoicing_document WHERE source = 'late_charges'",
        """SELECT coalesce(d.number, c.document_id::text) || ' asks for ' || coalesce(d.payable_minor, 0)
            || ', its charges for ' || coalesce(c.total, 0)
        FROM (SELECT id, number, payable_minor FROM invoicing_document WHERE source = 'late_charges') d
        FULL JOIN (
            SELECT l.document_id, sum(l.amount_minor) AS total FROM late_latecharge l
            LEFT JOIN late_latewaiver w ON w.charge_id = l.id
            WHERE w.charge_id IS NULL OR w.credit_note_id IS NOT NULL GROUP BY l.document_id
        ) c ON c.document_id = d.id
        WHERE coalesce(c.total, 0) <> coalesce(d.payable_minor, 0)
            AND NOT EXISTS (SELECT FROM invoicing_draft w WHERE w.id = c.document_id)""",
    ),
    Invariant(
        "I92",
        "No day of an invoice is charged twice, no fee either, and charges are for invoices of the same customer",
        _CHARGES,
        """SELECT 'invoice ' || a.invoice_id || ' is charged ' || a.kind || ' twice'
        FROM late_latecharge a JOIN late_latecharge b ON b.invoice_id = a.invoice_id AND b.id > a.id
            AND b.kind = a.kind AND (a.kind = 'fee' OR a.days && b.days)
        UNION ALL
        SELECT 'charge ' || l.id FROM late_latecharge l LEFT JOIN invoicing_document d ON d.id = l.invoice_id
        WHERE d.id IS NULL OR d.customer_id <> l.customer_id OR d.currency <> l.currency
            OR d.source = 'late_charges'""",
    ),
    Invariant(
        "I93",
        "What was waived on paper was credited there, and late charges are posted to their own account alone",
        "SELECT count(*) FROM late_latewaiver",
        """SELECT 'charge ' || w.charge_id FROM late_latewaiver w
        JOIN late_latecharge l ON l.id = w.charge_id
        LEFT JOIN invoicing_document n ON n.id = w.credit_note_id
        WHERE w.credit_note_id IS NOT NULL AND (n.id IS NULL OR n.corrects_id <> l.document_id
            OR n.payable_minor <> l.amount_minor)
        UNION ALL
        SELECT d.number FROM ledger_transfer t
        JOIN ledger_account a ON a.id IN (t.debit_account_id, t.credit_account_id) AND a.role = 'late_charges'
        JOIN ledger_entry e ON e.id = t.entry_id
        JOIN invoicing_document d ON d.id = e.subject_id
        LEFT JOIN invoicing_document o ON o.id = d.corrects_id
        WHERE d.source <> 'late_charges' AND coalesce(o.source, '') <> 'late_charges'""",
    ),
)
