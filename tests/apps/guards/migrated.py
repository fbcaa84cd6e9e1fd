"""What breaks the promises of migrations of subscriptions, and of dry runs."""

_PLANNED = "outcome = 'planned'"
MIGRATED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "dry_run_whole_when_ended": ({"is_whole": "true"}, "ended_at IS NULL"),
    "dry_run_begun_has_a_day": ({"until": "NULL"}, "ended_at IS NULL AND until IS NOT NULL"),
    "plan_migration_counts_known": ({"counts_from": "'zz'"}, "ended_at IS NULL"),
    "plan_migration_day_only_where_asked": ({"on": "'2027-01-01'"}, "ended_at IS NULL"),
    "plan_migration_shown_first": ({"confirmed_at": "now()"}, "shown_at IS NULL"),
    "plan_migration_confirmed_first": ({"ended_at": "now()"}, "confirmed_at IS NULL"),
    "migration_row_outcome_known": ({"outcome": "'zz'"}, _PLANNED),
    "migration_row_stays_for_a_reason": ({"outcome": "'stays'"}, _PLANNED),
    "migration_row_counts_on_a_day": ({"counts_on": "NULL"}, _PLANNED),
    "migration_row_not_negative": ({"before_minor": "-1"}, _PLANNED),
}
MIGRATED_BY_HAND: dict[str, dict[str, str]] = {
    "dryrun_over_stays": {
        "begun again": "UPDATE subscriptions_dryrun SET ended_at = NULL, is_whole = false WHERE is_whole",
    },
    "planmigration_goes_on": {
        "begun again": "UPDATE subscriptions_planmigration SET ended_at = NULL WHERE ended_at IS NOT NULL",
        "shown again": "UPDATE subscriptions_planmigration SET shown_at = shown_at + interval '1 day'"
        " WHERE ended_at IS NULL AND shown_at IS NOT NULL",
    },
    "planmigration_stays": {
        "dropped though confirmed": "INSERT INTO subscriptions_planmigration SELECT (jsonb_populate_record(g,"
        " jsonb_build_object('id', gen_random_uuid()))).* FROM subscriptions_planmigration g"
        " WHERE confirmed_at IS NOT NULL LIMIT 1; DELETE FROM subscriptions_planmigration g"
        " WHERE confirmed_at IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM subscriptions_migrationrow r WHERE r.migration_id = g.id)",
    },
    "migrationrow_stays": {
        "dropped though confirmed": "DELETE FROM subscriptions_migrationrow WHERE outcome = 'moved'",
    },
    "migrationrow_said_once": {
        "taken back": "UPDATE subscriptions_migrationrow SET outcome = 'planned' WHERE outcome = 'moved'",
    },
}
