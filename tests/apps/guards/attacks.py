"""What breaks each promise: derived from its definition where it is a plain one, written by hand where it is not."""

import re
from collections.abc import Callable

from tests.apps.guards.engine import OWNER, Attack, Fortress, Guard
from tests.apps.guards.subscribed import SUBSCRIBED_BEHIND, SUBSCRIBED_BY_HAND, SUBSCRIBED_CHECKS, SUBSCRIBED_TWINS

# To what the columns of a row are changed; the row is any, or one that the condition finds.
Change = tuple[dict[str, str], str]
ANY = "true"
CHECKS: dict[str, Change] = {
    "business_only_one": ({"id": "2"}, ANY),
    "business_clock_is_real": ({"clock_ahead_seconds": "60", "is_sandbox": "false"}, ANY),
    "business_demo_is_sandbox": ({"lived_until": "now()", "is_sandbox": "false"}, ANY),
    "team_has_a_name": ({"name": "''"}, ANY),
    "invitation_ends_one_way": ({"accepted_at": "now()", "cancelled_at": "now()"}, ANY),
    "seal_covers_facts": ({"last_position": "first_position - 1"}, ANY),
    "price_not_negative": ({"amount": "-0.01"}, ANY),
    "api_key_expires_later": ({"expires_at": "made_at"}, ANY),
    "api_key_has_a_scope": ({"scopes": "'{}'"}, ANY),
    "request_done_has_answer": ({"body": "NULL"}, "done_at IS NOT NULL"),
    "webhook_finished_or_due": ({"finished_at": "NULL"}, "state = 'delivered'"),
    "webhook_disabled_for_a_reason": ({"disabled_at": "now()"}, "disabled_at IS NULL"),
    "webhook_old_secret_ends": ({"previous_secret_sealed": "'x'"}, "previous_until IS NULL"),
    "document_credit_note_corrects": ({"corrects_id": "NULL"}, "kind = 'credit_note'"),
    "document_gross_adds_up": ({"gross_minor": "gross_minor + 1", "payable_minor": "payable_minor + 1"}, ANY),
    "document_net_adds_up": ({"lines_net_minor": "lines_net_minor + 1"}, ANY),
    "document_payable_adds_up": ({"payable_minor": "payable_minor + 1"}, ANY),
    "document_payable_not_negative": (
        {"prepaid_minor": "gross_minor + rounding_minor + 1", "payable_minor": "-1"},
        ANY,
    ),
    "allowance_in_count": ({"position": "allowance_count + 1"}, ANY),
    "allowance_not_negative": ({"amount_minor": "-1"}, ANY),
    "line_amount_is_quantity_times_price": ({"amount_minor": "amount_minor + 1", "net_minor": "net_minor + 1"}, ANY),
    "line_in_count": ({"position": "line_count + 1"}, ANY),
    "line_net_adds_up": ({"net_minor": "net_minor + 1"}, "price_mode = 'net'"),
    "tax_in_count": ({"position": "tax_count + 1"}, ANY),
    "tax_is_base_times_rate": ({"tax_minor": "tax_minor + 1"}, "NOT is_by_line"),
    "draft_credit_note_corrects": ({"kind": "'credit_note'"}, "corrects_id IS NULL"),
    "draft_allowance_percent_or_amount": ({"percent": "1", "amount_minor": "1"}, ANY),
    "counter_not_before_first": ({"first_ordinal": "last_ordinal + 2"}, ANY),
    "invoicing_numbercounter_last_ordinal_check": ({"first_ordinal": "0", "last_ordinal": "-1"}, ANY),
    "prepayment_adds_up": ({"gross_minor": "gross_minor + 1"}, ANY),
    "closing_says_what_and_why": ({"kind": "'reopened'", "reason": "''"}, ANY),
    "open_item_within_charge": ({"open_minor": "charged_minor + 1"}, ANY),
    "transfer_in_count": ({"ordinal": "transfer_count + 1"}, ANY),
    "transfer_item_has_customer": ({"customer_id": "NULL"}, "receivable_id IS NOT NULL"),
    "transfer_two_accounts": ({"credit_account_id": "debit_account_id"}, ANY),
    "mail_server_only_one": ({"id": "2"}, ANY),
    "backup_plan_only_one": ({"id": "2"}, ANY),
    "allocation_one_credit": ({"payment_id": "NULL"}, "payment_id IS NOT NULL"),
    "refund_one_credit": ({"payment_id": "NULL"}, "payment_id IS NOT NULL"),
    "early_discount_adds_up": ({"net_minor": "net_minor + 1"}, ANY),
    "gateway_refund_failed_is_reversed": ({"state": "'failed'"}, "reversal_id IS NULL"),
    "stage_probability_is_a_share": ({"probability_percent": "101"}, ANY),
    "stage_silent_after_a_day": ({"silent_after_days": "0"}, ANY),
    "quote_state_known": ({"state": "'zz'"}, "state = 'sent'"),
    "quote_sent_is_frozen": ({"state": "'sent'"}, "state = 'draft'"),
    "quote_approval_decided_whole": ({"is_given": "true"}, "decided_at IS NULL"),
    "contract_agreed_has_number": ({"number": "''"}, "state = 'active'"),
    "contract_ends_after_start": ({"ends_on": "starts_on - 1"}, ANY),
    "contract_renews_by_months": ({"first_months": "0"}, "renewal = 'auto'"),
    "contract_line_in_count": ({"position": "line_count + 1"}, ANY),
    "contract_line_not_negative": ({"unit_price": "-1"}, ANY),
    **SUBSCRIBED_CHECKS,
    "quota_of_one": ({"team_id": "(SELECT id FROM accounts_team LIMIT 1)"}, "member_id IS NOT NULL"),
    "quota_currency_is_a_code": ({"currency": "'eur'"}, ANY),
    "quota_from_the_first": ({"starts_on": "starts_on + 1"}, ANY),
    "own_field_formula_has_one": ({"formula": "'1'"}, "kind <> 'formula'"),
    "own_field_seen_by_known": ({"seen_by": "'{owner}'"}, ANY),
    "own_field_edited_by_known": ({"edited_by": "'{owner}'"}, ANY),
    "lead_has_a_name": ({"name": "''"}, ANY),
    "lead_score_in_bounds": ({"score": "101"}, ANY),
    "lead_converted_whole": ({"converted_at": "now()"}, "state = 'new'"),
    "lead_discarded_at_a_moment": ({"discarded_at": "NULL"}, "state = 'discarded'"),
    "lead_measuring_has_its_text": ({"measuring_text": "''", "measuring_at": "now()"}, ANY),
    "lead_consent_has_its_text": ({"consent_text": "''", "consent_at": "now()"}, ANY),
    "lead_next_step_says_what": ({"next_step": "''", "next_step_at": "now()"}, ANY),
    "consent_given_in_words": ({"wording": "''"}, "is_given"),
    "routing_rule_has_a_member": ({"member_ids": "'{}'"}, ANY),
    "deal_currency_is_a_code": ({"currency": "'eur'"}, ANY),
    "deal_won_at_a_moment": ({"won_at": "NULL"}, "state = 'won'"),
    "deal_lost_at_a_moment": ({"lost_at": "NULL"}, "state = 'lost'"),
    "deal_lost_for_a_reason": ({"lost_reason_id": "NULL"}, "state = 'lost'"),
    "deal_line_of_something": ({"quantity": "0"}, ANY),
    "deal_line_discount_is_share": ({"discount_percent": "100.5"}, ANY),
    "visit_ends_after_it_began": ({"left_at": "entered_at - interval '1 day'"}, "left_at IS NOT NULL"),
    "activity_has_a_title": ({"title": "''"}, ANY),
    "thread_of_deal_has_customer": ({"customer_id": "NULL"}, "deal_id IS NOT NULL"),
    "thread_merged_is_empty": ({"letter_count": "1"}, "merged_into_id IS NOT NULL"),
    "letter_that_left_goes_out": ({"direction": "'in'"}, "mail_id IS NOT NULL"),
    "letter_file_kept_or_named": ({"content": "NULL"}, "state = 'kept'"),
    "mailbox_removed_is_off": ({"is_active": "true"}, "removed_at IS NOT NULL"),
    "mailbox_fails_since": ({"error": "'no'"}, "error = ''"),
    "letter_sight_of_link": ({"link": "'x'"}, "kind <> 'click'"),
    "letter_ledger_state_known": ({"state": "'zz'", "letter_id": "NULL"}, ANY),
    "letter_ledger_one_message": ({"last_uid": "uid + 1"}, "state = 'kept'"),
    "letter_ledger_names_letter": ({"letter_id": "NULL"}, "state = 'kept'"),
    "backup_good_is_whole": ({"finished_at": "NULL"}, "state = 'good'"),
}
PLAIN_CHECKS = (
    (re.compile(r'CHECK \(\("?(\w+)"? >= 0\)\)'), "-1"),
    (re.compile(r'CHECK \(\("?(\w+)"? > 0\)\)'), "0"),
    (re.compile(r"CHECK \(\(\((\w+)\)::text = ANY \(\(ARRAY\[[^\]]*\]\)::text\[\]\)\)\)"), "'zz'"),
)
# The type of a column refuses what lies below zero, and a sharper check of ours would speak first.
BEHIND = {
    **SUBSCRIBED_BEHIND,
    "contracts_contractline_line_count_check": "contract_line_in_count",
    "contracts_contractline_position_check": "contract_line_in_count",
    "contracts_contract_first_months_check": "contract_renews_by_months",
    "contracts_contract_renewal_months_check": "contract_renews_by_months",
    "invoicing_documentallowance_position_check": "allowance_in_count",
    "invoicing_documentallowance_allowance_count_check": "allowance_in_count",
    "messaging_mailserver_id_check": "mail_server_only_one",
    "upkeep_backupplan_id_check": "backup_plan_only_one",
}
# Twins that differ by more than their other keys, or of rows that the book has none of.
TWINS: dict[str, dict[str, str]] = {
    **SUBSCRIBED_TWINS,
    "quotas_quota_pkey": {"span": "span", "measure": "measure", "currency": "'USD'"},
    "accounts_rolereach_pkey": {"role": "'support'", "area": "area"},
    "member_email_once": {"email": "upper(email)"},
    "audit_factseal_pkey": {"first_position": "last_position + 1", "last_position": "last_position + 9"},
    "audit_factseal_last_position_key": {"first_position": "2"},
    "tax_group_once": {"position": "position + 1", "tax_count": "tax_count + 1"},
}
_SHOP = {"source": "'shop'", "external_ref": "'1'"}
TWICE: dict[str, dict[str, str]] = {
    **dict.fromkeys(("customer_imported_once", "document_imported_once", "payment_imported_once"), _SHOP),
    "invoice_words_once": {"language": "'xx'"},
    "refund_gateway_ref_once": {"gateway": "'sandbox'", "gateway_ref": "'r_1'"},
}

NEW = "00000000-0000-4000-8000-000000000001"


def _put_back(table: str, row: str, tampered: str, key: str = "id") -> str:
    """Write how a row is taken out and put back once something it must agree with was changed."""
    return (
        f"CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT * FROM {table} WHERE {key} = {row}; {tampered}; "
        f"DELETE FROM {table} WHERE {key} = (SELECT {key} FROM taken); INSERT INTO {table} SELECT * FROM taken"
    )


_INVOICE = "(SELECT document_id FROM invoicing_documentallowance LIMIT 1)"  # it has lines, a tax and a discount
_CREDIT = "(SELECT id FROM invoicing_document WHERE kind = 'credit_note' LIMIT 1)"
_OTHER = "(SELECT id FROM crm_customer WHERE id <> customer_id LIMIT 1)"
_OF_TAKEN = "document_id = (SELECT id FROM taken)"


def _sent(statement: str) -> str:
    return statement.format(id="(SELECT id FROM quotes_quote WHERE state = 'sent' LIMIT 1)")


def _version(tampered: str) -> str:
    """Write how the newest version of a contract comes anew, with its lines, once something is changed."""
    newest = "(SELECT id FROM contracts_contract WHERE version = 2 LIMIT 1)"
    return _put_back("contracts_contract", newest, tampered)


def _document(tampered: str) -> str:
    return _put_back("invoicing_document", _INVOICE, tampered)


def _credit(tampered: str) -> str:
    return _put_back("invoicing_document", _CREDIT, tampered)


def _entry(tampered: str) -> str:
    entry = "(SELECT entry_id FROM invoicing_document WHERE id = " + _INVOICE + ")"
    return _put_back("ledger_entry", entry, tampered)


def _payment(tampered: str) -> str:
    return _put_back("payments_payment", "(SELECT payment_id FROM payments_refund LIMIT 1)", tampered)


def _allocation(tampered: str) -> str:
    return _put_back("payments_allocation", "(SELECT allocation_id FROM payments_allocationreversal LIMIT 1)", tampered)


def _correction(table: str, tampered: str) -> str:
    """Write how a refund of a payment, a discount for paying early or a write-off is put back after a change."""
    of = " WHERE payment_id IS NOT NULL" if table == "payments_refund" else ""
    return _put_back(table, f"(SELECT id FROM {table}{of} ORDER BY id LIMIT 1)", tampered)


def _reversal(tampered: str) -> str:
    row = "(SELECT allocation_id FROM payments_allocationreversal LIMIT 1)"
    return _put_back("payments_allocationreversal", row, tampered, "allocation_id")


_SUBJECT = "UPDATE ledger_entry SET subject_id = gen_random_uuid() WHERE id = (SELECT entry_id FROM taken)"
_KIND = "UPDATE ledger_entry SET kind = 'payment_received' WHERE id = (SELECT entry_id FROM taken)"
_MOVED = "UPDATE ledger_transfer SET {} WHERE entry_id = (SELECT entry_id FROM taken)"


def _settling(table: str, amount: str) -> dict[str, str]:
    """List what a correction of a receivable can be wrong in."""
    return {
        "an amount of more": _correction(table, f"UPDATE taken SET {amount}"),
        "of another invoice": _correction(
            table,
            "UPDATE taken SET document_id = (SELECT id FROM invoicing_document d "
            "WHERE d.id <> taken.document_id AND d.customer_id = taken.customer_id LIMIT 1)",
        ),
        "of another customer": _correction(table, f"UPDATE taken SET customer_id = {_OTHER}"),
        "the entry of another": _correction(table, _SUBJECT),
        "an entry of another kind": _correction(table, _KIND),
        "a transfer that settles another": _correction(table, _MOVED.format("receivable_id = gen_random_uuid()")),
    }


_TRANSFER = (
    "INSERT INTO ledger_transfer SELECT (jsonb_populate_record(t, jsonb_build_object('entry_id', '{new}', {set}))).* "
    "FROM ledger_transfer t WHERE {where} LIMIT 1"
)
_SEAL = (
    "INSERT INTO audit_factseal SELECT number + {}, last_position + {}, last_position + 5, sealed_at, seal "
    "FROM audit_factseal"
)
_CLOSING = (
    "INSERT INTO ledger_closing SELECT (jsonb_populate_record(c, jsonb_build_object("
    "'id', '" + NEW + "', 'ordinal', ordinal + 1, 'reason', 'so', {}))).* "
    "FROM ledger_closing c ORDER BY ordinal DESC LIMIT 1"
)
TRIGGERS: dict[str, dict[str, str]] = {
    "business_clock_goes_forward": {
        "the clock set back": "UPDATE accounts_business SET clock_ahead_seconds = clock_ahead_seconds - 1",
        "a real book made a sandbox": (
            "UPDATE accounts_business SET is_sandbox = false; UPDATE accounts_business SET is_sandbox = true"
        ),
    },
    "visit_only_ends": {
        "an end taken back": "UPDATE deals_stagevisit SET left_at = NULL WHERE left_at IS NOT NULL",
        "another end": "UPDATE deals_stagevisit SET left_at = left_at + interval '1 day' WHERE left_at IS NOT NULL",
        "another beginning": (
            "UPDATE deals_stagevisit SET entered_at = entered_at - interval '1 day', left_at = now()"
            " WHERE left_at IS NULL"
        ),
    },
    "sent_quote_stays": {
        "a sent quote removed": _sent("DELETE FROM quotes_quote WHERE id = {id}"),
        "a longer validity": _sent("UPDATE quotes_quote SET valid_until = valid_until + 1 WHERE id = {id}"),
        "sent made a draft": _sent("UPDATE quotes_quote SET state = 'draft' WHERE id = {id}"),
        "an end taken back": "UPDATE quotes_quote SET state = 'sent' WHERE state = 'accepted'",
        "accepted without being sent": (
            "UPDATE quotes_quote SET state = 'accepted', sent_at = now(), sha256 = 'x', body = 'x', number = 'x'"
            " WHERE state = 'draft'"
        ),
    },
    "lines_of_sent_quote_stay": {
        "another price": "UPDATE quotes_quoteline SET unit_price = unit_price + 1",
        "a line less": "DELETE FROM quotes_quoteline",
        "a line more": (
            "INSERT INTO quotes_quoteline SELECT (jsonb_populate_record(l, jsonb_build_object("
            f"'id', '{NEW}', 'position', 99))).* FROM quotes_quoteline l"
            " JOIN quotes_quote q ON q.id = l.quote_id WHERE q.state = 'sent' LIMIT 1"
        ),
    },
    "quote_counter_rises": {
        "a number given again": "UPDATE quotes_quotecounter SET last_ordinal = last_ordinal - 1",
        "a number left out": "UPDATE quotes_quotecounter SET last_ordinal = last_ordinal + 2",
    },
    "contract_version_follows": {
        "a line too few": _version("UPDATE taken SET line_count = 1"),
        "a version left out": _version("UPDATE taken SET version = 9"),
        "of another customer": _version(f"UPDATE taken SET customer_id = {_OTHER}"),
        "under another number": _version("UPDATE taken SET number = 'C-9'"),
        "from another first day": _version("UPDATE taken SET starts_on = starts_on - 1"),
        "made a draft again": _version("UPDATE taken SET state = 'draft'"),
        "a first one of another": _version("UPDATE taken SET version = 1"),
    },
    "contract_version_stays": {
        "another date": "UPDATE contracts_contract SET notice_days = notice_days + 1 WHERE is_current",
        "current again": "UPDATE contracts_contract SET is_current = true WHERE NOT is_current",
        "a version removed": "DELETE FROM contracts_contract WHERE is_current",
    },
    "contract_counter_rises": {
        "a number given again": "UPDATE contracts_contractcounter SET last_ordinal = last_ordinal - 1",
        "a number left out": "UPDATE contracts_contractcounter SET last_ordinal = last_ordinal + 2",
    },
    **SUBSCRIBED_BY_HAND,
    "lead_converts_once": {
        "taken back": (
            "UPDATE leads_lead SET state = 'new', customer_id = NULL, deal_id = NULL, converted_at = NULL"
            " WHERE state = 'converted'"
        ),
        "another moment": "UPDATE leads_lead SET converted_at = now() WHERE state = 'converted'",
        "another deal": "UPDATE leads_lead SET deal_id = gen_random_uuid() WHERE state = 'converted'",
    },
    "seal_follows": {"a number left out": _SEAL.format(2, 1), "facts left out": _SEAL.format(1, 2)},
    "counter_rises": {
        "a number given again": "UPDATE invoicing_numbercounter SET last_ordinal = last_ordinal - 1",
        "another first number": "UPDATE invoicing_numbercounter SET first_ordinal = first_ordinal - 1",
        "an earlier day": "UPDATE invoicing_numbercounter SET last_issued_on = last_issued_on - 1",
    },
    "document_is_complete": {
        "a line too few": _document(f"DELETE FROM invoicing_documentline WHERE {_OF_TAKEN}"),
        "lines of another sum": _document(
            "UPDATE taken SET lines_net_minor = lines_net_minor + 1, allowances_minor = allowances_minor + 1"
        ),
        "a line of another customer": _document(
            f"UPDATE invoicing_documentline SET customer_id = {_OTHER} WHERE {_OF_TAKEN}"
        ),
        "a line in another price mode": _document(
            f"UPDATE invoicing_documentline SET price_mode = 'gross' WHERE {_OF_TAKEN}"
        ),
        "a tax group too few": _document(f"DELETE FROM invoicing_documenttax WHERE {_OF_TAKEN}"),
        "another tax": _document(
            "UPDATE taken SET tax_minor = tax_minor + 1, gross_minor = gross_minor + 1,"
            " payable_minor = payable_minor + 1"
        ),
        "an allowance too few": _document(f"DELETE FROM invoicing_documentallowance WHERE {_OF_TAKEN}"),
        "an allowance that is a charge": _document(
            f"UPDATE invoicing_documentallowance SET is_charge = true WHERE {_OF_TAKEN}"
        ),
        "another base of the tax": _document(f"UPDATE invoicing_documenttax SET category = 'Z' WHERE {_OF_TAKEN}"),
        "a number that the counter did not give": _document("UPDATE taken SET ordinal = 999"),
        "a day after the counter's": _document("UPDATE taken SET issued_on = issued_on + 1"),
        "the entry of another": _document(
            "UPDATE ledger_entry SET subject_id = gen_random_uuid() WHERE id = (SELECT entry_id FROM taken)"
        ),
        "another charge in the ledger": _document(
            "UPDATE ledger_openitem SET charged_minor = charged_minor + 1 WHERE item_id = (SELECT id FROM taken)"
        ),
        "another side of the ledger": _document(
            "UPDATE ledger_openitem SET side = 'credit' WHERE item_id = (SELECT id FROM taken)"
        ),
    },
    "credit_is_within": {
        "more credited than charged": _credit(
            "UPDATE taken SET gross_minor = gross_minor + 1, net_minor = net_minor + 1,"
            " lines_net_minor = lines_net_minor + 1, payable_minor = payable_minor + 1"
        ),
        "another customer's invoice credited": _credit(f"UPDATE taken SET customer_id = {_OTHER}"),
        "credited in another currency": _credit("UPDATE taken SET currency = 'USD'"),
    },
    "entry_is_complete": {
        "a transfer too few": _entry(
            "DELETE FROM ledger_transfer WHERE ordinal = 1 AND entry_id = (SELECT id FROM taken)"
        ),
        "a transfer too many": _entry("UPDATE taken SET transfer_count = transfer_count - 1"),
    },
    "entry_in_open_period": {
        "an entry in a closed period": _entry(
            "UPDATE taken SET dated_on = (SELECT max(closed_until) FROM ledger_closedperiod)"
        ),
    },
    "closing_moves_closing_date": {
        "a step left out": _CLOSING.format("'ordinal', ordinal + 2, 'closed_until', closed_until + 1"),
        "closed up to the same day": _CLOSING.format("'kind', 'closed'"),
        "opened up to a later day": _CLOSING.format("'kind', 'reopened', 'closed_until', closed_until + 1"),
    },
    "payment_is_posted": {
        "a payment of more": _payment("UPDATE taken SET amount_minor = amount_minor + 1"),
        "a payment of another customer": _payment(f"UPDATE taken SET customer_id = {_OTHER}"),
        "a payment in another currency": _payment("UPDATE taken SET currency = 'USD'"),
        "a payment that nothing posted": _payment("DELETE FROM ledger_openitem WHERE item_id = (SELECT id FROM taken)"),
        "the entry of another": _payment(
            "UPDATE ledger_entry SET subject_id = gen_random_uuid() WHERE id = (SELECT entry_id FROM taken)"
        ),
    },
    "allocation_is_posted": {
        "an allocation of more": _allocation("UPDATE taken SET amount_minor = amount_minor + 1"),
        "an allocation to another invoice": _allocation(
            "UPDATE taken SET document_id = (SELECT id FROM invoicing_document WHERE id <> taken.document_id LIMIT 1)"
        ),
        "an allocation of another credit": _allocation(
            "UPDATE taken SET payment_id = (SELECT id FROM payments_payment WHERE id <> taken.payment_id LIMIT 1)"
        ),
        "an allocation for another customer": _allocation(f"UPDATE taken SET customer_id = {_OTHER}"),
        "the entry of another": _allocation(
            "UPDATE ledger_entry SET subject_id = gen_random_uuid() WHERE id = (SELECT entry_id FROM taken)"
        ),
    },
    "write_off_is_posted": _settling("invoicing_writeoff", "amount_minor = amount_minor + 1"),
    "early_discount_is_posted": {
        **_settling("payments_earlydiscount", "gross_minor = gross_minor + 1, net_minor = net_minor + 1"),
        "for the payment of another customer": _correction(
            "payments_earlydiscount",
            f"UPDATE payments_payment SET customer_id = {_OTHER} WHERE id = (SELECT payment_id FROM taken)",
        ),
    },
    "refund_is_posted": {
        "a refund of more": _correction("payments_refund", "UPDATE taken SET amount_minor = amount_minor + 1"),
        "a refund to another customer": _correction("payments_refund", f"UPDATE taken SET customer_id = {_OTHER}"),
        "a refund in another currency": _correction("payments_refund", "UPDATE taken SET currency = 'USD'"),
        "a refund of another payment": _correction(
            "payments_refund",
            "UPDATE taken SET payment_id = (SELECT id FROM payments_payment p WHERE p.id <> taken.payment_id LIMIT 1)",
        ),
        "the entry of another": _correction("payments_refund", _SUBJECT),
        "an entry of another kind": _correction("payments_refund", _KIND),
    },
    "allocation_reversal_is_posted": {
        "an entry that undoes nothing": _reversal(
            "UPDATE ledger_entry SET reverses_id = NULL WHERE id = (SELECT entry_id FROM taken)"
        ),
        "the entry of another": _reversal(_SUBJECT),
    },
    "transfer_moves_open_items": {
        "a receivable that no transfer names": _TRANSFER.format(
            new=NEW, set="'receivable_id', null", where="receivable_id IS NOT NULL AND credit_id IS NULL"
        ),
        "a credit that no transfer names": _TRANSFER.format(
            new=NEW, set="'credit_id', null", where="credit_id IS NOT NULL AND receivable_id IS NULL"
        ),
    },
}


def _check(fortress: Fortress, guard: Guard) -> list[Attack]:
    if guard.name in CHECKS:
        return [fortress.changed(guard.table, *CHECKS[guard.name])]
    for pattern, wrong in PLAIN_CHECKS:
        if plain := pattern.fullmatch(guard.definition):
            return [fortress.changed(guard.table, {plain[1]: wrong})]
    return []


def _not_null(fortress: Fortress, guard: Guard) -> list[Attack]:
    return [fortress.changed(guard.table, {guard.columns[0]: "NULL"})]


def _foreign_key(fortress: Fortress, guard: Guard) -> list[Attack]:
    """Point at a row that nobody has."""
    keys = fortress.of(guard.table, "foreign key")
    column = min(
        guard.columns, key=lambda c: (sum(c in key.columns for key in keys), _type(fortress, guard, c) != "uuid")
    )
    strange = {column: "gen_random_uuid()" if _type(fortress, guard, column) == "uuid" else "-1"}
    targets = [key for key in fortress.of(guard.table, "unique") if not key.is_primary and column in key.columns]
    if any(fortress.pointing_at(key) for key in targets):  # rows that point here would notice a change
        return [fortress.copied(guard.table, fortress.fresh_keys(guard.table, [column]) | strange)]
    return [fortress.changed(guard.table, strange, first=f'"{column}" IS NULL')]


def _type(fortress: Fortress, guard: Guard, column: str) -> str:
    return fortress.columns[guard.table][column].type


def _unique(fortress: Fortress, guard: Guard) -> list[Attack]:
    """Insert a twin of a row, new in every other key."""
    if is_only_a_target(fortress, guard):
        return [attack for key in fortress.pointing_at(guard) for attack in _foreign_key(fortress, key)]
    changes = fortress.fresh_keys(guard.table, guard.columns)
    if guard.name in TWICE:
        return [fortress.copied(guard.table, changes | TWICE[guard.name], times=2)]
    columns = fortress.columns[guard.table]
    changes |= {name: f'"{name}"' for name in guard.columns if columns[name].is_identity}
    filled = " AND ".join(f'"{name}" IS NOT NULL' for name in guard.columns)
    return [fortress.copied(guard.table, changes | TWINS.get(guard.name, {}), guard.where or filled)]


def is_only_a_target(fortress: Fortress, guard: Guard) -> bool:
    """Tell whether a key repeats a smaller one, so that it is there only for foreign keys to point at.

    It cannot be broken alone, and without it those foreign keys are gone: what breaks them is its attack.
    """
    keys = fortress.of(guard.table, "unique") if guard.kind == "unique" and not guard.where else []
    return any(set(key.columns) < set(guard.columns) for key in keys if not key.where)


def _trigger(fortress: Fortress, guard: Guard) -> list[Attack]:
    if "conto_refuse_change()" not in guard.definition:
        return [Attack(statements) for statements in TRIGGERS.get(guard.name, {}).values()]
    column = next(iter(fortress.columns[guard.table]))
    statements = {
        "UPDATE": f'UPDATE "{guard.table}" SET "{column}" = "{column}"',
        "DELETE": f'DELETE FROM "{guard.table}"',
        "TRUNCATE": f'TRUNCATE "{guard.table}" CASCADE',
    }
    when = guard.definition.partition(" ON ")[0]
    return [Attack(statement, OWNER) for word, statement in statements.items() if word in when]


_OF_KIND: dict[str, Callable[[Fortress, Guard], list[Attack]]] = {
    "check": _check,
    "not null": _not_null,
    "foreign key": _foreign_key,
    "unique": _unique,
    "exclude": _unique,
    "trigger": _trigger,
}


def attacks_on(fortress: Fortress, guard: Guard) -> list[Attack]:
    """Return the attacks that this guard alone is there to stop."""
    return _OF_KIND[guard.kind](fortress, guard)
