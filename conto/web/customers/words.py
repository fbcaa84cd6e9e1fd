"""How facts read on the folio: what happened, by whom, with which icon and tone."""

from dataclasses import dataclass
from typing import Any, cast

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conto.web.audit.kinds import kind_words
from conto.web.customers.choices import METHODS, PURPOSE_WORDS, country_name
from conto.web.customers.subscription_words import subscription_changed
from conto.web.states import look_of

MONEY_KINDS = (
    "invoice_issued",
    "deposit_invoice_issued",
    "credit_note_issued",
    "invoice_written_off",
    "write_off_reversed",
    "early_discount_taken",
    "payment_received",
    "payment_failed",
    "payment_method_saved",
    "payment_method_removed",
    "payment_method_forgotten",
    "payment_method_left",
    "collection_tried",
    "collection_ended",
    "payment_allocated",
    "allocation_reversed",
    "payment_refunded",
)
TALK_KINDS = (
    "letter_received",
    "letter_written",
    "letter_copied",
    "letter_opened",
    "letter_link_followed",
    "lead_added",
    "lead_noted",
    "lead_consent_given",
    "consent_given",
    "consent_withdrawn",
    "lead_converted",
    "comment_added",
    "activity_added",
    "activity_done",
    "note_added",
    "call_logged",
    "document_sent",
    "pro_forma_sent",
    "document_viewed",
    "document_downloaded",
    "question_asked",
    "quote_mailed",
    "quote_viewed",
    "quote_question_asked",
    "quote_declined",
    "mail_delivered",
    "mail_bounced",
)
# Told by another row, or too small to be told: they stay in the record's history.
UNTOLD_KINDS = (
    "thread_assigned",
    "lead_consent_asked",
    "deal_followed",
    "deal_slipped",
    "deal_unfollowed",
    "checklist_ticked",
    "activity_changed",
    "activity_reopened",
    "invoice_paid",
    "document_changed",
    "document_drafted",
    "document_discarded",
    "payment_started",
    "contract_dropped",
    "contract_due",
    "repeat_made",
    "subscription_billed",
    "subscription_handled",
    "feature_overridden",
    "quote_drafted",
    "quote_changed",
    "quote_discarded",
    "quote_approval_asked",
    "quote_approved",
    "quote_approval_refused",
    "quote_link_made",
    "quote_superseded",
    "quote_billed",
    "quote_contracted",
    "quote_subscribed",
    "link_made",
    "link_revoked",
)
TONES = {
    "lead_converted": "settled",
    "lead_consent_given": "settled",
    "consent_given": "settled",
    "consent_withdrawn": "late",
    "lead_discarded": "late",
    "deal_won": "settled",
    "deal_lost": "late",
    "payment_received": "settled",
    "payment_failed": "late",
    "mail_bounced": "late",
    "question_asked": "soon",
    "check_overridden": "soon",
    "quote_accepted": "settled",
    "quote_declined": "late",
    "quote_question_asked": "soon",
}
FIELD_WORDS: dict[str, str | Promise] = {
    "kind": gettext_lazy("kind"),
    "name": gettext_lazy("name"),
    "legal_name": gettext_lazy("legal name"),
    "email": gettext_lazy("mail address"),
    "phone": gettext_lazy("phone"),
    "website": gettext_lazy("website"),
    "owner_id": gettext_lazy("owner"),
    "language": gettext_lazy("language"),
    "currency": gettext_lazy("currency"),
    "zone": gettext_lazy("time zone"),
    "terms_days": gettext_lazy("payment terms"),
    "early_discount_percent": gettext_lazy("early-payment discount"),
    "early_discount_days": gettext_lazy("days for the discount"),
    "delivery_method": gettext_lazy("way of sending"),
    "payment_methods": gettext_lazy("ways to pay"),
    "buyer_reference": gettext_lazy("buyer reference"),
    "electronic_address": gettext_lazy("electronic address"),
    "electronic_address_scheme": gettext_lazy("scheme of the electronic address"),
    "is_tax_exempt": gettext_lazy("tax exemption"),
    "vat_number": gettext_lazy("VAT number"),
    "tax_number": gettext_lazy("tax number"),
    "tax_number_confirmed": gettext_lazy("confirmed tax number"),
    "iban": gettext_lazy("bank account"),
    "job_title": gettext_lazy("job title"),
    "receives_invoices": gettext_lazy("receives invoices"),
    "line1": gettext_lazy("street"),
    "line2": gettext_lazy("second address line"),
    "postcode": gettext_lazy("postcode"),
    "city": gettext_lazy("city"),
    "region": gettext_lazy("region"),
    "country": gettext_lazy("country"),
    "text": gettext_lazy("text"),
    "value_minor": gettext_lazy("value"),
    "contact_id": gettext_lazy("contact"),
    "expected_close_on": gettext_lazy("expected close"),
    "source": gettext_lazy("source"),
    "products": gettext_lazy("products"),
    "state": gettext_lazy("state"),
    "company": gettext_lazy("company"),
    "message": gettext_lazy("what they want"),
    "next_step": gettext_lazy("next step"),
}
_METHOD_WORDS = dict(METHODS)


@dataclass(frozen=True, slots=True)
class Telling:
    """A fact in the reader's language."""

    title: str
    note: str = ""


def telling(kind: str, body: dict[str, Any], actor_name: str) -> Telling:
    """Tell a fact in the reader's language; what has no words here is called as in the record, with its number."""
    teller = _TELLERS.get(kind)
    if teller:
        told: Telling = teller(body, actor_name)
        return told
    return Telling(kind_words(kind), str(body.get("number") or ""))


def method_word(method: str) -> str:
    """Give the word for a way of paying."""
    return str(_METHOD_WORDS.get(method, method.replace("_", " ").capitalize()))


def _changed(title: str | Promise) -> Any:
    def tell(body: dict[str, Any], _actor: str) -> Telling:
        return Telling(str(title), "; ".join(_change(name, pair) for name, pair in body.get("changes", {}).items()))

    return tell


def _own_changed(body: dict[str, Any], actor: str) -> Telling:
    """Tell of own fields; what those of papers and deals hold is for who sees the papers and deals."""
    said = _changed(_g("Own fields changed"))(body if body.get("of") in {"customer", "contact", "lead"} else {}, actor)
    return cast("Telling", said)


def _change(name: str, pair: list[Any]) -> str:
    word = str(FIELD_WORDS.get(name, name.replace("_", " ")))
    before, after = (_value(name, value) for value in pair)
    if name == "owner_id" or not (before or after):
        return word
    if not before:
        return _("%(field)s: %(after)s") % {"field": word, "after": after}
    if not after:
        return _("%(field)s removed") % {"field": word}
    return _("%(field)s: %(before)s → %(after)s") % {"field": word, "before": before, "after": after}


def _value(name: str, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "country":
        return country_name(str(value))
    if isinstance(value, list):
        return ", ".join(method_word(str(each)) for each in value)
    return str(value)


def _said(title: str | Promise, note: str = "") -> Any:
    def tell(body: dict[str, Any], _actor: str) -> Telling:
        return Telling(str(title) % _Missing(body), str(body.get(note) or "") if note else "")

    return tell


def _link_made(body: dict[str, Any], _actor: str) -> Telling:
    """Tell of a link; that on the paper by itself, so that sending a paper does not tell of one link twice."""
    title = _("Link printed on %(number)s") if body.get("is_printed") else _("Link to %(number)s made")
    return Telling(title % _Missing(body))


def _consent(title: str | Promise) -> Any:
    def tell(body: dict[str, Any], _actor: str) -> Telling:
        what = str(PURPOSE_WORDS.get(body.get("purpose", ""), ""))
        return Telling(str(title) % {"name": body.get("name", ""), "what": what}, str(body.get("wording") or ""))

    return tell


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _call(body: dict[str, Any], _actor: str) -> Telling:
    title = _("Call with %(name)s") % {"name": body["with_name"]} if body.get("with_name") else _("Call")
    minutes = body.get("minutes")
    return Telling(f"{title}, {_('%(n)s min') % {'n': minutes}}" if minutes else title, body.get("text", ""))


def _payment(body: dict[str, Any], _actor: str) -> Telling:
    return Telling(method_word(body.get("method", "")), body.get("reference", ""))


def _sent(body: dict[str, Any], _actor: str) -> Telling:
    title = _("%(number)s sent") % {"number": body.get("number", "")}
    return Telling(title, body.get("recipient", ""))


def _refund(body: dict[str, Any], _actor: str) -> Telling:
    return Telling(
        _("Refund, %(method)s") % {"method": method_word(body.get("method", "")).lower()}, body.get("reason", "")
    )


def _note_changed(body: dict[str, Any], _actor: str) -> Telling:
    return Telling(_("Note changed"), str(body.get("changes", {}).get("text", ["", ""])[1]))


def _lead_added(body: dict[str, Any], _actor: str) -> Telling:
    return Telling(_("Came as a lead"), ", ".join(filter(None, (body.get("source"), body.get("form")))))


def _lead_agreed(body: dict[str, Any], _actor: str) -> Telling:
    is_measuring = body.get("purpose") == "measuring"
    title = _("Agreed to the measuring of letters") if is_measuring else _("Agreed to be written to")
    return Telling(title, str(body.get("text", "")))


def _lead_changed(body: dict[str, Any], _actor: str) -> Telling:
    changes = {
        name: [_lead_word(name, each) for each in pair]
        for name, pair in body.get("changes", {}).items()
        if name != "next_step_at"
    }
    return Telling(_("Lead changed"), "; ".join(_change(name, pair) for name, pair in changes.items()))


def _lead_word(name: str, value: Any) -> Any:
    return str(look_of(value).word) if name == "state" and value else value


def _deal_changed(body: dict[str, Any], _actor: str) -> Telling:
    fields = [str(FIELD_WORDS.get(name, name)) for name in body.get("changes", {})]
    return Telling(_("Deal “%(name)s” changed") % {"name": body.get("name", "")}, ", ".join(fields))


def _worded(words: Any) -> Any:
    return lambda body, _actor: Telling(*words(body))


_g = gettext_lazy
_TELLERS: dict[str, Any] = {
    "customer_added": _said(_g("Customer added")),
    "document_drafted": _said(_g("Draft begun")),
    "document_changed": _said(_g("Draft changed")),
    "document_discarded": _said(_g("Draft discarded")),
    "invoice_paid": _said(_g("Paid in full")),
    "payment_started": _said(_g("The customer began to pay online")),
    "customer_changed": _changed(_g("Record changed")),
    "own_values_changed": _own_changed,
    "customer_archived": _said(_g("Archived"), "reason"),
    "customer_restored": _said(_g("Brought back from the archive")),
    "contact_added": _said(_g("%(name)s is a contact")),
    "consent_given": _consent(_g("%(name)s agreed: %(what)s")),
    "consent_withdrawn": _consent(_g("%(name)s took back: %(what)s")),
    "contact_changed": _changed(_g("Contact changed")),
    "contact_removed": _said(_g("%(name)s is no contact any more")),
    "address_added": _said(_g("Address added")),
    "address_changed": _changed(_g("Address changed")),
    "note_added": _said(_g("Note"), "text"),
    "note_changed": _note_changed,
    "call_logged": _call,
    "tag_added": _said(_g("Tag %(tag)s")),
    "tag_removed": _said(_g("Tag %(tag)s removed")),
    "invoice_issued": _said(_g("%(number)s")),
    "deposit_invoice_issued": _said(_g("Deposit invoice %(number)s")),
    "credit_note_issued": _said(_g("Credit note %(number)s")),
    "invoice_written_off": _said(_g("%(number)s written off"), "reason"),
    "write_off_reversed": _said(_g("Write-off of %(number)s undone")),
    "early_discount_taken": _said(_g("Early-payment discount on %(number)s")),
    "payment_received": _payment,
    "payment_failed": _said(_g("Payment failed"), "reason"),
    "payment_method_saved": _said(_g("%(brand)s ending in %(last_four)s saved")),
    "payment_method_removed": _said(_g("%(brand)s ending in %(last_four)s removed")),
    "payment_method_forgotten": _said(_g("%(brand)s ending in %(last_four)s forgotten by the payment provider")),
    "payment_method_left": _said(_g("%(brand)s ending in %(last_four)s not forgotten by the payment provider")),
    "collection_asked": _said(_g("Asked to charge %(number)s now")),
    "collection_ended": _said(_g("%(number)s is charged no more by itself")),
    "collection_tried": _said(_g("Saved card charged for %(number)s")),
    "payment_allocated": _said(_g("Credit used for %(number)s")),
    "allocation_reversed": _said(_g("Payment of %(number)s undone"), "reason"),
    "payment_refunded": _refund,
    "document_sent": _sent,
    "pro_forma_sent": _said(_g("Pro forma invoice sent to %(recipient)s")),
    "document_viewed": _said(_g("%(number)s seen by the customer")),
    "document_downloaded": _said(_g("%(number)s downloaded by the customer")),
    "question_asked": _said(_g("Question about %(number)s"), "text"),
    "question_answered": _said(_g("Question about %(number)s answered")),
    "link_made": _link_made,
    "link_revoked": _said(_g("Link to %(number)s closed")),
    "contract_added": _said(_g("Contract added")),
    "contract_agreed": _said(_g("Contract %(number)s agreed")),
    "contract_cancelled": _said(_g("Notice given for contract %(number)s")),
    "contract_changed": _said(_g("Contract %(number)s has a new version")),
    "contract_dropped": _said(_g("Draft of a contract dropped")),
    "contract_due": _said(_g("Decide about contract %(number)s soon")),
    "contract_ended": _said(_g("Contract %(number)s ended")),
    "contract_renewed": _said(_g("Contract %(number)s renewed")),
    "contract_resumed": _said(_g("Notice for contract %(number)s taken back")),
    "subscription_started": _said(_g("Subscription %(number)s begun"), "title"),
    "subscription_changed": _worded(subscription_changed),
    "subscription_migrated": _said(_g("Subscription %(number)s goes over to version %(to_version)s of its plan")),
    "subscription_handled": _said(_g("Subscription %(number)s is looked after otherwise")),
    "feature_overridden": _said(_g("Subscription %(number)s: feature %(key)s granted otherwise"), "reason"),
    "subscription_billed": _said(_g("Subscription %(number)s billed")),  # what it came to is for who sees it there
    "subscription_set_aside": _said(_g("Subscription %(number)s could not be billed")),
    "prepaid_granted": _said(_g("Prepaid credit for subscription %(number)s"), "reason"),
    "prepaid_ended": _said(_g("Prepaid credit of subscription %(number)s ended"), "reason"),
    "quote_drafted": _said(_g("Quote begun")),
    "quote_changed": _said(_g("Draft of a quote changed")),
    "quote_discarded": _said(_g("Draft of a quote discarded")),
    "quote_approval_asked": _said(_g("Approval of %(discount_percent)s %% discount asked for"), "note"),
    "quote_approved": _said(_g("Discount of %(discount_percent)s %% approved"), "note"),
    "quote_approval_refused": _said(_g("Discount of %(discount_percent)s %% not approved"), "note"),
    "quote_sent": _said(_g("Quote %(number)s made")),
    "quote_mailed": _said(_g("Quote %(number)s sent"), "recipient"),
    "quote_link_made": _said(_g("Link to %(number)s made")),
    "quote_superseded": _said(_g("Quote %(number)s has a new version")),
    "quote_withdrawn": _said(_g("Quote %(number)s withdrawn"), "reason"),
    "quote_viewed": _said(_g("Quote %(number)s seen by the customer")),
    "quote_question_asked": _said(_g("Question about %(number)s"), "text"),
    "quote_question_answered": _said(_g("Question about %(number)s answered")),
    "quote_accepted": _said(_g("Quote %(number)s accepted and signed by %(signed_by)s")),
    "quote_billed": _said(_g("Quote %(number)s made an invoice"), "document_number"),
    "repeat_added": _said(_g("An invoice repeats")),
    "repeat_changed": _said(_g("A repeating invoice changed")),
    "repeat_ended": _said(_g("A repeating invoice is over")),
    "repeat_held": _said(_g("A repeating invoice could not be made")),
    "repeat_made": _said(_g("Made by a repeating invoice")),
    "repeat_paused": _said(_g("A repeating invoice is paused")),
    "repeat_resumed": _said(_g("A repeating invoice goes on")),
    "repeat_settled": _said(_g("Noted: it need not be sent")),
    "repeat_unsent": _said(_g("A repeating invoice could not be sent")),
    "quote_contracted": _said(_g("Quote %(number)s made a contract"), "contract_number"),
    "quote_subscribed": _said(_g("Quote %(number)s began a subscription"), "subscription_number"),
    "quote_declined": _said(_g("Quote %(number)s declined"), "reason"),
    "mail_delivered": _said(_g("Mail delivered to %(recipient)s")),
    "mail_bounced": _said(_g("Mail to %(recipient)s came back"), "reason"),
    "attachment_added": _said(_g("File %(file_name)s")),
    "lead_added": _lead_added,
    "lead_changed": _lead_changed,
    "lead_routed": _said(_g("The lead is %(owner_name)s’s now"), "rule"),
    "lead_noted": _said(_g("Note on the lead"), "text"),
    "lead_consent_asked": _said(_g("Asked by mail to confirm")),
    "lead_consent_given": _lead_agreed,
    "lead_discarded": _said(_g("Lead discarded"), "reason"),
    "lead_reopened": _said(_g("Lead taken up again")),
    "lead_converted": _said(_g("Lead became a customer")),
    "deal_added": _said(_g("Deal “%(name)s” in %(stage)s")),
    "deal_changed": _deal_changed,
    "deal_moved": _said(_g("Deal “%(name)s”: %(from_stage)s → %(to_stage)s")),
    "deal_won": _said(_g("Deal “%(name)s” won")),
    "deal_lost": _said(_g("Deal “%(name)s” lost: %(reason)s"), "note"),
    "deal_reopened": _said(_g("Deal “%(name)s” open again")),
    "deal_handed_over": _said(_g("%(to_name)s looks after “%(name)s”"), "note"),
    "comment_added": _said(_g("Comment on “%(name)s”"), "text"),
    "activity_added": _said(_g("Planned: %(title)s")),
    "activity_done": _said(_g("Done: %(title)s"), "outcome"),
    "letter_received": _said(_g("Letter from %(sender)s"), "subject"),
    "letter_written": _said(_g("Letter to %(recipient)s"), "subject"),
    "letter_opened": _said(_g("Letter to %(recipient)s opened, or its picture loaded by a program"), "subject"),
    "letter_link_followed": _said(_g("Link in the letter to %(recipient)s followed"), "link"),
    "letter_copied": _said(_g("Letter to %(recipient)s"), "subject"),
    "check_overridden": _said(_g("Issued in spite of a warning"), "reason"),
}
