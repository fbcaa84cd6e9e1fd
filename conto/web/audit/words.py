"""How facts read in the record of what happened: the kind, what changed from what to what, and from where."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _g

from conto.apps.fields.queries import told_body
from conto.domain.devices import program_of
from conto.domain.permissions import Permission
from conto.web.access import ROLE_WORDS, may
from conto.web.audit.payment_words import PAYMENT_KINDS
from conto.web.audit.subscription_words import OF_SUBSCRIPTIONS
from conto.web.audit.work_words import WORK_WORDS
from conto.web.customers.words import FIELD_WORDS
from conto.web.formats import money_text

if TYPE_CHECKING:
    from conto.apps.audit.models import Fact
    from conto.web.reading import Here

KIND_WORDS: dict[str, str | Promise] = {
    **PAYMENT_KINDS,
    "lead_added": _g("Lead added"),
    "lead_changed": _g("Lead changed"),
    "lead_routed": _g("Lead given to its owner"),
    "lead_noted": _g("Note on a lead"),
    "lead_consent_asked": _g("Asked a lead to confirm"),
    "lead_consent_given": _g("A lead agreed to be written to"),
    "lead_discarded": _g("Lead discarded"),
    "lead_reopened": _g("Lead taken up again"),
    "lead_converted": _g("Lead became a customer"),
    "lead_form_added": _g("Form for leads added"),
    "lead_form_changed": _g("Form for leads changed"),
    "routing_changed": _g("Rules for new leads changed"),
    "activity_added": _g("Activity planned"),
    "activity_changed": _g("Activity changed"),
    "activity_done": _g("Activity done"),
    "activity_reopened": _g("Activity to be done after all"),
    "checklist_ticked": _g("Checklist of a deal"),
    "comment_added": _g("Comment"),
    "own_field_added": _g("Field added"),
    "own_field_archived": _g("Field archived"),
    "own_field_changed": _g("Field changed"),
    "own_field_restored": _g("Field in use again"),
    "own_fields_ordered": _g("Fields put in another order"),
    "own_values_changed": _g("Own fields changed"),
    "deal_added": _g("Deal added"),
    "deal_changed": _g("Deal changed"),
    "deal_followed": _g("Deal followed"),
    "deal_handed_over": _g("Deal handed over"),
    "deal_lost": _g("Deal lost"),
    "deal_moved": _g("Deal moved"),
    "deal_reopened": _g("Deal opened again"),
    "deal_slipped": _g("Deal slips"),
    "deal_unfollowed": _g("Deal no longer followed"),
    "deal_won": _g("Deal won"),
    "pipeline_added": _g("Pipeline added"),
    "pipeline_changed": _g("Pipeline changed"),
    "calendar_feed_made": _g("Address of a calendar made"),
    "calendar_feed_revoked": _g("Address of a calendar revoked"),
    "letter_copied": _g("Copy of a letter came in"),
    "letter_opened": _g("Letter opened"),
    "letter_link_followed": _g("Link of a letter followed"),
    "letter_received": _g("Letter received"),
    "letter_template_changed": _g("Template of letters changed"),
    "invoice_words_changed": _g("Words of invoices changed"),
    "invoice_words_removed": _g("Words of invoices removed"),
    "letter_written": _g("Letter written"),
    "mailbox_added": _g("Mailbox added"),
    "mailbox_changed": _g("Mailbox changed"),
    "mailbox_gap_found": _g("Gap in a mailbox"),
    "mailbox_gap_settled": _g("Gap in a mailbox looked after"),
    "mailbox_removed": _g("Mailbox removed"),
    "thread_assigned": _g("Conversation put in its place"),
    "account_changed": _g("Account of the ledger changed"),
    "address_change_asked": _g("New mail address asked for"),
    "address_added": _g("Address added"),
    "address_changed": _g("Address changed"),
    "alert_rule_changed": _g("Alert changed"),
    "allocation_reversed": _g("Payment taken off an invoice"),
    "api_key_made": _g("API key made"),
    "api_key_revoked": _g("API key revoked"),
    "attachment_added": _g("File added"),
    "attachment_removed": _g("File removed"),
    "audit_exported": _g("Record of what happened exported"),
    "backup_downloaded": _g("Backup taken away"),
    "backup_failed": _g("Backup failed"),
    "backup_made": _g("Backup made"),
    "book_clock_moved": _g("Clock of the book moved"),
    "book_verified": _g("Book checked"),
    "book_restored": _g("Book brought back from a backup"),
    "book_mended": _g("Derived records made anew"),
    "book_upgraded": _g("Book brought to a new version"),
    "field_key_rotated": _g("Key of the sealed fields changed"),
    "business_added": _g("Legal entity added"),
    "business_changed": _g("Legal entity changed"),
    "call_logged": _g("Call"),
    "check_overridden": _g("Issued in spite of a warning"),
    "consent_given": _g("Consent given"),
    "consent_withdrawn": _g("Consent taken back"),
    "contact_added": _g("Contact added"),
    "contact_changed": _g("Contact changed"),
    "contact_removed": _g("Contact removed"),
    "credit_note_issued": _g("Credit note issued"),
    "customer_added": _g("Customer added"),
    "customer_archived": _g("Customer archived"),
    "customer_changed": _g("Customer changed"),
    "customer_restored": _g("Brought back from the archive"),
    "deposit_invoice_issued": _g("Deposit invoice issued"),
    "document_changed": _g("Draft changed"),
    "document_discarded": _g("Draft discarded"),
    "document_downloaded": _g("Downloaded by the customer"),
    "document_drafted": _g("Draft begun"),
    "issue_batch_ended": _g("Drafts issued and sent together"),
    "issue_batch_started": _g("Drafts given to be issued and sent together"),
    "document_held": _g("Held for review"),
    "document_carried": _g("Carried to the next invoice"),
    "document_scheduled": _g("Waits to be issued by itself"),
    "document_stopped": _g("Stopped from being issued by itself"),
    "document_sent": _g("Document sent"),
    "document_viewed": _g("Seen by the customer"),
    "early_discount_taken": _g("Early-payment discount taken"),
    "import_finished": _g("Import finished"),
    "integrity_found": _g("Book not in order"),
    "invitation_accepted": _g("Invitation accepted"),
    "invitation_cancelled": _g("Invitation withdrawn"),
    "invoice_issued": _g("Invoice issued"),
    "late_charge_waived": _g("Late charge waived"),
    "late_charged": _g("Charged for paying late"),
    "late_excluded": _g("Excluded from late charges"),
    "late_exempted": _g("Exempt from late charges"),
    "late_exemption_ended": _g("No longer exempt from late charges"),
    "late_included": _g("Charged again for paying late"),
    "invoice_paid": _g("Paid in full"),
    "invoice_written_off": _g("Invoice written off"),
    "item_added": _g("Item added"),
    "item_archived": _g("Item archived"),
    "item_changed": _g("Item changed"),
    "item_restored": _g("Item offered again"),
    "link_made": _g("Customer's link made"),
    "link_revoked": _g("Customer's link closed"),
    "mail_bounced": _g("Mail came back"),
    "mail_delivered": _g("Mail delivered"),
    "member_address_changed": _g("Mail address of a member changed"),
    "member_added": _g("Member added"),
    "member_changed": _g("Member changed"),
    "member_invited": _g("Member invited"),
    "member_locked": _g("Door locked after wrong passwords"),
    "member_password_changed": _g("Password changed"),
    "member_sign_in_failed": _g("Sign-in failed"),
    "member_signed_in": _g("Signed in"),
    "member_signed_out": _g("Signed out"),
    "member_unlocked": _g("Door opened again"),
    "mfa_added": _g("Second factor added"),
    "mfa_removed": _g("Second factor removed"),
    "mfa_reset": _g("Second factors taken away"),
    "new_device_seen": _g("Sign-in from a new device"),
    "note_added": _g("Note"),
    "note_changed": _g("Note changed"),
    "passkey_added": _g("Passkey added"),
    "passkey_changed": _g("Passkey renamed"),
    "passkey_distrusted": _g("Passkey refused: there may be a copy"),
    "passkey_removed": _g("Passkey removed"),
    "password_reset_asked": _g("New password asked for"),
    "payloads_erased": _g("Words of facts erased"),
    "period_closed": _g("Books closed"),
    "period_reopened": _g("Books opened again"),
    "price_set": _g("Price set"),
    "pro_forma_sent": _g("Pro forma invoice sent"),
    "question_answered": _g("Question answered"),
    "question_asked": _g("Question asked"),
    "records_exported": _g("Records exported"),
    "recovery_code_used": _g("Recovery code used"),
    "recovery_codes_made": _g("Recovery codes made"),
    "restore_rehearsed": _g("Restore rehearsed"),
    "role_changed": _g("Role changed"),
    "contract_added": _g("Contract added"),
    "contract_agreed": _g("Contract agreed"),
    "contract_cancelled": _g("Notice given for a contract"),
    "contract_changed": _g("Contract changed"),
    "contract_dropped": _g("Draft of a contract dropped"),
    "contract_due": _g("Decision about a contract comes near"),
    "contract_ended": _g("Contract ended"),
    "contract_renewed": _g("Contract renewed"),
    "contract_resumed": _g("Notice for a contract taken back"),
    **OF_SUBSCRIPTIONS,
    "plan_added": _g("Plan added"),
    "plan_archived": _g("Plan archived"),
    "plan_changed": _g("Plan changed"),
    "plan_restored": _g("Plan offered again"),
    "coupon_added": _g("Coupon added"),
    "coupon_archived": _g("Coupon archived"),
    "quote_accepted": _g("Quote accepted"),
    "quote_approval_asked": _g("Approval of a discount asked for"),
    "quote_approval_refused": _g("Discount not approved"),
    "quote_approved": _g("Discount approved"),
    **WORK_WORDS,
    "stock_begun": _g("Stock kept"),
    "stock_changed": _g("Stock watched otherwise"),
    "stock_ended": _g("Stock kept no more"),
    "goods_received": _g("Goods received"),
    "receipt_reversed": _g("Receipt taken back"),
    "stock_counted": _g("Stock counted"),
    "target_changed": _g("Target changed"),
    "target_removed": _g("Target removed"),
    "target_set": _g("Target set"),
    "quote_billed": _g("Invoice made by a quote"),
    "repeat_added": _g("Repeating invoice begun"),
    "repeat_changed": _g("Repeating invoice changed"),
    "repeat_ended": _g("Repeating invoice over"),
    "repeat_held": _g("Repeating invoice could not be made"),
    "repeat_made": _g("Made by a repeating invoice"),
    "repeat_paused": _g("Repeating invoice paused"),
    "repeat_resumed": _g("Repeating invoice goes on"),
    "repeat_settled": _g("Repeating invoices need not be sent"),
    "repeat_unsent": _g("Repeating invoice could not be sent"),
    "quote_contracted": _g("Contract made by a quote"),
    "quote_subscribed": _g("Subscription begun by a quote"),
    "quote_changed": _g("Draft of a quote changed"),
    "quote_declined": _g("Quote declined"),
    "quote_discarded": _g("Draft of a quote discarded"),
    "quote_drafted": _g("Quote begun"),
    "quote_link_made": _g("Link to a quote made"),
    "quote_mailed": _g("Quote sent by mail"),
    "quote_question_answered": _g("Question about a quote answered"),
    "quote_question_asked": _g("Question about a quote"),
    "quote_rules_changed": _g("Rules of quotes changed"),
    "quote_sent": _g("Quote sent"),
    "quote_superseded": _g("Quote superseded by a new version"),
    "quote_viewed": _g("Quote seen by the customer"),
    "quote_withdrawn": _g("Quote withdrawn"),
    "seal_anchored": _g("Seal kept outside"),
    "series_changed": _g("Number series changed"),
    "session_ended": _g("Session ended"),
    "settings_changed": _g("Settings changed"),
    "team_added": _g("Team added"),
    "team_changed": _g("Team changed"),
    "team_removed": _g("Team removed"),
    "reach_changed": _g("Whose records a role sees changed"),
    "tag_added": _g("Tag added"),
    "tag_removed": _g("Tag removed"),
    "usage_recorded": _g("Usage recorded"),
    "view_as_ended": _g("Looking as another member ended"),
    "view_as_started": _g("Looked as another member"),
    "webhook_disabled": _g("Webhook stopped"),
    "webhook_endpoint_added": _g("Webhook added"),
    "webhook_endpoint_changed": _g("Webhook changed"),
    "webhook_endpoint_removed": _g("Webhook removed"),
    "webhook_replayed": _g("Webhook sent again"),
    "webhook_secret_rotated": _g("Secret of a webhook changed"),
    "webhook_tested": _g("Webhook tested"),
    "write_off_reversed": _g("Write-off undone"),
}
CHANNEL_WORDS: dict[str, str | Promise] = {
    "web": _g("Pages"),
    "portal": _g("Customer's page"),
    "api": _g("API"),
    "cli": _g("Command line"),
    "job": _g("Worker"),
    "import": _g("Import"),
}
ACTOR_WORDS: dict[str, str | Promise] = {
    "member": _g("Members"),
    "customer": _g("Customers"),
    "system": _g("Conto itself"),
    "import": _g("Imports"),
}
SUBJECT_WORDS: dict[str, str | Promise] = {
    "customer": _g("Customers"),
    "contact": _g("Contacts"),
    "lead": _g("Leads"),
    "lead_form": _g("Forms for leads"),
    "routing": _g("Rules for new leads"),
    "deal": _g("Deals"),
    "comment": _g("Comments"),
    "activity": _g("Activities"),
    "pipeline": _g("Pipelines"),
    "calendar_feed": _g("Calendars"),
    "contract": _g("Contracts"),
    "project": _g("Projects"),
    "rate": _g("Rates of an hour"),
    "plan": _g("Plans"),
    "repeat": _g("Repeating invoices"),
    "subscription": _g("Subscriptions"),
    "billing_run": _g("Billing runs"),
    "plan_migration": _g("Subscriptions going over"),
    "coupon": _g("Coupons"),
    "target": _g("Targets"),
    "usage_batch": _g("Usage"),
    "letter": _g("Letters"),
    "thread": _g("Conversations"),
    "mailbox": _g("Mailboxes"),
    "letter_template": _g("Templates of letters"),
    "invoice_words": _g("Words of invoices"),
    "document": _g("Documents"),
    "payment": _g("Payments"),
    "payment_method": _g("Saved cards"),
    "allocation": _g("Allocations"),
    "refund": _g("Refunds"),
    "item": _g("Items"),
    "message": _g("Mail"),
    "member": _g("Members"),
    "team": _g("Teams"),
    "business": _g("Legal entities"),
    "series": _g("Number series"),
    "settings": _g("Settings"),
    "book": _g("The book itself"),
    "api_key": _g("API keys"),
    "webhook": _g("Webhooks"),
    "own_field": _g("Fields"),
    "own_values": _g("Values of own fields"),
}
_MORE_FIELDS: dict[str, str | Promise] = {
    "role": _g("role"),
    "seen_by": _g("seen by"),
    "edited_by": _g("changed by"),
    "team": _g("team"),
    "reach": _g("whose records"),
    "is_active": _g("active"),
    "amount": _g("amount"),
    "total": _g("total"),
    "number": _g("number"),
    "reason": _g("reason"),
    "method": _g("way of paying"),
    "recipient": _g("recipient"),
    "address": _g("address"),
    "area": _g("area"),
    "device": _g("device"),
    "preset": _g("Preset"),
    "home": _g("First page"),
    "issued_on": _g("issued on"),
    "due_on": _g("due on"),
    "received_on": _g("received on"),
    "file_name": _g("file"),
    "file_format": _g("format"),
    "is_default": _g("default"),
    "bic": _g("BIC"),
    "holder": _g("account holder"),
    "bank_account.name": _g("name of the account"),
    "bank_name": _g("bank"),
    "account_number": _g("account number"),
    "routing_number": _g("routing number"),
    "issues_at": _g("issued by itself on"),
    "watches_amounts": _g("unusual amounts are held"),
    "watches_rhythm": _g("what comes too early is held"),
    "watches_duplicates": _g("what was billed already is held"),
    "least_documents": _g("earlier invoices needed"),
    "amount_percent": _g("amounts may differ by percent"),
    "rhythm_percent": _g("early or late by percent"),
    "rhythm_days": _g("early or late by days"),
    "duplicate_days": _g("compared within days"),
    "review_hours": _g("billing runs wait hours"),
}
_NOTHING: tuple[Any, ...] = ("", None, [], {})
# Where the record of a subject is, and who may open it.
_PAGES: dict[str, tuple[str, Permission]] = {
    "customer": ("/customers/{id}/", Permission.CUSTOMER_VIEW),
    "document": ("/invoices/{id}", Permission.INVOICE_VIEW),
    "payment": ("/payments/{id}", Permission.PAYMENT_VIEW),
    "contract": ("/contracts/{id}", Permission.CONTRACT_VIEW),
    "project": ("/projects/{id}", Permission.PROJECT_VIEW),
    "item": ("/catalog/{id}/", Permission.ITEM_VIEW),
    "plan": ("/plans/{id}", Permission.PLAN_VIEW),
    "coupon": ("/plans/?view=coupons", Permission.PLAN_VIEW),
    "repeat": ("/repeats/{id}", Permission.INVOICE_VIEW),
    "subscription": ("/subscriptions/{id}", Permission.SUBSCRIPTION_VIEW),
    "billing_run": ("/subscriptions/runs/{id}", Permission.SUBSCRIPTION_BILL),
    "plan_migration": ("/plans/migrations/{id}", Permission.SUBSCRIPTION_EDIT),
    "member": ("/settings/members/{id}", Permission.MEMBER_EDIT),
    "business": ("/settings/business", Permission.SETTINGS_VIEW),
    "series": ("/settings/numbers", Permission.SETTINGS_VIEW),
    "own_field": ("/settings/fields", Permission.FIELD_EDIT),
    "api_key": ("/settings/keys", Permission.SETTINGS_VIEW),
    "webhook": ("/settings/webhooks", Permission.INTEGRATION_MANAGE),
}
_ROLES = {role.value: words for role, words in ROLE_WORDS.items()}
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that a fact says; with `is_change` it was something else before."""

    field: str
    before: str
    after: str
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as a row of the record."""

    fact: "Fact"
    kind: str
    details: tuple[Detail, ...]
    href: str
    origin: str
    agent: str
    is_erased: bool


def kind_words(kind: str) -> str:
    """Return the words of a kind of fact."""
    return str(KIND_WORDS.get(kind) or kind.replace("_", " ").capitalize())


def told(fact: "Fact", here: "Here") -> Told:
    """Tell a fact in the reader's language, as far as they may read it."""
    origin = fact.origin
    channel = origin.get("channel", "")
    where = [str(CHANNEL_WORDS.get(channel, channel)), origin.get("address", ""), program_of(origin.get("agent", ""))]
    return Told(
        fact=fact,
        kind=kind_words(fact.kind),
        details=tuple(details_of(told_body(fact.kind, fact.body, here.business, here.member.role))),
        href=_page_of(fact, here.member),
        origin=" · ".join(part for part in where if part),
        agent=origin.get("agent", ""),
        is_erased=getattr(fact, "payload", None) is None,
    )


def details_of(body: dict[str, Any]) -> list[Detail]:
    """List what a fact says: changes as before and after, amounts as money, ids left out."""
    found = []
    for name, value in body.items():
        if name == "changes" and isinstance(value, dict):
            found += [
                Detail(_field(key), _text(key, pair[0], body), _text(key, pair[1], body), is_change=True)
                for key, pair in value.items()
                if not (pair[0] in _NOTHING and pair[1] in _NOTHING)  # left open, when the whole was added
            ]
        elif name == "keys" and isinstance(value, dict):
            continue  # the labels stand before the values already
        elif value not in _NOTHING and name != "currency" and not name.endswith(("_id", "_ids")):
            found.append(Detail(_field(name), "", _text(name, value, body)))
    return found


def _page_of(fact: "Fact", member: Any) -> str:
    page, permission = _PAGES.get(fact.subject_kind, ("", None))
    if page and permission and may(member, permission) and fact.kind != "document_discarded":
        return page.format(id=fact.subject_id)
    is_of_customer = fact.customer_id and may(member, Permission.CUSTOMER_VIEW)
    return f"/customers/{fact.customer_id}/" if is_of_customer else ""


def _field(name: str) -> str:
    plain = name.removesuffix("_minor")
    if name not in _MORE_FIELDS:
        plain = plain.removeprefix("bank_account.")
    return str(_MORE_FIELDS.get(plain) or FIELD_WORDS.get(plain) or plain.replace("_", " "))


def _text(name: str, value: Any, body: dict[str, Any]) -> str:
    currency = body.get("currency", "")
    if name in {"seen_by", "edited_by"}:
        return ", ".join(str(_ROLES[each]) for each in value or ()) or (_("everybody") if value is None else "–")
    if value in _NOTHING:
        return "–"
    if name.endswith("_minor") and isinstance(value, int) and currency:
        return money_text(value, currency)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "role" and value in _ROLES:
        return str(_ROLES[value])
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {item}" for key, item in value.items())
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
