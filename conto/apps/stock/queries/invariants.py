"""What must always hold of stock."""

from conto.apps.bulk.invariants import Invariant

_ITEMS = "SELECT count(*) FROM stock_stockitem"
_MOVES = "SELECT count(*) FROM stock_stockmove"

INVARIANTS = (
    Invariant(
        "I80",
        "What is on hand of every item, and its value, is where its last move left it",
        _ITEMS,
        """SELECT 'stock ' || s.id || ' holds ' || s.quantity || ' worth ' || s.value_minor || ', its moves '
            || coalesce(m.quantity_after, 0) || ' worth ' || coalesce(m.value_after_minor, 0)
        FROM stock_stockitem s LEFT JOIN (
            SELECT DISTINCT ON (stock_item_id) * FROM stock_stockmove ORDER BY stock_item_id, ordinal DESC
        ) m ON m.stock_item_id = s.id
        WHERE s.quantity <> coalesce(m.quantity_after, 0) OR s.value_minor <> coalesce(m.value_after_minor, 0)
            OR s.move_count <> coalesce(m.ordinal, 0)
            OR m.id IS NOT NULL AND s.average_minor <> m.average_after_minor""",
    ),
    Invariant(
        "I81",
        "The moves of every item stand on each other without a gap, and no value is left without goods",
        _MOVES,
        """SELECT 'move ' || id || ' of stock ' || stock_item_id || ' leaves ' || quantity_after || ' worth '
            || value_after_minor
        FROM (
            SELECT *, sum(quantity) OVER own AS held, sum(value_minor) OVER own AS worth, row_number() OVER own AS nth
            FROM stock_stockmove WINDOW own AS (PARTITION BY stock_item_id ORDER BY ordinal)
        ) m
        WHERE nth <> ordinal OR held <> quantity_after OR worth <> value_after_minor
            OR quantity_after = 0 AND value_after_minor <> 0 OR quantity_after * value_after_minor < 0""",
    ),
    Invariant(
        "I82",
        "The inventory account of every seller is the sum of the values of its stock, and every move is booked with its"
        " value",
        _MOVES,
        """SELECT 'inventory in ' || currency || ': stock ' || sum(stock)::text || ', account ' || sum(account)::text
        FROM (
            SELECT legal_entity_id, currency, value_minor AS stock, 0 AS account FROM stock_stockitem
            UNION ALL
            SELECT p.legal_entity_id, p.currency, 0, p.signed_minor
            FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id WHERE a.role = 'inventory'
        ) both_sides
        GROUP BY legal_entity_id, currency HAVING sum(stock) <> sum(account)
        UNION ALL
        SELECT 'entry ' || entry_id || ': moves ' || sum(moved)::text || ', inventory ' || sum(posted)::text
        FROM (
            SELECT entry_id, value_minor AS moved, 0 AS posted FROM stock_stockmove WHERE entry_id IS NOT NULL
            UNION ALL
            SELECT p.entry_id, 0, p.signed_minor
            FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id WHERE a.role = 'inventory'
        ) booked
        GROUP BY entry_id HAVING sum(moved) <> sum(posted)""",
    ),
    Invariant(
        "I83",
        "Goods moved with a line of an issued document, by its quantity at most, and the line cost what they left at",
        "SELECT count(*) FROM stock_linecost",
        """SELECT 'line ' || m.position || ' of ' || m.document_id || ' moved ' || m.quantity
        FROM stock_stockmove m
            LEFT JOIN invoicing_documentline l ON l.document_id = m.document_id AND l.position = m.position
            LEFT JOIN invoicing_document d ON d.id = m.document_id
            LEFT JOIN stock_linecost c ON c.document_id = m.document_id AND c.position = m.position
        WHERE m.document_id IS NOT NULL AND m.kind <> 'correction' AND (
            d.id IS NULL OR l.document_id IS NULL OR c.document_id IS NULL
            OR m.quantity <> -c.quantity OR m.value_minor <> -c.cost_minor OR NOT c.is_stocked
            OR d.kind <> 'credit_note' AND m.quantity <> -l.quantity
            OR d.kind = 'credit_note' AND abs(m.quantity) > abs(l.corrects_quantity))
        UNION ALL
        SELECT 'cost of line ' || c.position || ' of ' || c.document_id || ' without its line or its goods'
        FROM stock_linecost c
            LEFT JOIN invoicing_documentline l ON l.document_id = c.document_id AND l.position = c.position
            LEFT JOIN stock_stockmove m ON m.document_id = c.document_id AND m.position = c.position
                AND m.kind <> 'correction'
        WHERE l.document_id IS NULL OR c.is_stocked AND c.quantity <> 0 AND m.id IS NULL""",
    ),
)
