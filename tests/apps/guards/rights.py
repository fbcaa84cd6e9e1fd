"""What the application may do with each table beside reading it; what is not said here is refused."""

KEPT_FOR_EVER = """
audit_fact audit_factpayload audit_factposition audit_factseal correspondence_letterfile crm_consent deals_comment
invoicing_checkoverride invoicing_document
invoicing_documentallowance invoicing_documentline invoicing_documenttax invoicing_party invoicing_prepayment
invoicing_rendering invoicing_writeoff ledger_closing ledger_entry ledger_transfer messaging_mailattachment
payments_allocation payments_allocationreversal payments_earlydiscount payments_payment payments_refund
subscriptions_subscriptionitem subscriptions_subscriptionchange subscriptions_settlement subscriptions_billedline
subscriptions_recurringmovement subscriptions_featureoverride subscriptions_prepaiduse
contracts_contractline plans_planversion plans_planitem quotes_quoteacceptance quotes_quotedecline upkeep_rehearsal
usage_usageevent projects_billedwork projects_billedprice projects_billedmilestone projects_changeorder
projects_priceprogress stock_stockmove stock_linecost late_latecharge late_latewaiver
repeats_repeatversion repeats_repeatline projects_coveredwork
"""
CHANGED_IN_PART = {
    "audit_alert": {"seen_at", "seen_by"},
    "contracts_contract": {"is_current"},
    "correspondence_letter": {"thread_id", "customer_id", "contact_id"},
    "correspondence_lettersight": {"count", "last_at"},
    "deals_stagevisit": {"left_at"},
    "integrations_apikey": {"last_used_at", "last_used_from", "revoked_at"},
    "ledger_account": {"code", "name"},
    "plans_coupon": {"archived_at"},
    "projects_project": {
        "deal_id",
        "quote_id",
        "owner_id",
        "item_id",
        "name",
        "state",
        "budget_minor",
        "step_minutes",
        "version",
        "changed_at",
    },
    "projects_projectrate": {"amount", "set_at"},
    "stock_stockitem": {"may_go_below_zero", "reorder_level", "is_kept", "changed_at"},
    "projects_fixedprice": {"accepted_by", "accepted_on", "accepted_at"},
    "projects_projectbill": {"is_live", "freed_at"},
    "projects_retainer": {"repeat_id", "minutes", "carry_periods", "overage_rate", "version", "changed_at"},
    "projects_retainerperiod": {"is_revoked"},
    "projects_retainerclosing": {"is_live"},
    "repeats_repeat": {
        "title",
        "state",
        "version",
        "next_on",
        "made_count",
        "last_made_on",
        "held_code",
        "held_reason",
        "held_params",
        "changed_at",
    },
    "repeats_repeatinvoice": {"sending", "refusal"},
    "subscriptions_billingrun": {
        "alive_at",
        "ended_at",
        "settled_count",
        "aside_count",
        "document_count",
        "totals_minor",
    },
    "subscriptions_migrationrow": {"outcome"},
    "subscriptions_planmigration": {"alive_at", "shown_at", "confirmed_by_id", "confirmed_at", "ended_at"},
    "subscriptions_prepaidcredit": {"ended_on", "ended_kind", "ended_minor", "ended_because", "ended_by_id"},
    "subscriptions_setaside": {"code", "params", "reason", "noted_at", "solved_at", "run_id"},
    "subscriptions_subscription": {
        "owner_id",
        "title",
        "collection",
        "is_reviewed",
        "bills_alone",
        "version",
        "next_bill_on",
        "settled_on",
        "settled_count",
        "drawn",
        "has_prepaid",
        "final_on",
        "changed_at",
    },
    "payments_savedmethod": {
        "state",
        "page_url",
        "token_sealed",
        "brand",
        "last_four",
        "expires_on",
        "saved_at",
        "removed_at",
        "forget_at",
        "forget_attempts",
        "forgotten_at",
        "changed_at",
    },
    "payments_collection": {
        "state",
        "reason",
        "failure",
        "attempts",
        "first_on",
        "next_at",
        "told_at",
        "changed_at",
    },
    "payments_charge": {"ended_at"},
    "usage_dailyusage": {"count", "total", "greatest", "last_value", "last_at", "last_key"},
}
# A trigger says which of them stay.
DROPPED_IN_PART = ("subscriptions_planmigration", "subscriptions_migrationrow")
NEVER_REMOVED = """
accounts_addresslink accounts_business accounts_invitation accounts_legalentity accounts_member accounts_passwordlink
audit_alertrule audit_factreader catalog_item deals_calendarfeed fields_ownfield
correspondence_letterledger correspondence_lettertemplate correspondence_mailbox correspondence_mailboxfolder
correspondence_thread crm_customer deals_activity
deals_deal deals_lostreason deals_pipeline deals_stage leads_lead leads_leadform
invoicing_numbercounter invoicing_numberseries
invoicing_issuebatch invoicing_guardiansettings late_laterule
invoicing_portallink invoicing_question messaging_mail payments_checkout payments_gatewayevent payments_gatewayrefund
contracts_contractcounter projects_projectcounter subscriptions_subscriptioncounter subscriptions_billedcharge
plans_plan quotes_quotecounter quotes_quotelink quotes_quotequestion quotes_quoterules
upkeep_backup upkeep_backupcopy upkeep_backupplace upkeep_backupplan
"""
NEVER_CHANGED = "integrations_webhookattempt late_lateexclusion late_lateexemption"
WRITTEN_BY_GUARDS = "ledger_closedperiod ledger_openitem"
FREE = """
invoicing_minimumamount late_lateamount messaging_invoicewords
accounts_membersession accounts_rolereach accounts_sellerbankaccount accounts_team
catalog_itemtext catalog_price catalog_taxrate crm_address
crm_bankdetail crm_contact crm_note crm_searchtoken crm_tag crm_tag_customers crm_taxidentifier
deals_checklisttick deals_dealfollower deals_dealline fields_ownvalues leads_routingrule
integrations_rememberedrequest integrations_requestcount integrations_webhookdelivery integrations_webhookendpoint
quotas_quota projects_milestone projects_workentry quotes_quote quotes_quoteapproval quotes_quoteline
invoicing_attachment invoicing_documenttemplate invoicing_draft invoicing_draft_deposits invoicing_draftallowance
invoicing_draftline messaging_mailserver mfa_authenticator payments_visitcount
subscriptions_dryrun upkeep_slowwork
"""
_GROUPS: tuple[tuple[list[str], set[str]], ...] = (
    (KEPT_FOR_EVER.split(), {"INSERT"}),
    ([each for each in CHANGED_IN_PART if each not in DROPPED_IN_PART], {"INSERT"}),
    (list(DROPPED_IN_PART), {"INSERT", "DELETE"}),
    (NEVER_REMOVED.split(), {"INSERT", "UPDATE"}),
    (NEVER_CHANGED.split(), {"INSERT", "DELETE"}),
    (WRITTEN_BY_GUARDS.split(), set()),
    (FREE.split(), {"INSERT", "UPDATE", "DELETE"}),
)
RIGHTS = {table: rights for tables, rights in _GROUPS for table in tables}
EVERY_RIGHT = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
# Functions of ours that work with the owner's rights and that the application may call.
DOORS = {
    "conto_analyze()",
    "conto_erase_payloads(uuid)",
    "conto_rebuild_open_items()",
    "conto_rebuild_stock()",
    "ledger_hold_period(uuid)",
}
