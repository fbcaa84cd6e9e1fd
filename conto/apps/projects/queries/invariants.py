"""What must always hold of projects and what they billed."""

from conto.apps.bulk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I70",
        "What counts as billed of a project stands on a draft or a document of its customer that is not credited as a"
        " whole, and each piece of work on a line that is there",
        "SELECT count(*) FROM projects_projectbill",
        """WITH credited AS (
            SELECT o.id FROM invoicing_document o JOIN invoicing_document c ON c.corrects_id = o.id
            WHERE o.id IN (SELECT id FROM projects_projectbill)
            GROUP BY o.id HAVING sum(c.gross_minor) >= o.gross_minor AND o.gross_minor > 0
        )
        SELECT 'bill ' || b.id || ' of project ' || p.number || ' counts and should not'
        FROM projects_projectbill b JOIN projects_project p ON p.id = b.project_id
            LEFT JOIN invoicing_draft f ON f.id = b.id AND f.customer_id = b.customer_id
            LEFT JOIN invoicing_document d ON d.id = b.id AND d.customer_id = b.customer_id
        WHERE b.is_live AND ((f.id IS NULL AND d.id IS NULL) OR b.id IN (SELECT id FROM credited))
        UNION ALL
        SELECT 'work ' || w.entry_id || ' on line ' || w.position || ' of ' || w.bill_id
        FROM projects_billedwork w
            LEFT JOIN invoicing_draftline fl ON fl.draft_id = w.bill_id AND fl.position = w.position
            LEFT JOIN invoicing_documentline dl ON dl.document_id = w.bill_id AND dl.position = w.position
        WHERE w.is_live AND fl.id IS NULL AND dl.document_id IS NULL""",
    ),
    Invariant(
        "I71",
        "A line that bills work has the minutes that were taken, and what it bills is what the bill says",
        "SELECT count(DISTINCT (bill_id, position)) FROM projects_billedwork WHERE is_live",
        """WITH lines AS (
            SELECT draft_id AS bill_id, position, quantity, unit_code FROM invoicing_draftline
            WHERE draft_id IN (SELECT id FROM projects_projectbill)
            UNION ALL
            SELECT document_id, position, quantity, unit_code FROM invoicing_documentline
            WHERE document_id IN (SELECT id FROM projects_projectbill)
        )
        SELECT 'line ' || l.position || ' of ' || l.bill_id || ' bills ' || l.quantity || ' ' || l.unit_code
            || ', taken were ' || sum(w.minutes) || ' minutes'
        FROM lines l JOIN projects_billedwork w ON (w.bill_id, w.position) = (l.bill_id, l.position) AND w.is_live
        WHERE w.minutes IS NOT NULL
        GROUP BY l.bill_id, l.position, l.quantity, l.unit_code
        HAVING sum(w.minutes) <> l.quantity * CASE l.unit_code WHEN 'HUR' THEN 60 ELSE 1 END""",
    ),
    Invariant(
        "I72",
        "The numbers of projects of every seller and year have no gap, and the counter stands on the last",
        "SELECT count(*) FROM projects_project",
        """SELECT 'year ' || year || ': counter ' || coalesce(last_ordinal::text, '-') || ', projects '
            || coalesce(n, 0)
        FROM (
            SELECT legal_entity_id, split_part(number, '-', 2)::int AS year, count(*) AS n,
                max(split_part(number, '-', 3)::int) AS highest
            FROM projects_project GROUP BY 1, 2
        ) given FULL JOIN projects_projectcounter c USING (legal_entity_id, year)
        WHERE n IS DISTINCT FROM last_ordinal OR highest IS DISTINCT FROM n""",
    ),
)
