"""What breaks the promises of plans and subscriptions, and of projects and stock beside them."""

from tests.apps.guards.charged_late import LATE_BEHIND, LATE_BY_HAND, LATE_CHECKS
from tests.apps.guards.collected import COLLECTED_BEHIND, COLLECTED_BY_HAND, COLLECTED_CHECKS
from tests.apps.guards.migrated import MIGRATED_BY_HAND, MIGRATED_CHECKS
from tests.apps.guards.projected import PROJECTED_BEHIND, PROJECTED_BY_HAND, PROJECTED_CHECKS
from tests.apps.guards.repeated import REPEATED_BEHIND, REPEATED_BY_HAND, REPEATED_CHECKS
from tests.apps.guards.retained import RETAINED_BEHIND, RETAINED_BY_HAND, RETAINED_CHECKS
from tests.apps.guards.stocked import STOCKED_BEHIND, STOCKED_BY_HAND, STOCKED_CHECKS, STOCKED_TWINS

ANY = "true"
SUBSCRIBED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "deal_renews_something_or_nothing": ({"renews_kind": "'contract'", "renews_id": "NULL"}, ANY),
    "guardian_settings_only_one": ({"id": "2"}, ANY),
    "minimum_above_zero": ({"amount_minor": "0"}, ANY),
    "minimum_currency_is_a_code": ({"currency": "'eur'"}, ANY),
    "draft_carried_waits_for_more": ({"carried_at": "now()", "keeps_lines": "false"}, ANY),
    "draft_held_is_not_issued_by_itself": ({"held_for": "'check.x'", "issues_at": "now()"}, ANY),
    "guardian_least_documents_in_bounds": ({"least_documents": "3"}, ANY),
    "guardian_amount_percent_in_bounds": ({"amount_percent": "4"}, ANY),
    "guardian_rhythm_percent_in_bounds": ({"rhythm_percent": "101"}, ANY),
    "guardian_rhythm_days_in_bounds": ({"rhythm_days": "91"}, ANY),
    "guardian_duplicate_days_in_bounds": ({"duplicate_days": "91"}, ANY),
    "guardian_review_hours_in_bounds": ({"review_hours": "721"}, ANY),
    "invoice_words_for_one_or_many": ({"tag_id": "(SELECT id FROM crm_tag LIMIT 1)"}, "customer_id IS NOT NULL"),
    "invoice_words_kind_known": ({"kind": "'zz'"}, ANY),
    "invoice_words_occasion_known": ({"occasion": "'zz'"}, ANY),
    "invoice_words_not_empty": ({"text": "''"}, ANY),
    **PROJECTED_CHECKS,
    **STOCKED_CHECKS,
    **LATE_CHECKS,
    **COLLECTED_CHECKS,
    **REPEATED_CHECKS,
    **RETAINED_CHECKS,
    **MIGRATED_CHECKS,
    "plan_has_a_code": ({"code": "''"}, ANY),
    "plan_has_a_name": ({"name": "''"}, ANY),
    "plan_count_at_least_one": ({"count": "0"}, ANY),
    "plan_item_in_count": ({"position": "item_count + 1"}, ANY),
    "plan_item_measured_again": ({"is_once": "true"}, "measure IS NOT NULL"),
    "plan_item_not_negative": ({"quantity": "-1"}, ANY),
    "plan_commitment_not_negative": ({"commitment": "-1"}, ANY),
    "plan_interval_known": ({"interval": "'zz'"}, ANY),
    "coupon_has_a_code": ({"code": "''"}, ANY),
    "coupon_percent_is_share": ({"percent": "101"}, "percent > 0"),
    "coupon_percent_or_amount": ({"amount_minor": "1"}, "percent > 0"),
    "coupon_for_a_period": ({"periods": "0"}, ANY),
    "subscription_has_a_number": ({"number": "''"}, ANY),
    "subscription_has_a_title": ({"title": "''"}, ANY),
    "subscription_interval_known": ({"interval": "'zz'"}, ANY),
    "subscription_count_at_least_one": ({"count": "0"}, ANY),
    "subscription_commitment_not_negative": ({"commitment": "-1"}, ANY),
    "subscription_ends_after_start": ({"ends_on": "starts_on - 1"}, ANY),
    "subscription_item_from_one": ({"position": "0"}, ANY),
    "subscription_item_not_negative": ({"quantity": "-1"}, ANY),
    "subscription_change_from_one": ({"ordinal": "0"}, ANY),
    "billed_charge_discount_in_gross": ({"discount_minor": "gross_minor + 1"}, ANY),
    "billed_line_from_one": ({"number": "0"}, ANY),
    "usage_event_has_a_key": ({"event_key": "''"}, ANY),
    "usage_event_has_a_metric": ({"metric": "''"}, ANY),
    "usage_event_begins_with_a_value": ({"value": "NULL"}, "revision = 0"),
    "daily_usage_is_empty_or_whole": ({"count": "0"}, "count > 0"),
    "daily_usage_last_in_greatest": ({"last_value": "greatest + 1"}, "count > 0"),
    "feature_override_from_one": ({"ordinal": "0"}, ANY),
    "feature_override_known": ({"effect": "'zz'", "most": "NULL"}, ANY),
    "feature_override_is_named": ({"name": "''"}, ANY),
    "feature_override_has_a_reason": ({"reason": "''"}, ANY),
    "feature_override_most_granted": ({"most": "-1"}, "effect = 'grant'"),
    "prepaid_credit_from_one": ({"ordinal": "0"}, "ended_on IS NULL"),
    "prepaid_credit_above_zero": ({"amount_minor": "0"}, "ended_on IS NULL"),
    "prepaid_credit_lapses_after_it_begins": ({"lapses_on": "granted_on"}, "ended_on IS NULL"),
    "prepaid_credit_has_a_reason": ({"reason": "''"}, "ended_on IS NULL"),
    "prepaid_credit_given_or_sold": ({"net_minor": "net_minor + 1"}, "ended_on IS NULL AND document_id IS NULL"),
    "prepaid_credit_ends_whole": ({"ended_kind": "'lapsed'"}, "ended_on IS NULL"),
    "prepaid_use_moves": ({"amount_minor": "0"}, ANY),
    "recurring_movement_known": ({"kind": "'zz'"}, ANY),
    "recurring_movement_moves": ({"amount_minor": "0"}, ANY),
    "billed_line_has_its_place": ({"position": "NULL"}, "document_id IS NOT NULL"),
}

SUBSCRIBED_BEHIND = {
    "invoicing_guardiansettings_id_check": "guardian_settings_only_one",
    **PROJECTED_BEHIND,
    **STOCKED_BEHIND,
    **LATE_BEHIND,
    **COLLECTED_BEHIND,
    **REPEATED_BEHIND,
    **RETAINED_BEHIND,
    "plans_coupon_periods_check": "coupon_for_a_period",
    "plans_planitem_item_count_check": "plan_item_in_count",
    "plans_planitem_position_check": "plan_item_in_count",
    "plans_planversion_count_check": "plan_count_at_least_one",
    "subscriptions_subscription_count_check": "subscription_count_at_least_one",
    "subscriptions_subscriptionitem_position_check": "subscription_item_from_one",
    "subscriptions_subscriptionchange_ordinal_check": "subscription_change_from_one",
    "subscriptions_featureoverride_ordinal_check": "feature_override_from_one",
    "subscriptions_prepaidcredit_ordinal_check": "prepaid_credit_from_one",
    "subscriptions_prepaiduse_position_check": "prepaid_use_moves",
    "subscriptions_billedline_number_check": "billed_line_from_one",
    "usage_dailyusage_count_check": "daily_usage_is_empty_or_whole",
}


def _plan_version(tampered: str) -> str:
    """Write how the newest version of a plan comes anew once something is changed."""
    row = "(SELECT id FROM plans_planversion WHERE version = 2 LIMIT 1)"
    return (
        f"CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT * FROM plans_planversion WHERE id = {row}; {tampered}; "
        "DELETE FROM plans_planversion WHERE id = (SELECT id FROM taken); "
        "INSERT INTO plans_planversion SELECT * FROM taken"
    )


def _movement(**other: str) -> str:
    """Write a movement like another one, with something changed."""
    changed = ", ".join(f"'{name}', {value}" for name, value in {"id": "gen_random_uuid()", **other}.items())
    return (
        "INSERT INTO subscriptions_recurringmovement SELECT (jsonb_populate_record(m, "
        f"jsonb_build_object({changed}))).* FROM subscriptions_recurringmovement m ORDER BY counts_on, id LIMIT 1"
    )


def _use(**other: str) -> str:
    """Write a use of prepaid credit like another one with another settlement of its subscription, and more changed."""
    new = {
        "id": "gen_random_uuid()",
        "amount_minor": "1",
        "settlement_id": "(SELECT id FROM subscriptions_settlement s WHERE s.subscription_id = (SELECT subscription_id"
        " FROM subscriptions_prepaidcredit WHERE id = u.credit_id) AND s.id <> u.settlement_id LIMIT 1)",
        **other,
    }
    changed = ", ".join(f"'{name}', {value}" for name, value in new.items())
    return (
        "INSERT INTO subscriptions_prepaiduse SELECT (jsonb_populate_record(u, "
        f"jsonb_build_object({changed}))).* FROM subscriptions_prepaiduse u WHERE"
        " (SELECT count(*) FROM subscriptions_prepaiduse o WHERE o.credit_id = u.credit_id) = 1 LIMIT 1"
    )


SUBSCRIBED_BY_HAND: dict[str, dict[str, str]] = {
    "prepaidcredit_ends_once": {
        "going on again": "UPDATE subscriptions_prepaidcredit SET ended_because = 'x' WHERE ended_on IS NOT NULL",
    },
    "prepaidcredit_is_enough": {
        "ended with more than is left": "UPDATE subscriptions_prepaidcredit SET ended_on = granted_on,"
        " ended_kind = 'lapsed', ended_minor = amount_minor WHERE ended_on IS NULL AND EXISTS"
        " (SELECT FROM subscriptions_prepaiduse WHERE credit_id = subscriptions_prepaidcredit.id)",
    },
    "prepaiduse_is_covered": {
        "more than there is": _use(amount_minor="99999999"),
        "less than nothing": _use(amount_minor="-99999999"),
        "of another subscription": _use(
            settlement_id="(SELECT id FROM subscriptions_settlement WHERE subscription_id"
            " <> (SELECT subscription_id FROM subscriptions_prepaidcredit WHERE id = u.credit_id) LIMIT 1)"
        ),
    },
    "recurringmovement_holds": {
        "of another customer": _movement(
            customer_id="(SELECT id FROM crm_customer c WHERE c.id <> m.customer_id LIMIT 1)", kind="'new'"
        ),
        "in another currency": _movement(currency="'CHF'", kind="'new'"),
        "below nothing": _movement(amount_minor="-9999999", counts_on="m.counts_on + 9999", kind="'contraction'"),
        "called otherwise": _movement(counts_on="m.counts_on + 9999", kind="'contraction'"),
    },
    **PROJECTED_BY_HAND,
    **STOCKED_BY_HAND,
    **LATE_BY_HAND,
    **COLLECTED_BY_HAND,
    **REPEATED_BY_HAND,
    **RETAINED_BY_HAND,
    **MIGRATED_BY_HAND,
    "plan_version_follows": {
        "an item too few": _plan_version("UPDATE taken SET item_count = 1"),
        "a version left out": _plan_version("UPDATE taken SET version = 9"),
    },
    "plan_stays": {
        "another currency": "UPDATE plans_plan SET currency = 'CHF'",
        "a version that is not there": "UPDATE plans_plan SET version = 99",
        "an earlier version": "UPDATE plans_plan SET version = 1 WHERE version = 2",
    },
    "subscription_agreement_stays": {
        "an earlier version": "UPDATE subscriptions_subscription SET version = version - 1",
        "billed up to an earlier day": "UPDATE subscriptions_subscription SET settled_on = settled_on - 1",
        "never billed": "UPDATE subscriptions_subscription SET settled_on = NULL",
        "a settlement forgotten": "UPDATE subscriptions_subscription SET settled_count = settled_count - 1",
    },
    "subscriptionchange_follows": {
        "a change left out": "INSERT INTO subscriptions_subscriptionchange SELECT (jsonb_populate_record(c, "
        "jsonb_build_object('id', gen_random_uuid(), 'ordinal', c.ordinal + 2))).* "
        "FROM subscriptions_subscriptionchange c ORDER BY ordinal DESC LIMIT 1",
    },
    "billedcharge_adds_up": {
        "more than its lines": "UPDATE subscriptions_billedcharge SET gross_minor = gross_minor + 1",
        "a line too many": "UPDATE subscriptions_billedcharge SET line_count = line_count + 1",
    },
    "billedcharge_stays": {
        "another quantity": "UPDATE subscriptions_billedcharge SET quantity_pico = quantity_pico + 1",
        "a line forgotten": "UPDATE subscriptions_billedcharge SET line_count = line_count - 1 WHERE line_count > 0",
    },
    "subscription_counter_rises": {
        "a number given again": "UPDATE subscriptions_subscriptioncounter SET last_ordinal = last_ordinal - 1",
        "a number left out": "UPDATE subscriptions_subscriptioncounter SET last_ordinal = last_ordinal + 2",
    },
    "draft_that_keeps_lines_is_issued": {
        "thrown away": "UPDATE invoicing_draft SET keeps_lines = true; "
        "DELETE FROM invoicing_draftline; DELETE FROM invoicing_draftallowance; DELETE FROM invoicing_draft_deposits; "
        "DELETE FROM invoicing_draft",
    },
    "coupon_stays": {"another percentage": "UPDATE plans_coupon SET percent = 50 WHERE percent > 0"},
}
SUBSCRIBED_TWINS = {
    **STOCKED_TWINS,
    "plan_item_key_once": {"position": "position + 90", "item_count": "item_count + 90"},
}
