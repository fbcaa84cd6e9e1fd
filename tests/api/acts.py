"""What can be done on the pages, and the operation of the API that does the same."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from conto.web import urls as web_urls


def pages_that_act() -> dict[str, Callable[..., Any]]:
    """Return every page that takes a POST by the name of its address, found in the source of the pages."""
    return {
        str(pattern.name): pattern.callback
        for pattern in _patterns(get_resolver(web_urls))
        if _takes_post(inspect.unwrap(pattern.callback))
    }


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each)
        else:
            yield each


def _takes_post(function: Any, depth: int = 3) -> bool:
    """Tell whether a function, or one of its module that it calls, speaks of POST."""
    if not inspect.isfunction(function) or not function.__module__.startswith("conto."):
        return False
    if "POST" in inspect.getsource(function):
        return True
    called = (function.__globals__.get(name) for name in function.__code__.co_names)
    return depth > 0 and any(
        _takes_post(inspect.unwrap(each), depth - 1)
        for each in called
        if inspect.isfunction(each) and inspect.unwrap(each).__module__ == function.__module__
    )


# By the name of a page: the operations that do what it does.
DONE_BY: dict[str, tuple[str, ...]] = {
    "settings_home": ("set_home",),
    "settings_preset": ("take_preset",),
    "allocation_redo": ("restore_allocation",),
    "allocation_undo": ("reverse_allocation",),
    "attachment_remove": ("remove_attachment",),
    "attachments": ("add_attachment",),
    "books_account_edit": ("change_account",),
    "books_close": ("close_period",),
    "books_reopen": ("reopen_period",),
    "clock_move": ("move_clock_on",),
    "customer_archive": ("archive_customer",),
    "customer_call_new": ("log_call",),
    "customer_card": (
        "change_customer", "set_address", "set_tax_number", "set_customer_bank_account",
    ),
    "customer_consent": ("note_consent",),
    "customer_new": ("add_customer",),
    "customer_note": ("change_note",),
    "customer_note_new": ("write_note",),
    "customer_number_confirm": ("confirm_tax_number",),
    "customer_person": ("change_contact",),
    "customer_person_back": ("restore_contact",),
    "customer_person_new": ("add_contact",),
    "customer_person_remove": ("remove_contact",),
    "customer_restore": ("restore_customer",),
    "customer_tag": ("add_tag", "remove_tag"),
    "customer_undo": ("undo_customer_change",),
    "customers_bulk": ("archive_customer", "restore_customer", "add_tag", "change_customer"),
    "customers_unarchive": ("restore_customer",),
    "lead_convert": ("convert_lead",),
    "lead_discard": ("discard_lead",),
    "lead_edit": ("change_lead",),
    "lead_hand_over": ("change_lead",),
    "lead_new": ("add_lead",),
    "lead_note": ("note_lead",),
    "lead_reopen": ("reopen_lead",),
    "lead_state": ("change_lead",),
    "lead_step": ("change_lead",),
    "activity": ("change_activity",),
    "activity_done": ("finish_activity",),
    "activity_undone": ("reopen_activity",),
    "deal_activity_new": ("add_activity",),
    "deal_comment": ("add_comment",),
    "deal_drop": ("move_deal",),
    "deal_own": ("change_deal",),
    "lead_own": ("change_lead",),
    "quote_own": ("change_quote_fields",),
    "invoice_own": ("change_document_fields",),
    "deal_edit": ("change_deal",),
    "deal_follow": ("follow_deal",),
    "deal_hand_over": ("hand_over_deal",),
    "deal_lose": ("lose_deal",),
    "deal_move": ("move_deal",),
    "activity_new": ("add_activity",),
    "deal_new": ("add_deal",),
    "deal_products": ("set_deal_lines",),
    "deal_reopen": ("reopen_deal",),
    "deal_tick": ("tick_checklist",),
    "deal_win": ("win_deal",),
    "settings_lead_form": ("change_lead_form",),
    "settings_lead_form_new": ("add_lead_form",),
    "settings_lead_routing": ("set_lead_routing",),
    "settings_lost_reasons": ("set_lost_reasons",),
    "customers_import": ("add_customer", "change_customer"),
    "deals_import": ("bring_in_deals",),
    "leads_import": ("add_lead", "change_lead"),
    "customer_own": ("change_customer",),
    "settings_field": ("change_field",),
    "settings_field_archive": ("archive_field",),
    "settings_field_move": ("order_fields",),
    "settings_field_new": ("add_field",),
    "settings_field_restore": ("restore_field",),
    "settings_pipeline": ("change_pipeline",),
    "settings_pipeline_archive": ("archive_pipeline",),
    "settings_pipeline_new": ("add_pipeline",),
    "settings_pipeline_restore": ("restore_pipeline",),
    "draft_deposit": ("draft_deposit",),
    "draft_discard": ("discard_draft",),
    "draft_edit": ("change_draft", "set_lines", "set_allowances"),
    "draft_issue": ("issue_draft",),
    "draft_send_pro_forma": ("send_pro_forma_by_mail",),
    "draft_totals": ("get_draft",),
    "invoice_copy": ("copy_document", "copy_draft"),
    "invoice_credit": ("credit_document",),
    "invoice_final": ("draft_final",),
    "invoice_new": ("begin_draft",),
    "invoice_send": ("send_document_by_mail",),
    "invoice_share": ("make_link", "revoke_link"),
    "invoice_write_off": ("write_off_document",),
    "invoices_bulk": ("issue_many_drafts", "send_document_by_mail"),
    "item_archive": ("archive_item",),
    "item_edit": ("change_item",),
    "item_new": ("add_item",),
    "item_price": ("set_price",),
    "item_restore": ("restore_item",),
    "item_undo": ("undo_item_change",),
    "item_words": ("set_item_text",),
    "outbox_again": ("send_again",),
    "payment_allocate": ("allocate_payment",),
    "payment_new": ("record_payment",),
    "payment_receipt_send": ("send_receipt",),
    "payment_refund": ("pay_back",),
    "contract_act": (
        "agree_contract", "renew_contract", "cancel_contract", "end_contract", "resume_contract", "drop_contract",
    ),
    "contract_edit": ("change_contract",),
    "repeat_new": ("add_repeat",),
    "repeat_foresee": ("list_coming_invoices",),
    "repeat_edit": ("change_repeat",),
    "repeat_act": ("pause_repeat", "resume_repeat", "end_repeat", "try_repeat_again", "settle_unsent"),
    "project_act": ("close_project", "reopen_project"),
    "project_approve": ("approve_work", "undo_approval"),
    "project_bill": ("bill_work",),
    "project_edit": ("change_project",),
    "project_new": ("add_project",),
    "project_rates": ("set_rate",),
    "project_price": ("agree_price",),
    "project_change_order": ("order_change",),
    "project_milestone": ("add_milestone",),
    "project_progress": ("tell_progress",),
    "project_accept": ("accept_project",),
    "project_price_act": ("reach_milestone", "reopen_milestone", "remove_milestone"),
    "project_price_bill": ("bill_price",),
    "work": ("record_work",),
    "work_edit": ("change_work", "remove_work"),
    "plan_act": ("archive_plan", "restore_plan"),
    "plan_edit": ("change_plan", "preview_subscription"),
    "plan_features": ("change_plan",),
    "subscription_override": ("override_feature",),
    "plan_new": ("add_plan", "preview_subscription"),
    "coupon_new": ("add_coupon",),
    "coupon_archive": ("archive_coupon",),
    "contract_new": ("add_contract",),
    "subscription_new": ("begin_subscription", "preview_new_subscription"),
    "subscription_edit": ("handle_subscription",),
    "subscription_change": (
        "preview_subscription_change", "confirm_subscription_change", "change_subscription_at_once",
    ),
    "subscription_usage_file": ("record_usage_events",),
    "subscription_try_again": ("try_subscription_again",),
    "billing_run_start": ("start_billing_run",),
    "issue_batch_start": ("start_issue_batch",),
    "billing_run_dry": ("try_billing_run",),
    "target_act": ("change_target", "remove_target"),
    "target_new": ("add_target",),
    "quote_act": (
        "renew_quote", "discard_quote", "take_quote_proposals", "ask_quote_approval", "decide_quote_approval",
        "withdraw_quote", "make_quote_link", "mark_quote_questions_answered",
    ),
    "quote_edit": ("change_quote",),
    "quote_recurring": ("change_quote",),
    "quote_new": ("add_quote",),
    "quote_send": ("send_quote",),
    "quotes_how": ("change_quote_rules",),
    "settings_account": ("change_seller_account",),
    "settings_account_new": ("add_seller_account",),
    "settings_account_remove": ("remove_seller_account",),
    "settings_alerts": ("change_alert_rule",),
    "settings_alerts_seen": ("see_notices",),
    "settings_audit_check": ("check_seals_of_facts",),
    "settings_backup_now": ("make_backup_soon",),
    "settings_backup_plan": ("change_backup_plan",),
    "settings_backup_rehearse": ("rehearse_restore",),
    "settings_business": ("change_business",),
    "settings_delivery_replay": ("replay_delivery",),
    "settings_entity": ("change_legal_entity",),
    "settings_entity_new": ("add_legal_entity",),
    "settings_minimums_save": ("set_minimum_amounts",),
    "settings_guardian_save": ("set_guardian_rules",),
    "draft_stop": ("stop_draft",),
    "settings_health_mend": ("mend_soon",),
    "settings_health_retry": ("retry_job",),
    "settings_health_verify": ("check_book",),
    "settings_invite_again": ("renew_invitation",),
    "settings_invite_cancel": ("cancel_invitation",),
    "settings_key_revoke": ("revoke_key",),
    "settings_logo": ("set_logo", "remove_logo"),
    "letter_answer": ("send_letter",),
    "letter_new": ("send_letter",),
    "thread_place": ("place_thread",),
    "settings_invoice_words_new": ("add_invoice_words",),
    "settings_invoice_words_one": ("change_invoice_words",),
    "settings_invoice_words_remove": ("remove_invoice_words",),
    "settings_letter": ("change_letter_template",),
    "settings_letter_new": ("add_letter_template",),
    "settings_letter_archive": ("remove_letter_template",),
    "settings_mailbox_active": ("pause_mailbox", "resume_mailbox"),
    "settings_mailbox_again": ("read_mailbox_again",),
    "settings_mailbox_change": ("change_mailbox",),
    "settings_mailbox_new": ("add_mailbox",),
    "settings_mailbox_remove": ("remove_mailbox",),
    "settings_mailbox_settle": ("settle_mailbox_gaps",),
    "settings_mailbox_test": ("test_mailbox",),
    "settings_mail_remove": ("remove_mail_server",),
    "settings_mail_save": ("set_mail_server",),
    "settings_mail_test": ("test_mail_server",),
    "settings_member": ("change_member",),
    "settings_member_active": ("change_member",),
    "settings_member_new": ("invite_member",),
    "settings_member_session": ("end_session",),
    "settings_member_sessions": ("end_sessions",),
    "settings_member_unlock": ("unlock_member",),
    "settings_place_remove": ("remove_backup_place",),
    "settings_place_try": ("try_backup_place",),
    "settings_reach": ("set_reaches",),
    "settings_team": ("rename_team",),
    "settings_team_new": ("add_team",),
    "settings_team_remove": ("remove_team",),
    "settings_series": ("change_series",),
    "settings_series_new": ("add_series",),
    "settings_template": ("change_template",),
    "settings_template_new": ("add_template",),
    "settings_webhook_change": ("change_webhook",),
    "settings_webhook_enabled": ("enable_webhook", "disable_webhook"),
    "settings_webhook_new": ("add_webhook",),
    "settings_webhook_remove": ("remove_webhook",),
    "settings_webhook_replay": ("replay_webhook",),
    "settings_webhook_rotate": ("rotate_webhook_secret",),
    "settings_webhook_test": ("test_webhook",),
}  # fmt: skip

_OWN = "of the person who sits there: their sign-in, their factors, their browser"
_FIRST = "before the book has a business, so before it can have a key"
_CUSTOMER = "for a customer, who comes by a link and has no key"
_ANSWERS = "answers while somebody types and changes nothing"
_PERSON = "a person proves who they are for it, each time (docs/decisions/acts-that-ask-for-proof.md)"
NOT_BY_PROGRAMS: dict[str, str] = {
    **dict.fromkeys(
        ("sign_in", "sign_out", "profile", "forgotten_password", "new_password", "join", "view_as", "view_as_stop",
         "own_session_end", "own_sessions_end", "own_password", "own_address", "new_address",
         "second_step", "second_step_passkey",
         "second_step_question", "passkey_sign_in", "passkey_question", "prove", "prove_passkey", "prove_question",
         "own_app", "own_app_remove", "own_codes", "own_passkey_new", "own_passkey_question", "own_passkey_name",
         "own_passkey_remove", "own_calendar_make", "own_calendar_revoke"),
        _OWN,
    ),
    **dict.fromkeys(("set_up_preview", "set_up_step"), _FIRST),
    **dict.fromkeys(("portal_question", "portal_pay", "portal_new_link", "portal_quote_question", "portal_quote_accept",
         "portal_quote", "portal_quote_totals", "portal_quote_invoice", "portal_quote_paper",
         "portal_quote_decline", "portal_quote_new_link",
         "portal_consent", "lead_form", "lead_form_thanks", "lead_form_confirm"), _CUSTOMER),
    **dict.fromkeys(("customer_check", "customer_alike", "lead_alike", "quote_totals"), _ANSWERS),
    **dict.fromkeys(
        ("settings_key_new", "settings_member_password", "settings_security_roles", "settings_security_reset",
         "settings_place_new", "settings_place"),
        _PERSON,
    ),
    "settings_slow_forget": "counts the server's slow statements anew: for whoever looks at that page just then",
    "payment_webhook": "for a payment provider, who signs what it tells",
    "settings_practice_make": "makes another book beside this one; the command `conto` does it for programs",
    "settings_practice_wipe": "removes another book beside this one; the command `conto` does it for programs",
}  # fmt: skip
