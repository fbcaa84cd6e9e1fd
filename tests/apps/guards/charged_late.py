"""What breaks the promises of late charges."""

ANY = "true"
LATE_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "late_rule_only_one": ({"id": "2"}, ANY),
    "late_rule_has_start": ({"counts_from": "NULL"}, "is_on"),
    "late_grace_days_in_bounds": ({"grace_days": "181"}, ANY),
    "late_yearly_percent_in_bounds": ({"yearly_percent": "26"}, ANY),
    "late_cap_percent_in_bounds": ({"cap_percent": "-1"}, ANY),
    "late_charge_day_in_bounds": ({"charge_day": "29"}, ANY),
    "late_terms_days_in_bounds": ({"terms_days": "91"}, ANY),
    "late_currency_is_a_code": ({"currency": "'eur'"}, ANY),
    "late_fee_minor_in_bounds": ({"fee_minor": "-1"}, ANY),
    "late_least_minor_in_bounds": ({"least_minor": "-1"}, ANY),
    "late_cap_minor_in_bounds": ({"cap_minor": "1000000001"}, ANY),
    "late_charge_positive": ({"amount_minor": "0"}, ANY),
    "late_charge_is_fee_or_interest": ({"days": "NULL"}, "kind = 'interest'"),
    "late_waiver_says_why": ({"reason": "''"}, ANY),
    "late_exclusion_says_why": ({"reason": "''"}, ANY),
    "late_exemption_says_why": ({"reason": "''"}, ANY),
}
LATE_BEHIND = {
    "late_laterule_id_check": "late_rule_only_one",
    "late_day_once": "late_charge_is_fee_or_interest",
}


def _copy(**changed: str) -> str:
    """Write how a charge of interest comes once more, with something changed."""
    taken = {"id": "gen_random_uuid()", "position": "99", "days": "'[2031-01-01,2031-02-01)'"} | changed
    said = ", ".join(f"'{name}', {value}" for name, value in taken.items())
    return (
        f"INSERT INTO late_latecharge SELECT (jsonb_populate_record(c, jsonb_build_object({said}))).*"
        " FROM late_latecharge c WHERE kind = 'interest' LIMIT 1"
    )


LATE_BY_HAND: dict[str, dict[str, str]] = {
    "late_charge_has_its_paper": {
        "on no paper": _copy(document_id="gen_random_uuid()"),
        "on an invoice that charges something else": _copy(document_id="c.invoice_id"),
        "for paying a late charge late": _copy(
            invoice_id="(SELECT id FROM invoicing_document WHERE source = 'late_charges')"
        ),
        "for an invoice of somebody else": _copy(
            invoice_id="(SELECT id FROM invoicing_document WHERE customer_id <> c.customer_id LIMIT 1)"
        ),
    },
    "late_waiver_fits": {
        "on paper, but not credited": "INSERT INTO late_latewaiver (charge_id, customer_id, reason, actor_name, at)"
        " SELECT c.id, c.customer_id, 'x', 'x', now() FROM late_latecharge c JOIN invoicing_document d"
        " ON d.id = c.document_id WHERE c.id NOT IN (SELECT charge_id FROM late_latewaiver) LIMIT 1",
        "of another customer": "INSERT INTO late_latewaiver (charge_id, customer_id, reason, actor_name, at)"
        " SELECT c.id, (SELECT id FROM crm_customer k WHERE k.id <> c.customer_id LIMIT 1), 'x', 'x', now()"
        " FROM late_latecharge c JOIN invoicing_draft d ON d.id = c.document_id LIMIT 1",
    },
    "late_draft_goes_by_rule": {
        "thrown away": "DELETE FROM invoicing_draftline WHERE draft_id IN"
        " (SELECT id FROM invoicing_draft WHERE charges_late); DELETE FROM invoicing_draft WHERE charges_late",
    },
}
