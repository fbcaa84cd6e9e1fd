"""What must always hold of deals and the history of their stages."""

from conto.apps.bulk.invariants import Invariant

_DEALS = "SELECT count(*) FROM deals_deal"

INVARIANTS = (
    Invariant(
        "I45",
        "An open deal stands in exactly one stage, as its history says; a closed one in none",
        _DEALS,
        """SELECT 'deal ' || d.name || ' (' || d.state || ') stands in ' || count(v.id) || ' stages'
        FROM deals_deal d LEFT JOIN deals_stagevisit v ON v.deal_id = d.id AND v.left_at IS NULL
        GROUP BY d.id HAVING count(v.id) <> (d.state = 'open')::int
            OR bool_or(v.stage_id <> d.stage_id OR v.entered_at <> d.entered_stage_at)
        UNION ALL
        SELECT 'deal ' || d.name || ' came into a stage at ' || v.entered_at || ' before it left another'
        FROM (SELECT deal_id, entered_at, lag(left_at, 1, '-infinity')
            OVER (PARTITION BY deal_id ORDER BY entered_at, left_at NULLS LAST, id) AS left_before
            FROM deals_stagevisit) v JOIN deals_deal d ON d.id = v.deal_id
        WHERE v.left_before IS NULL OR v.left_before > v.entered_at""",
    ),
    Invariant(
        "I46",
        "A deal with products is worth their sum",
        _DEALS,
        """SELECT 'deal ' || d.name || ' is worth ' || d.value_minor || ', its products ' || l.sum_minor
        FROM deals_deal d JOIN (
            SELECT deal_id, sum(round(quantity * unit_price_minor * (100 - discount_percent) / 100)) AS sum_minor
            FROM deals_dealline GROUP BY deal_id
        ) l ON l.deal_id = d.id WHERE d.value_minor <> l.sum_minor""",
    ),
    Invariant(
        "I47",
        "A won deal has the moment of that, a lost one its moment and a reason, an open one neither",
        _DEALS,
        """SELECT 'deal ' || name || ' (' || state || ')' FROM deals_deal
        WHERE (state = 'won') <> (won_at IS NOT NULL) OR (state = 'lost') <> (lost_at IS NOT NULL)
            OR (state = 'lost') <> (lost_reason_id IS NOT NULL)""",
    ),
    Invariant(
        "I48",
        "The next step of a deal is its earliest activity that is not done",
        _DEALS,
        """SELECT 'deal ' || d.name || ' at ' || coalesce(d.next_step_at::text, '-') || ', its activities at '
            || coalesce(a.due_at::text, '-')
        FROM deals_deal d LEFT JOIN (
            SELECT deal_id, min(due_at) AS due_at FROM deals_activity WHERE done_at IS NULL GROUP BY deal_id
        ) a ON a.deal_id = d.id WHERE d.next_step_at IS DISTINCT FROM a.due_at""",
    ),
)
