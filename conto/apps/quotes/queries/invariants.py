"""What must always hold of quotes, their numbers and what was signed."""

from conto.apps.bulk.invariants import Invariant

_QUOTES = "SELECT count(*) FROM quotes_quote"

INVARIANTS = (
    Invariant(
        "I49",
        "An accepted quote has one acceptance, of the content, total and customer that it has; no other quote has any",
        _QUOTES,
        """SELECT 'quote ' || coalesce(nullif(q.number, '') || '/' || q.version, q.id::text, a.quote_id::text)
        FROM quotes_quote q FULL JOIN quotes_quoteacceptance a ON a.quote_id = q.id
        WHERE (q.state = 'accepted') IS DISTINCT FROM (a.id IS NOT NULL)
            OR (a.id IS NOT NULL AND (a.family_id, a.customer_id, a.currency, a.total_minor, a.sha256)
                IS DISTINCT FROM (q.family_id, q.customer_id, q.currency, q.shown_total_minor, q.sha256))
        UNION ALL
        SELECT 'quote ' || min(number) || ' is accepted ' || count(*) || ' times'
        FROM quotes_quote WHERE state = 'accepted' GROUP BY family_id HAVING count(*) > 1""",
    ),
    Invariant(
        "I50",
        "What a quote said when it was sent is what its hash says",
        _QUOTES,
        """SELECT 'quote ' || number || '/' || version FROM quotes_quote
        WHERE state <> 'draft' AND sha256(convert_to(body, 'UTF8')) IS DISTINCT FROM sha256""",
    ),
    Invariant(
        "I51",
        "The numbers of quotes of every seller and year have no gap, and the counter stands on the last",
        "SELECT count(*) FROM quotes_quote WHERE number <> ''",
        """SELECT 'year ' || year || ': counter ' || coalesce(last_ordinal::text, '-') || ', quotes ' || n
            || ' up to ' || coalesce(highest, 0)
        FROM (
            SELECT legal_entity_id, split_part(number, '-', 2)::int AS year, count(DISTINCT family_id) AS n,
                count(DISTINCT number) AS numbers, max(split_part(number, '-', 3)::int) AS highest
            FROM quotes_quote WHERE number <> '' GROUP BY 1, 2
        ) given FULL JOIN quotes_quotecounter c USING (legal_entity_id, year)
        WHERE n IS DISTINCT FROM last_ordinal OR numbers IS DISTINCT FROM n OR highest IS DISTINCT FROM n""",
    ),
)
