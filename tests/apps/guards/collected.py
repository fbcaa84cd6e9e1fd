"""What breaks the promises of saved cards and of invoices that are charged by themselves."""

ANY = "true"
COLLECTED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "saved_method_state_known": ({"state": "'lent'"}, "state = 'removed'"),
    "saved_method_agreed_to": ({"consent": "''"}, ANY),
    "saved_method_token_while_needed": ({"token_sealed": "''"}, "state = 'saved'"),
    "saved_method_forgotten_once_removed": ({"forget_at": "now()"}, "state = 'saved'"),
    "saved_method_shows_four": ({"last_four": "'42x'"}, ANY),
    "collection_state_known": ({"state": "'lost'", "next_at": "NULL"}, ANY),
    "collection_waits_for_a_moment": ({"next_at": "NULL"}, "state = 'waiting'"),
    "collection_ended_says_why": ({"state": "'dropped'", "next_at": "NULL", "reason": "''"}, ANY),
    "charge_from_one": ({"attempt": "0"}, ANY),
}
COLLECTED_BEHIND = {"payments_charge_attempt_check": "charge_from_one"}


def _copy(**changed: str) -> str:
    """Write how a charge comes once more, with something changed."""
    said = ", ".join(f"'{name}', {value}" for name, value in changed.items())
    return (
        f"INSERT INTO payments_charge SELECT (jsonb_populate_record(g, jsonb_build_object({said}))).*"
        " FROM payments_charge g LIMIT 1"
    )


COLLECTED_BY_HAND: dict[str, dict[str, str]] = {
    "charge_fits": {
        "of another document": _copy(
            checkout_id="(SELECT c.id FROM payments_checkout c WHERE c.document_id <> g.document_id LIMIT 1)",
            attempt="99",
        ),
    },
}
