"""What breaks the promises of plans."""

ANY = "true"
SUBSCRIBED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
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
}

SUBSCRIBED_BEHIND = {
    "plans_coupon_periods_check": "coupon_for_a_period",
    "plans_planitem_item_count_check": "plan_item_in_count",
    "plans_planitem_position_check": "plan_item_in_count",
    "plans_planversion_count_check": "plan_count_at_least_one",
}


def _plan_version(tampered: str) -> str:
    """Write how the newest version of a plan comes anew once something is changed."""
    row = "(SELECT id FROM plans_planversion WHERE version = 2 LIMIT 1)"
    return (
        f"CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT * FROM plans_planversion WHERE id = {row}; {tampered}; "
        "DELETE FROM plans_planversion WHERE id = (SELECT id FROM taken); "
        "INSERT INTO plans_planversion SELECT * FROM taken"
    )


SUBSCRIBED_BY_HAND: dict[str, dict[str, str]] = {
    "plan_version_follows": {
        "an item too few": _plan_version("UPDATE taken SET item_count = 1"),
        "a version left out": _plan_version("UPDATE taken SET version = 9"),
    },
    "plan_stays": {
        "another currency": "UPDATE plans_plan SET currency = 'CHF'",
        "a version that is not there": "UPDATE plans_plan SET version = 99",
        "an earlier version": "UPDATE plans_plan SET version = 1 WHERE version = 2",
    },
    "coupon_stays": {"another percentage": "UPDATE plans_coupon SET percent = 50 WHERE percent > 0"},
}
