"""What must always hold of payments and what they paid."""

from conto.apps.bulk.invariants import Invariant

_PAYMENTS = "SELECT count(*) FROM payments_payment"
_ALLOCATIONS = "SELECT count(*) FROM payments_allocation"
_ACTIVE = "(SELECT a.* FROM payments_allocation a LEFT JOIN payments_allocationreversal r ON r.allocation_id = a.id WHERE r.allocation_id IS NULL)"  # noqa: E501 -- one phrase

INVARIANTS = (
    Invariant(
        "I12",
        "No invoice is settled by more than it asks for",
        "SELECT count(*) FROM invoicing_document",
        f"""SELECT d.number || ' of ' || d.payable_minor || ' is settled by ' || sum(a.amount_minor)
        FROM invoicing_document d JOIN {_ACTIVE} a ON a.document_id = d.id
        GROUP BY d.id, d.number, d.payable_minor HAVING sum(a.amount_minor) > d.payable_minor""",  # noqa: S608 -- no input
    ),
    Invariant(
        "I13",
        "No payment or credit note settles and refunds more than it brought",
        _PAYMENTS,
        f"""SELECT used.credit_id || ' brought ' || coalesce(o.charged_minor, 0) || ' and gave ' || sum(used.minor)
        FROM (
            SELECT coalesce(payment_id, credit_note_id) AS credit_id, amount_minor AS minor FROM {_ACTIVE} a
            UNION ALL
            SELECT coalesce(payment_id, credit_note_id), amount_minor FROM payments_refund
        ) used LEFT JOIN ledger_openitem o ON o.item_id = used.credit_id
        GROUP BY used.credit_id, o.charged_minor, o.open_minor
        HAVING sum(used.minor) <> coalesce(o.charged_minor, 0) - coalesce(o.open_minor, 0)""",  # noqa: S608 -- no input
    ),
    Invariant(
        "I14",
        "Only money of the same customer and currency settles an issued invoice, and its entry says so",
        _ALLOCATIONS,
        """SELECT 'allocation ' || a.id
        FROM payments_allocation a
        LEFT JOIN invoicing_document d ON d.id = a.document_id
        LEFT JOIN payments_payment p ON p.id = a.payment_id
        LEFT JOIN invoicing_document n ON n.id = a.credit_note_id
        LEFT JOIN ledger_transfer t ON t.entry_id = a.entry_id
        WHERE d.id IS NULL OR d.kind = 'credit_note' OR d.customer_id <> a.customer_id
            OR coalesce(p.customer_id, n.customer_id) IS DISTINCT FROM a.customer_id
            OR coalesce(p.currency, n.currency) IS DISTINCT FROM d.currency
            OR t.amount_minor IS DISTINCT FROM a.amount_minor OR t.receivable_id IS DISTINCT FROM a.document_id
            OR t.credit_id IS DISTINCT FROM coalesce(a.payment_id, a.credit_note_id)""",
    ),
    Invariant(
        "I18",
        "Every payment has one entry of its amount, and every gateway reference is used once",
        _PAYMENTS,
        """SELECT 'payment ' || p.id
        FROM payments_payment p
        LEFT JOIN ledger_entry e ON e.id = p.entry_id
        LEFT JOIN ledger_openitem o ON o.item_id = p.id
        WHERE e.subject_id IS DISTINCT FROM p.id OR o.charged_minor IS DISTINCT FROM p.amount_minor
        UNION ALL
        SELECT 'reference ' || gateway_ref FROM payments_payment WHERE gateway_ref IS NOT NULL
        GROUP BY gateway, gateway_ref HAVING count(*) > 1""",
    ),
    Invariant(
        "I31",
        "No payment is refunded by more than was received",
        "SELECT count(*) FROM payments_refund",
        """SELECT 'payment ' || p.id || ' of ' || p.amount_minor || ' is refunded by ' || sum(r.amount_minor)
        FROM payments_payment p JOIN payments_refund r ON r.payment_id = p.id
        GROUP BY p.id, p.amount_minor HAVING sum(r.amount_minor) > p.amount_minor""",
    ),
    Invariant(
        "I97",
        "Every charge is of what its own customer has saved, and is over when its checkout is",
        "SELECT count(*) FROM payments_charge",
        """SELECT 'charge ' || g.checkout_id
        FROM payments_charge g
        JOIN payments_checkout c ON c.id = g.checkout_id
        JOIN payments_savedmethod m ON m.id = g.method_id
        WHERE m.customer_id <> c.customer_id OR m.gateway <> c.gateway OR c.document_id <> g.document_id
            OR (g.ended_at IS NULL) <> (c.state IN ('created', 'pending', 'requires_action', 'unknown'))""",
    ),
    Invariant(
        "I98",
        "What is charged by itself stands as its attempts do",
        "SELECT count(*) FROM payments_collection",
        """SELECT 'collection of ' || k.document_id || ' is ' || k.state
        FROM payments_collection k
        LEFT JOIN (
            SELECT g.document_id, max(g.attempt) AS attempts, bool_or(g.ended_at IS NULL) AS is_tried,
                bool_or(c.state = 'succeeded') AS is_paid
            FROM payments_charge g JOIN payments_checkout c ON c.id = g.checkout_id GROUP BY g.document_id
        ) a ON a.document_id = k.document_id
        WHERE coalesce(a.attempts, 0) <> k.attempts OR coalesce(a.is_tried, false) <> (k.state = 'trying')
            OR (k.state = 'collected' AND NOT coalesce(a.is_paid, false))""",
    ),
)
