"""What must always hold of subscriptions, of what was billed of them, and of its paper."""

from conto.apps.bulk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I56",
        "The numbers of subscriptions of every seller and year have no gap, and the counter stands on the last",
        "SELECT count(*) FROM subscriptions_subscription",
        """SELECT 'year ' || year || ': counter ' || coalesce(last_ordinal::text, '-') || ', subscriptions ' || n
            || ' up to ' || coalesce(highest, 0)
        FROM (
            SELECT legal_entity_id, split_part(number, '-', 2)::int AS year, count(*) AS n,
                max(split_part(number, '-', 3)::int) AS highest
            FROM subscriptions_subscription GROUP BY 1, 2
        ) given FULL JOIN subscriptions_subscriptioncounter c USING (legal_entity_id, year)
        WHERE n IS DISTINCT FROM last_ordinal OR highest IS DISTINCT FROM n""",
    ),
    Invariant(
        "I57",
        "What was billed of a charge is the sum of its lines, numbered without a hole, and what is left of them is"
        " what they come to",
        "SELECT count(*) FROM subscriptions_billedcharge",
        """SELECT 'charge ' || c.id || ' of ' || c.item_key || ': ' || c.gross_minor || ' - ' || c.discount_minor
            || ', its lines ' || coalesce(sum(l.gross_minor), 0) || ' - ' || coalesce(sum(l.discount_minor), 0)
        FROM subscriptions_billedcharge c LEFT JOIN subscriptions_billedline l ON l.charge_id = c.id
        GROUP BY c.id
        HAVING coalesce(sum(l.gross_minor), 0) <> c.gross_minor
            OR coalesce(sum(l.discount_minor), 0) <> c.discount_minor
            OR count(l.number) <> c.line_count OR coalesce(max(l.number), 0) <> c.line_count
            OR (SELECT coalesce(sum(x), 0) FROM unnest(c.left_minor) x) <> c.gross_minor - c.discount_minor""",
    ),
    Invariant(
        "I58",
        "A settlement is the sum of its lines, settlements follow one another, and a subscription knows how many there"
        " are",
        "SELECT count(*) FROM subscriptions_settlement",
        """SELECT 'settlement ' || s.id || ': ' || s.net_minor || ', its lines '
            || coalesce(sum(l.gross_minor - l.discount_minor), 0)
        FROM subscriptions_settlement s LEFT JOIN subscriptions_billedline l ON l.settlement_id = s.id
        GROUP BY s.id HAVING coalesce(sum(l.gross_minor - l.discount_minor), 0) <> s.net_minor
        UNION ALL
        SELECT 'subscription ' || u.number || ': ' || u.settled_count || ' settlements, there are ' || count(s.id)
        FROM subscriptions_subscription u LEFT JOIN subscriptions_settlement s ON s.subscription_id = u.id
        GROUP BY u.id
        HAVING count(s.id) <> u.settled_count OR coalesce(max(s.ordinal), 0) <> u.settled_count
            OR coalesce(max(s.settled_on), u.settled_on) > u.settled_on""",
    ),
    Invariant(
        "I59",
        "A charge that was billed stands on its invoice, or on the draft of it, with its amount, once",
        "SELECT count(*) FROM subscriptions_billedline WHERE document_id IS NOT NULL",
        """WITH placed AS (
            SELECT l.document_id, l.position, count(*) AS n, sum(l.gross_minor - l.discount_minor) AS net_minor,
                min(s.subscription_id::text) AS subscription
            FROM subscriptions_billedline l JOIN subscriptions_settlement s ON s.id = l.settlement_id
            WHERE l.document_id IS NOT NULL GROUP BY 1, 2
        )
        SELECT 'a line of subscription ' || p.subscription || ' is not on document ' || p.document_id
        FROM placed p
            LEFT JOIN invoicing_documentline d ON (d.document_id, d.position) = (p.document_id, p.position)
            LEFT JOIN invoicing_draftline w ON (w.draft_id, w.position) = (p.document_id, p.position)
        WHERE p.n <> 1 OR (d.document_id IS NULL AND w.id IS NULL)
            OR (d.document_id IS NOT NULL AND d.amount_minor - d.allowance_minor <> p.net_minor)""",
    ),
    Invariant(
        "I62",
        "What recurs of a customer never comes to less than nothing, and each movement is called by what its day is to"
        " the customer",
        "SELECT count(*) FROM subscriptions_recurringmovement",
        """WITH days AS (
            SELECT customer_id, currency, counts_on, sum(amount_minor) AS moved,
                sum(sum(amount_minor)) OVER (PARTITION BY customer_id, currency ORDER BY counts_on) AS closing
            FROM subscriptions_recurringmovement GROUP BY 1, 2, 3
        ), told AS (
            SELECT *, coalesce(max(closing) OVER (PARTITION BY customer_id, currency ORDER BY counts_on
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS most
            FROM days
        ), called AS (
            SELECT customer_id, currency, counts_on, kind FROM subscriptions_recurringmovement
            GROUP BY customer_id, currency, counts_on, kind, subscription_id HAVING sum(amount_minor) <> 0
        )
        SELECT 'customer ' || customer_id || ', ' || counts_on || ': ' || kind || ' ' || moved || ' of ' || closing
        FROM told JOIN called USING (customer_id, currency, counts_on)
        WHERE closing < 0 OR kind <> CASE WHEN closing = moved AND most > 0 THEN 'reactivation'
            WHEN closing = moved THEN 'new' WHEN closing = 0 THEN 'churn'
            WHEN moved >= 0 THEN 'expansion' ELSE 'contraction' END""",
    ),
    Invariant(
        "I64",
        "An accepted quote began each of the subscriptions that were chosen, once; no other quote began any",
        "SELECT count(*) FROM quotes_quote WHERE state = 'accepted'",
        """SELECT 'quote ' || coalesce(offered.number, begun.quote_id::text) || ': plan version '
            || coalesce(offered.version_id, begun.plan_version_id)
        FROM (
            SELECT q.id, q.number, (part ->> 'plan_version')::uuid AS version_id
            FROM quotes_quote q JOIN quotes_quoteacceptance a ON a.quote_id = q.id,
                jsonb_array_elements(q.recurring) WITH ORDINALITY offers (part, position)
            WHERE q.state = 'accepted'
                AND (coalesce(part ->> 'kind', 'fixed') = 'fixed' OR a.chosen_recurring ? position::text)
        ) offered FULL JOIN (
            SELECT quote_id, plan_version_id FROM subscriptions_subscription WHERE quote_id IS NOT NULL
        ) begun ON (begun.quote_id, begun.plan_version_id) = (offered.id, offered.version_id)
        WHERE offered.id IS NULL OR begun.quote_id IS NULL""",
    ),
    Invariant(
        "I110",
        "What was used of prepaid credit is what its subscription was billed with, never below nothing nor more than"
        " there is, and stands on its invoice, or on the draft of it",
        "SELECT count(*) FROM subscriptions_prepaidcredit",
        """WITH drawn AS (
            SELECT s.id, (each ->> 0)::uuid AS credit_id, sum((each ->> 1)::bigint) AS minor
            FROM subscriptions_subscription s, jsonb_array_elements(s.drawn) each WHERE s.has_prepaid GROUP BY 1, 2
        ), used AS (
            SELECT credit_id, sum(amount_minor) AS minor FROM subscriptions_prepaiduse GROUP BY 1
        )
        SELECT 'credit ' || c.id || ': used ' || coalesce(u.minor, 0) || ', billed with ' || coalesce(d.minor, 0)
            || ', of ' || c.amount_minor
        FROM subscriptions_prepaidcredit c LEFT JOIN used u ON u.credit_id = c.id
            LEFT JOIN drawn d ON (d.credit_id, d.id) = (c.id, c.subscription_id)
        WHERE coalesce(u.minor, 0) <> coalesce(d.minor, 0)
            OR coalesce(u.minor, 0) NOT BETWEEN 0 AND c.amount_minor - coalesce(c.ended_minor, 0)
        UNION ALL
        SELECT 'credit ' || u.credit_id || ' is not on document ' || u.document_id
        FROM subscriptions_prepaiduse u
            LEFT JOIN invoicing_documentline d ON (d.document_id, d.position) = (u.document_id, u.position)
            LEFT JOIN invoicing_draftline w ON (w.draft_id, w.position) = (u.document_id, u.position)
        WHERE coalesce(sign(d.net_minor), sign(w.quantity)) IS DISTINCT FROM -sign(u.amount_minor)""",
    ),
    Invariant(
        "I111",
        "Of the deposit that sold prepaid credit as much became revenue as was used, and all that is not paid back once"
        " it has ended",
        "SELECT count(*) FROM subscriptions_prepaidcredit WHERE document_id IS NOT NULL",
        """WITH moved AS (
            SELECT e.subject_id,
                sum(CASE WHEN a.role = 'deposits' THEN t.amount_minor ELSE -t.amount_minor END) AS minor
            FROM ledger_entry e JOIN ledger_transfer t ON t.entry_id = e.id
                JOIN ledger_account a ON a.id = t.debit_account_id
            WHERE e.kind = 'prepaid_released' GROUP BY 1
        ), told AS (
            SELECT c.id, c.amount_minor, c.net_minor, c.ended_on,
                coalesce((SELECT minor FROM moved WHERE subject_id = c.id), 0) + coalesce((SELECT sum(m.minor)
                    FROM subscriptions_prepaiduse u JOIN moved m ON m.subject_id = u.id WHERE u.credit_id = c.id), 0)
                    AS released,
                coalesce((SELECT sum(amount_minor) FROM subscriptions_prepaiduse WHERE credit_id = c.id), 0) AS used,
                coalesce((SELECT sum(net_minor) FROM invoicing_document WHERE corrects_id = c.document_id), 0) AS back
            FROM subscriptions_prepaidcredit c WHERE c.document_id IS NOT NULL
        )
        SELECT 'credit ' || id || ': ' || released || ' of ' || net_minor || ' became revenue' FROM told
        WHERE released <> CASE WHEN ended_on IS NOT NULL THEN net_minor - back
            ELSE floor((2 * net_minor::numeric * used + amount_minor) / (2 * amount_minor)) END""",
    ),
)
