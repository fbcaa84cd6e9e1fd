"""What must always hold of contracts, their versions and their numbers."""

from conto.apps.bulk.invariants import Invariant

_CONTRACTS = "SELECT count(DISTINCT family_id) FROM contracts_contract"

INVARIANTS = (
    Invariant(
        "I53",
        "The versions of a contract follow one another without a hole, the newest is the current one, and each has"
        " all its lines",
        _CONTRACTS,
        """SELECT 'contract ' || coalesce(nullif(max(number), ''), family_id::text) || ' has ' || count(*)
            || ' versions up to ' || max(version) || ', current: '
            || coalesce(string_agg(version::text, ', ') FILTER (WHERE is_current), '-')
        FROM contracts_contract GROUP BY family_id
        HAVING count(*) <> max(version) OR min(version) <> 1 OR count(*) FILTER (WHERE is_current) <> 1
            OR max(version) FILTER (WHERE is_current) <> max(version) OR count(DISTINCT customer_id) > 1
            OR count(DISTINCT number) FILTER (WHERE number <> '') > 1
        UNION ALL
        SELECT 'contract ' || coalesce(nullif(c.number, ''), c.family_id::text) || '/' || c.version || ' has '
            || count(l.id) || ' lines, not ' || c.line_count
        FROM contracts_contract c LEFT JOIN contracts_contractline l ON l.contract_id = c.id
        GROUP BY c.id HAVING count(l.id) <> c.line_count""",
    ),
    Invariant(
        "I54",
        "The numbers of contracts of every seller and year have no gap, and the counter stands on the last",
        "SELECT count(DISTINCT number) FROM contracts_contract WHERE number <> ''",
        """SELECT 'year ' || year || ': counter ' || coalesce(last_ordinal::text, '-') || ', contracts ' || n
            || ' up to ' || coalesce(highest, 0)
        FROM (
            SELECT legal_entity_id, split_part(number, '-', 2)::int AS year, count(DISTINCT family_id) AS n,
                count(DISTINCT number) AS numbers, max(split_part(number, '-', 3)::int) AS highest
            FROM contracts_contract WHERE number <> '' GROUP BY 1, 2
        ) given FULL JOIN contracts_contractcounter c USING (legal_entity_id, year)
        WHERE n IS DISTINCT FROM last_ordinal OR numbers IS DISTINCT FROM n OR highest IS DISTINCT FROM n""",
    ),
    Invariant(
        "I55",
        "An accepted quote that makes a contract has exactly one, of its customer and seller and with what was chosen;"
        " no other quote has any",
        "SELECT count(*) FROM quotes_quote WHERE state = 'accepted' AND contract_terms IS NOT NULL",
        """WITH counts AS (
            SELECT q.id, q.number, q.customer_id, q.legal_entity_id,
                array_agg(DISTINCT l.name::text ORDER BY l.name::text) AS named
            FROM quotes_quote q JOIN quotes_quoteacceptance a ON a.quote_id = q.id
                JOIN quotes_quoteline l ON l.quote_id = q.id AND (l.kind = 'fixed' OR a.chosen @> to_jsonb(l.position))
            WHERE q.contract_terms IS NOT NULL GROUP BY q.id
        ), made AS (
            SELECT c.id, c.quote_id, c.number, c.customer_id, c.legal_entity_id,
                array_agg(DISTINCT l.name::text ORDER BY l.name::text) AS named
            FROM contracts_contract c LEFT JOIN contracts_contractline l ON l.contract_id = c.id
            WHERE c.quote_id IS NOT NULL AND c.version = 1 GROUP BY c.id
        )
        SELECT 'quote ' || coalesce(counts.number, made.quote_id::text) || ', contract ' || coalesce(made.number, '-')
        FROM counts FULL JOIN made ON made.quote_id = counts.id
        WHERE (counts.customer_id, counts.legal_entity_id, counts.named)
            IS DISTINCT FROM (made.customer_id, made.legal_entity_id, made.named)""",
    ),
)
