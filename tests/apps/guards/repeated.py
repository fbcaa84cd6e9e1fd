"""What breaks the promises of repeating invoices."""

ANY = "true"
REPEATED_CHECKS: dict[str, tuple[dict[str, str], str]] = {
    "repeat_state_known": ({"state": "'zz'"}, "state <> 'ended'"),
    "repeat_has_a_title": ({"title": "''"}, "state <> 'ended'"),
    "repeat_over_has_no_next": ({"next_on": "NULL"}, "state = 'active'"),
    "repeat_held_would_run": ({"held_code": "'x'", "state": "'paused'"}, "state = 'active'"),
    "repeat_made_on_a_day": ({"last_made_on": "NULL"}, "made_count > 0"),
    "repeat_goes_forward": ({"next_on": "last_made_on"}, "made_count > 0 AND state = 'active'"),
    "repeat_rhythm_known": ({"every": "121"}, ANY),
    "repeat_ends_after_one": ({"most_invoices": "0"}, ANY),
    "repeat_covers_known": ({"covers": "'zz'"}, ANY),
    "repeat_does_known": ({"does": "'zz'"}, ANY),
    "repeat_price_mode_known": ({"price_mode": "'zz'"}, ANY),
    "repeat_has_lines": ({"line_count": "0"}, ANY),
    "repeat_line_in_count": ({"position": "line_count + 1"}, ANY),
    "repeat_sending_known": ({"sending": "'zz'"}, "sending = 'refused'"),
    "repeat_ordinal_from_one": ({"ordinal": "0"}, "ordinal = 1"),
}
REPEATED_BEHIND = {
    "repeats_repeat_made_count_check": "repeat_made_on_a_day",
    "repeat_ordinal_once": "repeat_day_once",
    "repeats_repeatversion_line_count_check": "repeat_has_lines",
    "repeats_repeatline_position_check": "repeat_line_in_count",
    "repeats_repeatversion_most_invoices_check": "repeat_ends_after_one",
    "repeats_repeatversion_every_check": "repeat_rhythm_known",
    "repeats_repeatline_line_count_check": "repeat_line_in_count",
    "repeats_repeatinvoice_ordinal_check": "repeat_ordinal_from_one",
}
_COPY = (
    "INSERT INTO repeats_{table}"
    " SELECT (jsonb_populate_record(x, jsonb_build_object('id', gen_random_uuid(), {set}))).*"
    " FROM repeats_{table} x WHERE {where} LIMIT 1"
)
_INVOICE = "'document_id', gen_random_uuid(), {set}"
REPEATED_BY_HAND: dict[str, dict[str, str]] = {
    "repeat_goes_on": {
        "begun again": "UPDATE repeats_repeat SET state = 'active', next_on = '2027-01-01' WHERE state = 'ended'",
        "two at a time": "UPDATE repeats_repeat SET made_count = made_count + 2, last_made_on = last_made_on + 1,"
        " next_on = next_on + 9 WHERE made_count > 0",
        "a day forgotten": "UPDATE repeats_repeat SET last_made_on = last_made_on - 1 WHERE made_count > 0",
        "counted without a day": "UPDATE repeats_repeat SET made_count = made_count + 1 WHERE made_count > 0",
        "a version left out": "UPDATE repeats_repeat SET version = version + 2 WHERE state = 'active'",
        "removed": "DELETE FROM repeats_repeat",
    },
    "repeat_version_follows": {
        "a version left out": _COPY.format(table="repeatversion", set="'version', 9", where="true"),
    },
    "repeat_version_is_append_only": {"rewritten": "UPDATE repeats_repeatversion SET notes = 'x'"},
    "repeat_line_is_append_only": {"rewritten": "UPDATE repeats_repeatline SET name = 'x'"},
    "repeat_invoice_follows": {
        "an earlier day": _COPY.format(
            table="repeatinvoice",
            set=_INVOICE.format(set="'ordinal', x.ordinal + 1, 'due_on', x.due_on - 1"),
            where="ordinal = (SELECT max(ordinal) FROM repeats_repeatinvoice y WHERE y.repeat_id = x.repeat_id)",
        ),
        "a number left out": _COPY.format(
            table="repeatinvoice",
            set=_INVOICE.format(set="'ordinal', x.ordinal + 7, 'due_on', x.due_on + 900"),
            where="true",
        ),
    },
    "repeat_invoice_stays": {
        "another day": "UPDATE repeats_repeatinvoice SET due_on = due_on + 900",
        "sent again": "UPDATE repeats_repeatinvoice SET sending = 'waiting' WHERE sending = ''",
        "removed": "DELETE FROM repeats_repeatinvoice",
    },
}
