"""What must always hold of usage."""

from conto.apps.bulk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I60",
        "What the days of usage came to is what their events come to that count now",
        "SELECT count(*) FROM usage_dailyusage",
        """WITH counted AS (
            SELECT DISTINCT ON (subscription_id, event_key) * FROM usage_usageevent
            ORDER BY subscription_id, event_key, revision DESC
        ), told AS (
            SELECT subscription_id, metric, day, count(*) AS n, sum(value) AS total, max(value) AS greatest,
                max(happened_at) AS last_at,
                (array_agg(value ORDER BY happened_at DESC, event_key DESC))[1] AS last_value,
                (array_agg(event_key ORDER BY happened_at DESC, event_key DESC))[1] AS last_key
            FROM counted WHERE value IS NOT NULL GROUP BY 1, 2, 3
        )
        SELECT metric || ' of subscription ' || subscription_id || ' on ' || day || ': ' || coalesce(d.count, 0)
            || ' events, there are ' || coalesce(t.n, 0)
        FROM told t FULL JOIN usage_dailyusage d USING (subscription_id, metric, day)
        WHERE (coalesce(t.n, 0), coalesce(t.total, 0), t.greatest, t.last_at, t.last_value, t.last_key)
            IS DISTINCT FROM (d.count, d.total, d.greatest, d.last_at, d.last_value, d.last_key)""",
    ),
    Invariant(
        "I61",
        "All revisions of an event of use are of one metric",
        "SELECT count(*) FROM usage_usageevent",
        """SELECT 'event ' || event_key || ' of subscription ' || subscription_id || ' is of ' || count(DISTINCT metric)
            || ' metrics'
        FROM usage_usageevent GROUP BY subscription_id, event_key HAVING count(DISTINCT metric) > 1""",
    ),
)
