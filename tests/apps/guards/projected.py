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
    "fixed_price_above_zero": ({"amount_minor": "0"}, ANY),
    "fixed_price_method_known": ({"method": "'zz'"}, "accepted_at IS NULL"),
    "fixed_price_retention_in_bounds": ({"retention_percent": "100"}, ANY),
    "fixed_price_agreed_by_somebody": ({"agreed_by": "''"}, ANY),
    "fixed_price_accepted_whole": ({"accepted_on": "agreed_on"}, "accepted_at IS NULL"),
    "change_order_of_something": ({"amount_minor": "0"}, ANY),
    "change_order_says_what_and_who": ({"title": "''"}, ANY),
    "milestone_has_a_name": ({"name": "''"}, ANY),
    "milestone_is_amount_or_percent": ({"percent": "0", "amount_minor": "NULL"}, ANY),
    "milestone_reached_whole": ({"reached_on": "NULL"}, "reached_at IS NOT NULL"),
    "price_progress_in_bounds": ({"percent": "101"}, ANY),
    "billed_price_work_not_negative": ({"work_minor": "-1"}, ANY),
    "billed_price_has_lines": ({"line_count": "0"}, ANY),
    "billed_work_is_time_or_expense": ({"amount_minor": "1"}, "minutes IS NOT NULL"),
}
PROJECTED_BEHIND = {
    "projects_project_step_minutes_check": "project_step_known",
    "projects_billedprice_line_count_check": "billed_price_has_lines",
}
_BILL = (
    "INSERT INTO projects_billedwork (bill_id, entry_id, project_id, is_live, position, minutes, rate)"
    " SELECT b.id, e.id, e.project_id, true, 1, {minutes}, 100 FROM projects_workentry e"
    " JOIN projects_projectbill b ON b.project_id = e.project_id AND b.is_live"
    " WHERE e.minutes > 1 AND e.is_billable AND {which}"
    " AND NOT EXISTS (SELECT FROM projects_billedwork w WHERE w.entry_id = e.id) LIMIT 1"
)
_COPY = (
    "INSERT INTO projects_{table} SELECT (jsonb_populate_record(x, jsonb_build_object({set}))).*"
    " FROM projects_{table} x "
)
_ACCEPTED = "JOIN projects_fixedprice p ON p.project_id = x.project_id AND p.accepted_at IS NOT NULL LIMIT 1"
PROJECTED_BY_HAND: dict[str, dict[str, str]] = {
    "fixed_price_without_hours": {
        "hours that wait": "INSERT INTO projects_fixedprice SELECT (jsonb_populate_record(p, jsonb_build_object("
        "'project_id', (SELECT project_id FROM projects_workentry e WHERE e.kind = 'time' AND e.is_billable AND"
        " NOT EXISTS (SELECT FROM projects_billedwork w WHERE w.entry_id = e.id AND w.is_live) LIMIT 1)))).*"
        " FROM projects_fixedprice p LIMIT 1",
    },
    "fixed_price_stays": {
        "another amount": "UPDATE projects_fixedprice SET amount_minor = amount_minor + 1",
        "an acceptance taken back": "UPDATE projects_fixedprice SET accepted_by = '', accepted_on = NULL,"
        " accepted_at = NULL WHERE accepted_at IS NOT NULL",
    },
    "time_is_in_the_price": {
        "an hour to bill": "INSERT INTO projects_workentry SELECT (jsonb_populate_record(e, jsonb_build_object("
        "'id', gen_random_uuid(), 'project_id', (SELECT project_id FROM projects_fixedprice LIMIT 1)))).*"
        " FROM projects_workentry e WHERE e.kind = 'time' AND e.is_billable LIMIT 1",
    },
    "time_stays_in_the_price": {
        "to bill after all": "UPDATE projects_workentry SET is_billable = true WHERE kind = 'time' AND NOT is_billable"
        " AND project_id IN (SELECT project_id FROM projects_fixedprice)",
    },
    "change_order_within_price": {
        "lower than what is billed": _COPY.format(
            table="changeorder", set="'id', gen_random_uuid(), 'position', 99, 'amount_minor', -900000"
        )
        + " JOIN projects_fixedprice p ON p.project_id = x.project_id AND p.accepted_at IS NULL LIMIT 1",
    },
    "milestone_within_price": {
        "more than the price": "UPDATE projects_milestone SET percent = 99 WHERE percent IS NOT NULL",
    },
    "milestone_stays": {"another name": "UPDATE projects_milestone SET name = 'x'"},
    "price_progress_before_acceptance": {
        "after acceptance": _COPY.format(table="priceprogress", set="'id', gen_random_uuid(), 'position', 99")
        + _ACCEPTED,
    },
    "billed_within_price": {
        "a project without a price": "INSERT INTO projects_billedprice SELECT (jsonb_populate_record(x,"
        " jsonb_build_object('bill_id', b.id, 'project_id', b.project_id, 'is_live', b.is_live))).*"
        " FROM projects_billedprice x, projects_projectbill b"
        " WHERE b.id NOT IN (SELECT bill_id FROM projects_billedprice) LIMIT 1",
    },
    "billed_milestone_is_reached": {
        "not reached": "INSERT INTO projects_billedmilestone SELECT (jsonb_populate_record(b, jsonb_build_object("
        "'milestone_id', m.id))).* FROM projects_billedmilestone b JOIN projects_milestone m"
        " ON m.project_id = b.project_id AND m.reached_at IS NULL LIMIT 1",
    },
    "billed_price_follows_its_bill": {
        "another amount": "UPDATE projects_billedprice SET held_minor = held_minor + 1",
        "forgotten": "DELETE FROM projects_billedprice",
    },
    "billed_milestone_follows_its_bill": {
        "another amount": "UPDATE projects_billedmilestone SET amount_minor = amount_minor + 1",
    },
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
