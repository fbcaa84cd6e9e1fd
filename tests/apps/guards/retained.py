"""What breaks the promises of retainers."""

ANY = "true"
RETAINED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "retainer_minutes_in_bounds": ({"minutes": "600001"}, ANY),
    "retainer_carries_not_too_far": ({"carry_periods": "25"}, ANY),
    "retainer_overage_not_negative": ({"overage_rate": "-1"}, ANY),
    "retainer_period_has_days": ({"ends_on": "starts_on"}, ANY),
    "retainer_period_brings_something": ({"minutes": "0"}, ANY),
    "covered_work_of_something": ({"minutes": "0"}, ANY),
}
RETAINED_BEHIND = {
    "projects_retainer_minutes_check": "retainer_minutes_in_bounds",
    "projects_retainerperiod_minutes_check": "retainer_period_brings_something",
    "projects_coveredwork_minutes_check": "covered_work_of_something",
    "projects_retainerclo_project_id_54accae7_fk_projects_": "closing_of_bill",
    "projects_retainerper_project_id_ff4683d3_fk_projects_": "retainer_period_of_invoice",
}
_COVER = (
    "INSERT INTO projects_coveredwork (closing_id, entry_id, period_id, project_id, is_live, minutes)"
    " SELECT c.id, e.id, p.id, p.project_id, true, {minutes} FROM projects_workentry e"
    " JOIN projects_retainerperiod p ON p.project_id = e.project_id AND NOT p.is_revoked AND {period}"
    " JOIN projects_retainerclosing c ON c.project_id = p.project_id AND c.is_live AND c.bill_id IS NULL"
    " WHERE e.kind = 'time' AND e.approved_at IS NOT NULL AND {work} LIMIT 1"
)
_OPEN = (
    "NOT EXISTS (SELECT FROM projects_coveredwork w WHERE w.entry_id = e.id)"
    " AND NOT EXISTS (SELECT FROM projects_billedwork b WHERE b.entry_id = e.id)"
)
_INSIDE = "e.day >= p.starts_on AND e.day < p.lapses_on"
_LEFT = " AND p.minutes > (SELECT coalesce(sum(w.minutes), 0) FROM projects_coveredwork w WHERE w.period_id = p.id)"
RETAINED_BY_HAND: dict[str, dict[str, str]] = {
    "retainer_without_price": {
        "a project at a price": "INSERT INTO projects_retainer SELECT (jsonb_populate_record(r, jsonb_build_object("
        "'project_id', f.project_id, 'repeat_id', gen_random_uuid()))).*"
        " FROM projects_retainer r, projects_fixedprice f LIMIT 1",
    },
    "fixed_price_without_retainer": {
        "a project with a retainer": "INSERT INTO projects_fixedprice SELECT (jsonb_populate_record(p,"
        " jsonb_build_object('project_id', r.project_id))).* FROM projects_fixedprice p, projects_retainer r"
        " WHERE NOT EXISTS (SELECT FROM projects_workentry e WHERE e.project_id = r.project_id) LIMIT 1",
    },
    "retainer_period_stays": {
        "another amount": "UPDATE projects_retainerperiod SET minutes = minutes + 1",
        "brought again": "UPDATE projects_retainerperiod SET is_revoked = false WHERE is_revoked",
        "forgotten": "DELETE FROM projects_retainerperiod",
    },
    "retainer_closing_stays": {
        "another day": "UPDATE projects_retainerclosing SET until = until + 1",
        "forgotten": "DELETE FROM projects_retainerclosing",
    },
    "work_is_covered": {
        "more than was brought": _COVER.format(minutes="100000", period=_INSIDE, work=_OPEN),
        "a day after it lapsed": _COVER.format(minutes="1", period="e.day < p.starts_on", work=_OPEN),
        "work that is billed": _COVER.format(
            minutes="1",
            period=_INSIDE,
            work="EXISTS (SELECT FROM projects_billedwork b WHERE b.entry_id = e.id AND b.is_live)"
            " AND NOT EXISTS (SELECT FROM projects_coveredwork w WHERE w.entry_id = e.id)",
        ),
    },
    "covered_work_is_settled": {
        "the rest of it open": _COVER.format(minutes="1", period=_INSIDE + _LEFT, work=_OPEN + " AND e.minutes > 1"),
    },
    "covered_work_follows_its_closing": {
        "other minutes": "UPDATE projects_coveredwork SET minutes = minutes + 1",
        "forgotten": "DELETE FROM projects_coveredwork",
    },
}
