"""What breaks the promises of projects and work."""

ANY = "true"
PROJECTED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "project_has_a_name": ({"name": "''"}, ANY),
    "project_currency_is_a_code": ({"currency": "'eur'"}, ANY),
    "project_step_known": ({"step_minutes": "7"}, ANY),
    "project_budget_above_zero": ({"budget_minor": "0"}, ANY),
    "project_rate_of_something": ({"project_id": "NULL", "member_id": "NULL"}, ANY),
    "project_rate_not_negative": ({"amount": "-1"}, ANY),
    "work_is_time_or_expense": ({"amount_minor": "1"}, "kind = 'time' AND approved_at IS NULL"),
    "work_markup_in_bounds": ({"markup_percent": "1001"}, "approved_at IS NULL"),
    "work_approved_at_a_moment": ({"approved_by_id": "member_id"}, "approved_at IS NULL"),
    "project_bill_freed_at_a_moment": ({"freed_at": "now()"}, "is_live"),
    "billed_work_is_time_or_expense": ({"amount_minor": "1"}, "minutes IS NOT NULL"),
}
PROJECTED_BEHIND = {"projects_project_step_minutes_check": "project_step_known"}
_BILL = (
    "INSERT INTO projects_billedwork (bill_id, entry_id, project_id, is_live, position, minutes, rate)"
    " SELECT b.id, e.id, e.project_id, true, 1, {minutes}, 100 FROM projects_workentry e"
    " JOIN projects_projectbill b ON b.project_id = e.project_id AND b.is_live"
    " WHERE e.minutes > 1 AND e.is_billable AND {which}"
    " AND NOT EXISTS (SELECT FROM projects_billedwork w WHERE w.entry_id = e.id) LIMIT 1"
)
PROJECTED_BY_HAND: dict[str, dict[str, str]] = {
    "project_counter_rises": {
        "a number given again": "UPDATE projects_projectcounter SET last_ordinal = last_ordinal - 1",
        "a number left out": "UPDATE projects_projectcounter SET last_ordinal = last_ordinal + 2",
    },
    "work_that_is_billed_stays": {
        "another note": "UPDATE projects_workentry SET note = 'x'"
        " WHERE id IN (SELECT entry_id FROM projects_billedwork WHERE is_live)",
    },
    "billed_work_is_approved": {
        "not approved": _BILL.format(minutes="e.minutes", which="e.approved_at IS NULL"),
        "fewer minutes": _BILL.format(minutes="1", which="e.approved_at IS NOT NULL"),
    },
    "project_bill_is_freed_once": {
        "another amount": "UPDATE projects_projectbill SET billed_minor = billed_minor + 1",
        "freed and taken back": "UPDATE projects_projectbill SET is_live = true, freed_at = NULL WHERE NOT is_live",
    },
    "billed_work_follows_its_bill": {
        "another line": "UPDATE projects_billedwork SET position = position + 1",
        "forgotten": "DELETE FROM projects_billedwork",
    },
    "project_bill_has_its_draft": {
        "a bill of nothing": "INSERT INTO projects_projectbill SELECT (jsonb_populate_record(b, jsonb_build_object("
        "'id', gen_random_uuid()))).* FROM projects_projectbill b WHERE is_live LIMIT 1",
    },
    "draft_that_bills_work_frees_it": {
        "thrown away": "DELETE FROM invoicing_draftline WHERE draft_id IN"
        " (SELECT id FROM invoicing_draft WHERE bound_lines > 0); DELETE FROM invoicing_draft WHERE bound_lines > 0",
    },
}
