"""What must always hold of projects and what they billed."""

from iso4217 import Currency

from conto.apps.bulk.invariants import Invariant

# How many decimals a currency has, where that is not two.
_DIGITS = (
    "CASE p.currency "
    + " ".join(f"WHEN '{each.code}' THEN {each.exponent}" for each in Currency if each.exponent not in {None, 2})
    + " ELSE 2 END"
)

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
    Invariant(
        "I73",
        "Of the price of a project no more is billed than was agreed with all change orders, its milestones are no more"
        " than it, what is accepted is done, and what was asked for and what is held are together what is billed",
        "SELECT count(*) FROM projects_fixedprice",
        """WITH prices AS (
            SELECT p.project_id, p.accepted_at, p.method, p.amount_minor + coalesce(o.total, 0) AS price
            FROM projects_fixedprice p LEFT JOIN (
                SELECT project_id, sum(amount_minor) AS total FROM projects_changeorder GROUP BY 1
            ) o USING (project_id)
        ), billed AS (
            SELECT x.project_id, sum(x.work_minor) AS work, sum(x.held_minor) AS held, sum(b.billed_minor) AS asked
            FROM projects_billedprice x JOIN projects_projectbill b ON b.id = x.bill_id
            WHERE x.is_live GROUP BY 1
        ), planned AS (
            SELECT m.project_id, bool_and(reached_at IS NOT NULL) AS is_reached,
                sum(coalesce(amount_minor, 0)) + round(max(p.price) * sum(coalesce(percent, 0)) / 100) AS total
            FROM projects_milestone m JOIN prices p USING (project_id) GROUP BY 1
        ), told AS (
            SELECT DISTINCT ON (project_id) project_id, percent FROM projects_priceprogress
            ORDER BY project_id, position DESC
        )
        SELECT 'project ' || project_id || ': price ' || price || ', milestones ' || coalesce(total, 0) || ', billed '
            || coalesce(work, 0) || ', asked for ' || coalesce(asked, 0) || ', held ' || coalesce(held, 0)
        FROM prices LEFT JOIN billed USING (project_id) LEFT JOIN planned USING (project_id)
            LEFT JOIN told USING (project_id)
        WHERE price < coalesce(work, 0) OR price < coalesce(total, 0)
            OR coalesce(work, 0) <> coalesce(asked, 0) + coalesce(held, 0)
            OR accepted_at IS NOT NULL AND NOT CASE method WHEN 'percent' THEN coalesce(percent, 0) = 100
                ELSE coalesce(total, 0) = price AND coalesce(is_reached, false) END""",
    ),
    Invariant(
        "I74",
        "The lines that bill a price are as many as were taken and sum to what the bill says, and each milestone on one"
        " has its amount",
        "SELECT count(*) FROM projects_billedprice WHERE is_live",
        f"""WITH lines AS (
            SELECT l.draft_id AS bill_id, l.position, l.quantity * l.unit_price AS major, f.currency
            FROM invoicing_draftline l JOIN invoicing_draft f ON f.id = l.draft_id
            WHERE l.draft_id IN (SELECT bill_id FROM projects_billedprice WHERE is_live)
            UNION ALL
            SELECT l.document_id, l.position, l.quantity * l.unit_price, d.currency
            FROM invoicing_documentline l JOIN invoicing_document d ON d.id = l.document_id
            WHERE l.document_id IN (SELECT bill_id FROM projects_billedprice WHERE is_live)
        ), sums AS (
            SELECT x.bill_id, count(l.position) AS n, coalesce(sum(l.major), 0) AS major
            FROM projects_billedprice x LEFT JOIN lines l ON l.bill_id = x.bill_id AND l.position <= x.line_count
            WHERE x.is_live GROUP BY 1
        )
        SELECT 'bill ' || b.id || ' of a price bills ' || b.billed_minor || ', its ' || s.n || ' lines ' || s.major
        FROM sums s JOIN projects_projectbill b ON b.id = s.bill_id
            JOIN projects_billedprice x ON x.bill_id = s.bill_id
            JOIN projects_project p ON p.id = b.project_id
        WHERE s.n <> x.line_count OR s.major * 10 ^ {_DIGITS} <> b.billed_minor
        UNION ALL
        SELECT 'milestone ' || m.milestone_id || ' on line ' || m.position || ' of ' || m.bill_id
        FROM projects_billedmilestone m JOIN projects_project p ON p.id = m.project_id
            LEFT JOIN lines l ON (l.bill_id, l.position) = (m.bill_id, m.position)
        WHERE m.is_live AND l.major * 10 ^ {_DIGITS} IS DISTINCT FROM m.amount_minor""",  # noqa: S608 -- numbers of the code itself
    ),
    Invariant(
        "I77",
        "What a period of a retainer brings was brought by a draft or an invoice of its customer that is not credited"
        " as a whole, unless it brings nothing more",
        "SELECT count(*) FROM projects_retainerperiod WHERE NOT is_revoked",
        """WITH credited AS (
            SELECT o.id FROM invoicing_document o JOIN invoicing_document c ON c.corrects_id = o.id
            WHERE o.id IN (SELECT document_id FROM projects_retainerperiod)
            GROUP BY o.id HAVING sum(c.gross_minor) >= o.gross_minor AND o.gross_minor > 0
        )
        SELECT 'period of ' || p.starts_on || ' of project ' || p.project_id || ' by ' || p.document_id
        FROM projects_retainerperiod p JOIN projects_retainer r ON r.project_id = p.project_id
            LEFT JOIN invoicing_draft f ON f.id = p.document_id AND f.customer_id = r.customer_id
            LEFT JOIN invoicing_document d ON d.id = p.document_id AND d.customer_id = r.customer_id
        WHERE NOT p.is_revoked
            AND ((f.id IS NULL AND d.id IS NULL) OR p.document_id IN (SELECT id FROM credited))""",
    ),
    Invariant(
        "I78",
        "No period of a retainer covers more than it brought or outside of its days, and work that one covers is"
        " covered and billed as a whole, once",
        "SELECT count(*) FROM projects_coveredwork WHERE is_live",
        """SELECT 'period of ' || p.starts_on || ' of project ' || p.project_id || ' brought ' || p.minutes
            || ' minutes and covers ' || sum(w.minutes)
        FROM projects_coveredwork w JOIN projects_retainerperiod p ON p.id = w.period_id
        WHERE w.is_live GROUP BY p.id HAVING sum(w.minutes) > p.minutes
        UNION ALL
        SELECT 'work ' || e.id || ' of ' || e.day || ' is covered by the period of ' || p.starts_on
        FROM projects_coveredwork w JOIN projects_retainerperiod p ON p.id = w.period_id
            JOIN projects_workentry e ON e.id = w.entry_id
        WHERE w.is_live AND (e.day < p.starts_on OR e.day >= p.lapses_on OR e.approved_at IS NULL
            OR NOT e.is_billable)
        UNION ALL
        SELECT 'work ' || e.id || ' has ' || e.minutes || ' minutes, covered are ' || sum(w.minutes) || ', billed '
            || coalesce(max(b.minutes), 0)
        FROM projects_coveredwork w JOIN projects_workentry e ON e.id = w.entry_id
            JOIN projects_retainerclosing c ON c.id = w.closing_id
            LEFT JOIN projects_billedwork b ON b.entry_id = e.id AND b.is_live
        WHERE w.is_live GROUP BY e.id
        HAVING sum(w.minutes) + coalesce(max(b.minutes), 0) < e.minutes
            OR sum(w.minutes) + coalesce(max(b.minutes), 0) >= e.minutes + 60
            OR count(DISTINCT c.id) > 1 OR max(b.bill_id::text) <> coalesce(max(c.bill_id::text), '')""",
    ),
)
