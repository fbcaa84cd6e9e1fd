"""What must always hold in the ledger."""

from conto.apps.bulk.invariants import Invariant

_ENTRIES = "SELECT count(*) FROM ledger_entry"
_TRANSFERS = "SELECT count(*) FROM ledger_transfer"
_ITEMS = "SELECT count(*) FROM ledger_openitem"

INVARIANTS = (
    Invariant(
        "I01",
        "Every entry balances per currency",
        _ENTRIES,
        """SELECT 'entry ' || entry_id || ' in ' || currency || ' is off by ' || sum(signed_minor)
        FROM ledger_posting GROUP BY entry_id, currency HAVING sum(signed_minor) <> 0""",
    ),
    Invariant(
        "I02",
        "Every entry has exactly the transfers it declares",
        _ENTRIES,
        """SELECT 'entry ' || e.id || ' declares ' || e.transfer_count || ' and has ' || count(t.entry_id)
        FROM ledger_entry e LEFT JOIN ledger_transfer t ON t.entry_id = e.id
        GROUP BY e.id, e.transfer_count HAVING count(t.entry_id) <> e.transfer_count""",
    ),
    Invariant(
        "I03",
        "The trial balance of every legal entity and currency is zero",
        "SELECT count(*) FROM (SELECT DISTINCT legal_entity_id, currency FROM ledger_transfer) books",
        """SELECT 'books in ' || currency || ' are off by ' || sum(signed_minor)
        FROM ledger_posting GROUP BY legal_entity_id, currency HAVING sum(signed_minor) <> 0""",
    ),
    Invariant(
        "I04",
        "Every posting has the currency and legal entity of its account",
        _TRANSFERS,
        """SELECT 'posting ' || p.entry_id || '/' || p.ordinal
        FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
        WHERE a.currency <> p.currency OR a.legal_entity_id <> p.legal_entity_id""",
    ),
    Invariant(
        "I15",
        "The open items equal the control accounts",
        _ITEMS,
        """SELECT side || ' in ' || currency || ': items ' || sum(items)::text || ', account ' || sum(account)::text
        FROM (
            SELECT side, legal_entity_id, currency, open_minor AS items, 0 AS account FROM ledger_openitem
            UNION ALL
            SELECT CASE a.role WHEN 'receivable' THEN 'receivable' ELSE 'credit' END, p.legal_entity_id, p.currency,
                0, CASE a.role WHEN 'receivable' THEN p.signed_minor ELSE -p.signed_minor END
            FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
            WHERE a.role IN ('receivable', 'customer_credit')
        ) both_sides
        GROUP BY side, legal_entity_id, currency HAVING sum(items) <> sum(account)""",
    ),
    Invariant(
        "I40",
        "No tax is owed or taken back without its category and rate, so that a tax report is whole",
        _TRANSFERS,
        """SELECT 'transfer ' || t.entry_id || '/' || t.ordinal
        FROM ledger_transfer t
        JOIN ledger_account d ON d.id = t.debit_account_id JOIN ledger_account c ON c.id = t.credit_account_id
        WHERE 'tax_payable' IN (d.role, c.role) AND (t.tax_category IS NULL OR t.tax_rate IS NULL)""",
    ),
    Invariant(
        "I17",
        "A reversal is the exact negation of what it reverses",
        "SELECT count(*) FROM ledger_entry WHERE reverses_id IS NOT NULL",
        """SELECT 'entry ' || e.id || ' does not undo ' || e.reverses_id
        FROM ledger_entry e
        JOIN LATERAL (
            SELECT p.account_id, p.signed_minor, p.receivable_id, p.credit_id FROM ledger_posting p
            WHERE p.entry_id IN (e.id, e.reverses_id)
        ) moved ON true
        WHERE e.reverses_id IS NOT NULL
        GROUP BY e.id, e.reverses_id, moved.account_id, moved.receivable_id, moved.credit_id
        HAVING sum(moved.signed_minor) <> 0""",
    ),
    Invariant(
        "I29",
        "Every customer's balance is the sum of the customer's postings",
        "SELECT count(*) FROM (SELECT DISTINCT customer_id, currency FROM ledger_openitem) customers",
        """SELECT 'customer ' || customer_id || ' in ' || currency || ': items ' || sum(items)::text
            || ', postings ' || sum(postings)::text
        FROM (
            SELECT customer_id, currency, CASE side WHEN 'receivable' THEN open_minor ELSE -open_minor END AS items,
                0 AS postings
            FROM ledger_openitem
            UNION ALL
            SELECT p.customer_id, p.currency, 0, p.signed_minor
            FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
            WHERE a.role IN ('receivable', 'customer_credit')
        ) both_sides
        GROUP BY customer_id, currency HAVING sum(items) <> sum(postings)""",
    ),
    Invariant(
        "I30",
        "Every open item is what its transfers make it",
        _ITEMS,
        """SELECT 'item ' || coalesce(o.item_id, made.item_id) || ' shows ' || coalesce(o.open_minor::text, 'nothing')
            || ', its transfers make ' || coalesce(made.open_minor::text, 'nothing')
        FROM ledger_openitem o
        FULL JOIN (
            SELECT item_id, sum(signed_minor) AS open_minor, sum(charged) AS charged_minor
            FROM (
                SELECT t.receivable_id AS item_id,
                    CASE d.role WHEN 'receivable' THEN t.amount_minor ELSE -t.amount_minor END AS signed_minor,
                    CASE WHEN t.opens_item AND d.role = 'receivable' THEN t.amount_minor
                        WHEN t.opens_item THEN -t.amount_minor ELSE 0 END AS charged
                FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_account_id
                WHERE t.receivable_id IS NOT NULL
                UNION ALL
                SELECT t.credit_id,
                    CASE c.role WHEN 'customer_credit' THEN t.amount_minor ELSE -t.amount_minor END,
                    CASE WHEN t.opens_item AND c.role = 'customer_credit' THEN t.amount_minor
                        WHEN t.opens_item THEN -t.amount_minor ELSE 0 END
                FROM ledger_transfer t JOIN ledger_account c ON c.id = t.credit_account_id
                WHERE t.credit_id IS NOT NULL
            ) moves GROUP BY item_id
        ) made ON made.item_id = o.item_id
        WHERE o.open_minor IS DISTINCT FROM made.open_minor OR o.charged_minor IS DISTINCT FROM made.charged_minor
            OR o.open_minor < 0 OR o.open_minor > o.charged_minor""",
    ),
)
