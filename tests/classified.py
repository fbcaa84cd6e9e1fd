"""Which columns of a book hold words, and who may read them.

A new column of text is neither in `NO_WORDS` nor in `READERS`: the sweep fails until it is said which it is.
"""

from collections.abc import Set as AbstractSet

from conto.domain.permissions import Permission

_P = Permission

# Tables of the frameworks: no words of the business.
KEPT_APPS = {"contenttypes", "auth", "sessions", "procrastinate", "account", "mfa"}
# Columns, and names within JSON, whose values come from a closed list.
CLOSED_LISTS = {
    "kind", "country", "currency", "language", "zone", "theme", "role", "state", "price_mode", "unit_code", "supply",
    "rate_class", "tax_category", "category", "exemption_code", "method", "gateway", "mime", "logo_mime", "source",
    "event", "purpose", "security", "side", "paper", "accent_color", "delivery_method", "electronic_address_scheme",
    "actor_kind", "subject_kind", "payment_methods", "columns", "scopes", "kinds", "recipients", "channel",
    "billing_rule", "renewal", "signature_kind", "area", "reach", "preset", "home",
    "renews_kind", "way", "consent_way", "occasion", "interval", "proration", "downgrade", "timing", "aggregate",
    "second_step_roles", "password_sealed", "secret_sealed", "previous_secret_sealed", "iban_sealed", "token_sealed",
}  # fmt: skip
NO_WORDS = {
    "audit.FactReader.name", "integrations.ApiKey.public_id", "upkeep.Backup.name", "crm.SearchToken.token",
    "catalog.TaxRate.region", "upkeep.Backup.reason", "integrations.WebhookAttempt.outcome",
    "integrations.WebhookEndpoint.disabled_reason", "integrations.RequestCount.name", "payments.VisitCount.caller",
    "payments.GatewayEvent.outcome", "deals.Stage.required_fields", "fields.OwnField.subject", "fields.OwnField.key",
    "fields.OwnField.formula", "correspondence.LetterSight.mark", "correspondence.Mailbox.error",
    "plans.PlanItem.key", "subscriptions.SubscriptionItem.key", "subscriptions.BilledCharge.item_key",
    "subscriptions.BilledCharge.price_version", "subscriptions.SetAside.code", "subscriptions.Subscription.collection",
    "subscriptions.FeatureOverride.key", "subscriptions.PrepaidCredit.ended_kind",
    "subscriptions.PrepaidCredit.tax_category",
    "subscriptions.PlanMigration.counts_from",
    "subscriptions.MigrationRow.outcome", "subscriptions.MigrationRow.reason", "payments.Collection.reason",
}  # fmt: skip
# What every member may read, and what nobody may, not even an owner.
MEMBERS: frozenset[Permission] = frozenset(Permission)
NOBODY: frozenset[Permission] = frozenset()
_SELLER = {_P.SETTINGS_VIEW, _P.INVOICE_VIEW}  # what stands on the papers
# Who reads a column, by its table or its own name: whoever has one of these permissions.
READERS: dict[str, AbstractSet[Permission]] = {
    "accounts.AddressLink": {_P.MEMBER_VIEW},
    "accounts.Business": MEMBERS,
    "accounts.Invitation": {_P.MEMBER_VIEW},
    "accounts.LegalEntity": {_P.SETTINGS_VIEW},
    "accounts.LegalEntity.name": _SELLER, "accounts.LegalEntity.legal_name": _SELLER,
    "accounts.LegalEntity.line1": _SELLER, "accounts.LegalEntity.postcode": _SELLER,
    "accounts.LegalEntity.city": _SELLER,
    "accounts.Member.name": MEMBERS,  # who looks after a customer, who did it
    "accounts.Member.email": {_P.MEMBER_VIEW},
    "accounts.Member.password": NOBODY,
    "accounts.MemberSession": {_P.MEMBER_EDIT},
    "accounts.Team": {_P.MEMBER_VIEW, _P.LEAD_FORM_EDIT},  # whoever says who gets new leads names teams
    "accounts.SellerBankAccount": {_P.SETTINGS_VIEW},
    "audit.Alert": {_P.AUDIT_VIEW},
    "audit.Fact.actor_name": MEMBERS,
    "audit.FactPayload": {_P.AUDIT_VIEW},
    "catalog.Item": {_P.ITEM_VIEW}, "catalog.ItemText": {_P.ITEM_VIEW},
    "catalog.Item.cost": {_P.ITEM_VIEW_COST},
    "crm.Address": {_P.CUSTOMER_VIEW}, "crm.Consent": {_P.CUSTOMER_VIEW},
    "crm.Contact": {_P.CUSTOMER_VIEW}, "crm.Customer": {_P.CUSTOMER_VIEW},
    "crm.Note": {_P.CUSTOMER_VIEW}, "crm.Tag": {_P.CUSTOMER_VIEW}, "crm.TaxIdentifier": {_P.CUSTOMER_VIEW},
    "crm.BankDetail": {_P.CUSTOMER_VIEW_BANK},
    "quotes.Quote": {_P.QUOTE_VIEW},
    "quotes.QuoteLine": {_P.QUOTE_VIEW},
    "quotes.QuoteApproval": {_P.QUOTE_VIEW},
    "quotes.QuoteAcceptance": {_P.QUOTE_VIEW},
    "quotes.QuoteDecline": {_P.QUOTE_VIEW},
    "contracts.Contract": {_P.CONTRACT_VIEW},
    "contracts.ContractLine": {_P.CONTRACT_VIEW},
    "contracts.ContractCounter": {_P.CONTRACT_VIEW},
    "projects.Project": {_P.PROJECT_VIEW, _P.WORK_RECORD},  # who records work picks its project
    "projects.WorkEntry": {_P.PROJECT_VIEW, _P.WORK_RECORD},
    "projects.FixedPrice": {_P.PROJECT_VIEW}, "projects.ChangeOrder": {_P.PROJECT_VIEW},
    "projects.Milestone": {_P.PROJECT_VIEW},
    "stock.StockMove": {_P.ITEM_VIEW},
    "repeats.Repeat": {_P.INVOICE_VIEW}, "repeats.RepeatVersion": {_P.INVOICE_VIEW},
    "repeats.RepeatLine": {_P.INVOICE_VIEW}, "repeats.RepeatInvoice": {_P.INVOICE_VIEW},
    "plans.Plan": {_P.PLAN_VIEW}, "plans.PlanVersion": {_P.PLAN_VIEW}, "plans.PlanItem": {_P.PLAN_VIEW},
    "plans.Coupon": {_P.PLAN_VIEW},
    "subscriptions.Subscription": {_P.SUBSCRIPTION_VIEW}, "subscriptions.SubscriptionItem": {_P.SUBSCRIPTION_VIEW},
    "subscriptions.SubscriptionChange": {_P.SUBSCRIPTION_VIEW}, "subscriptions.SetAside": {_P.SUBSCRIPTION_VIEW},
    "subscriptions.BilledCharge": {_P.SUBSCRIPTION_VIEW}, "subscriptions.BilledLine": {_P.SUBSCRIPTION_VIEW},
    "subscriptions.RecurringMovement": {_P.SUBSCRIPTION_VIEW},
    "subscriptions.BillingRun": {_P.SUBSCRIPTION_BILL}, "subscriptions.DryRun": {_P.SUBSCRIPTION_BILL},
    "subscriptions.FeatureOverride": {_P.SUBSCRIPTION_VIEW}, "subscriptions.PrepaidCredit": {_P.SUBSCRIPTION_VIEW},
    "subscriptions.PlanMigration": {_P.SUBSCRIPTION_EDIT}, "subscriptions.MigrationRow": {_P.SUBSCRIPTION_EDIT},
    "usage.UsageEvent": {_P.SUBSCRIPTION_VIEW}, "usage.DailyUsage": {_P.SUBSCRIPTION_VIEW},
    "quotes.QuoteLink": {_P.QUOTE_VIEW},
    "quotes.QuoteQuestion": {_P.QUOTE_VIEW},
    "quotes.QuoteCounter": {_P.QUOTE_VIEW},
    "quotes.QuoteRules": {_P.SETTINGS_VIEW},
    "correspondence.Letter": {_P.LETTER_VIEW}, "correspondence.LetterFile": {_P.LETTER_VIEW},
    "correspondence.LetterSight": {_P.LETTER_VIEW},
    "correspondence.Thread": {_P.LETTER_VIEW}, "correspondence.Thread.token": {_P.LETTER_VIEW},
    "correspondence.LetterTemplate": {_P.SETTINGS_VIEW, _P.LETTER_EDIT},
    "correspondence.LetterLedger": {_P.SETTINGS_VIEW},
    "correspondence.Mailbox": {_P.SETTINGS_VIEW}, "correspondence.Mailbox.token": {_P.SETTINGS_VIEW, _P.LETTER_VIEW},
    "correspondence.Mailbox.address": {_P.SETTINGS_VIEW, _P.LETTER_VIEW},
    "correspondence.Mailbox.password_sealed": NOBODY, "correspondence.MailboxFolder": {_P.SETTINGS_VIEW},
    "quotas.Quota": {_P.TARGET_VIEW},
    "leads.Lead": {_P.LEAD_VIEW}, "leads.LeadForm": {_P.LEAD_VIEW}, "leads.RoutingRule": {_P.LEAD_VIEW},
    "deals.Activity": {_P.DEAL_VIEW}, "deals.ChecklistTick": {_P.DEAL_VIEW}, "deals.Comment": {_P.DEAL_VIEW},
    "deals.Deal": {_P.DEAL_VIEW}, "deals.DealLine": {_P.DEAL_VIEW}, "deals.LostReason": {_P.DEAL_VIEW},
    "deals.Pipeline": {_P.DEAL_VIEW}, "deals.Stage": {_P.DEAL_VIEW},
    "fields.OwnField": MEMBERS,
    "fields.OwnValues": {_P.CUSTOMER_VIEW, _P.DEAL_VIEW, _P.QUOTE_VIEW, _P.INVOICE_VIEW},
    "integrations.ApiKey": {_P.SETTINGS_VIEW},
    "integrations.RememberedRequest": NOBODY,
    "integrations.WebhookAttempt": {_P.INTEGRATION_MANAGE}, "integrations.WebhookEndpoint": {_P.INTEGRATION_MANAGE},
    "invoicing.Attachment": {_P.INVOICE_VIEW}, "invoicing.CheckOverride": {_P.INVOICE_VIEW},
    "invoicing.IssueBatch": {_P.INVOICE_ISSUE},
    "invoicing.Document": {_P.INVOICE_VIEW}, "invoicing.DocumentAllowance": {_P.INVOICE_VIEW},
    "invoicing.DocumentLine": {_P.INVOICE_VIEW}, "invoicing.DocumentTax": {_P.INVOICE_VIEW},
    "invoicing.DocumentTemplate": {_P.SETTINGS_VIEW}, "invoicing.Draft": {_P.INVOICE_VIEW},
    "invoicing.DraftAllowance": {_P.INVOICE_VIEW}, "invoicing.DraftLine": {_P.INVOICE_VIEW},
    "invoicing.NumberSeries": {_P.SETTINGS_VIEW, _P.INVOICE_ISSUE},
    "late.LateCharge": {_P.INVOICE_VIEW}, "late.LateWaiver": {_P.INVOICE_VIEW},
    "late.LateExclusion": {_P.INVOICE_VIEW}, "late.LateExemption": {_P.CUSTOMER_VIEW},
    "invoicing.Party": {_P.INVOICE_VIEW}, "invoicing.Question": {_P.INVOICE_VIEW},
    "invoicing.Rendering": {_P.INVOICE_VIEW}, "invoicing.WriteOff": {_P.INVOICE_VIEW},
    "ledger.Account": {_P.LEDGER_VIEW}, "ledger.Closing": {_P.LEDGER_VIEW},
    "ledger.Entry": {_P.LEDGER_VIEW, _P.INVOICE_VIEW},  # the statement of account says what each line is
    "messaging.Mail": {_P.INVOICE_VIEW}, "messaging.MailAttachment": {_P.INVOICE_VIEW},
    "messaging.Mail:to_members": {_P.AUDIT_VIEW},
    "messaging.InvoiceWords": {_P.SETTINGS_VIEW, _P.INVOICE_SEND},
    "messaging.MailServer": {_P.SETTINGS_VIEW}, "messaging.MailServer.password_sealed": NOBODY,
    "payments.AllocationReversal": {_P.PAYMENT_VIEW}, "payments.Checkout": {_P.PAYMENT_VIEW},
    "payments.GatewayEvent": {_P.PAYMENT_VIEW}, "payments.GatewayRefund": {_P.PAYMENT_VIEW},
    "payments.SavedMethod": {_P.PAYMENT_VIEW}, "payments.Collection": {_P.PAYMENT_VIEW},
    "payments.Payment": {_P.PAYMENT_VIEW}, "payments.Refund": {_P.PAYMENT_VIEW},
    "upkeep.Backup": {_P.BACKUP_MANAGE}, "upkeep.BackupCopy": {_P.BACKUP_MANAGE},
    "upkeep.BackupPlace": {_P.BACKUP_MANAGE}, "upkeep.BackupPlace.secret_sealed": NOBODY,
    "upkeep.Rehearsal": {_P.BACKUP_MANAGE}, "upkeep.SlowWork": {_P.BOOK_MONITOR},
}  # fmt: skip
# Facts that stand on a page besides the record of who did what; all others are for its readers only.
_OF_CUSTOMER = {
    "activity_added", "activity_changed", "activity_done", "activity_reopened", "checklist_ticked", "comment_added",
    "deal_added", "deal_changed", "deal_handed_over", "deal_lost", "deal_moved", "deal_reopened", "deal_slipped",
    "deal_won",
    "contract_added", "contract_agreed", "contract_cancelled", "contract_changed", "contract_dropped", "contract_due",
    "contract_ended", "contract_renewed", "contract_resumed",
    "project_opened", "project_changed", "project_closed", "project_reopened", "rate_set", "work_recorded",
    "work_changed", "work_removed", "work_approved", "work_approval_undone", "work_billed", "work_freed",
    "price_agreed", "price_ordered", "milestone_added", "milestone_removed", "milestone_reached", "milestone_reopened",
    "progress_told", "project_accepted", "price_billed", "retainer_agreed", "retainer_changed", "retainer_granted",
    "retainer_revoked", "work_covered", "covering_opened",
    "repeat_added", "repeat_changed", "repeat_paused", "repeat_resumed", "repeat_ended", "repeat_held", "repeat_made",
    "repeat_unsent", "repeat_settled",
    "subscription_started", "subscription_changed", "subscription_migrated", "subscription_handled",
    "subscription_billed",
    "subscription_set_aside", "feature_overridden", "prepaid_granted", "prepaid_ended", "usage_recorded",
    "own_values_changed", "call_logged", "contact_added",
    "consent_given", "consent_withdrawn", "customer_changed", "note_added",
    "lead_converted", "late_exempted", "late_exemption_ended",
}  # fmt: skip
_OF_LEADS = {
    "lead_added", "lead_changed", "lead_routed", "lead_noted", "lead_consent_asked", "lead_consent_given",
    "lead_discarded", "lead_reopened",
}  # fmt: skip
_OF_PAPERS = {
    "allocation_reversed", "attachment_added", "document_sent", "document_viewed", "invoice_issued", "invoice_paid",
    "invoice_written_off", "link_made", "letter_copied", "letter_received", "letter_written",
    "letter_opened", "letter_link_followed", "invoice_words_changed", "invoice_words_removed",
    "late_charged", "late_charge_waived", "late_excluded", "late_included",
    "payment_allocated", "payment_received", "payment_refunded", "question_asked",
    "collection_asked", "collection_ended", "collection_tried",
    "payment_failed", "payment_method_saved", "payment_method_removed", "payment_method_forgotten",
    "payment_method_left",
}  # fmt: skip


def readers_of(column: str) -> AbstractSet[Permission] | None:
    """Return who may read a column, or nothing when nobody has said it."""
    if column.startswith("audit.FactPayload.body:"):
        kind = column.partition(":")[2]
        told = {_P.CUSTOMER_VIEW} if kind in _OF_CUSTOMER else {_P.INVOICE_VIEW} if kind in _OF_PAPERS else set()
        told |= {_P.LEAD_VIEW} if kind in _OF_LEADS else set()
        return {_P.AUDIT_VIEW, *told}
    bare, _, part = column.partition(":")
    table = bare.rpartition(".")[0]
    for name in (f"{table}:{part}" if part else bare, bare, table):
        if name in READERS:
            return READERS[name]
    return None
